"""Budgets in the admin: how each stands, as a bar; made and changed by the services."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from billing.admin.budget_forms import BudgetForm, NewBudgetForm, WhoseForm
from billing.models import Budget
from billing.queries.budgets import BudgetState, budget_states
from billing.services.budgets import change_budget, create_budget
from teams.admin.audited import AuditedAdmin, actor_of
from teams.admin.pages import ask
from teams.models import Organization
from teams.templatetags.figures import day_range, short_range, whole_percent

_CHANGEABLE: Final = ("name", "limit", "unit", "period_kind", "thresholds", "is_active")


class UseFilter(admin.SimpleListFilter):
    """Budgets in use unless something else is asked for."""

    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("active", _("In use")), ("inactive", _("Not in use")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        """Without the choice of none: the first one is what is shown by default."""
        for value, label in self.lookup_choices:
            yield {
                "selected": (self.value() or "active") == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Budget]) -> QuerySet[Budget]:
        chosen = self.value() or "active"
        return queryset if chosen == "all" else queryset.filter(is_active=chosen == "active")


@admin.register(Budget)
class BudgetAdmin(AuditedAdmin):
    """A row's ``state`` is read for the whole page at once."""

    list_display = ("named", "organization", "part", "level", "period", "written_thresholds")
    list_filter = (("organization", AutocompleteSelectFilter), "scope_kind", "period_kind", "unit", UseFilter)
    list_select_related = ("organization",)
    list_per_page = 50
    search_fields = ("name", "organization__name")
    ordering = ("organization__name", "scope_kind", "name")
    readonly_fields = ("organization", "scope", "part", "level", "current_period", "version", "created_at")

    class Media:
        css = {"screen": ("billing/budgets_admin.css",)}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        class WithStates(super().get_changelist(request, **kwargs)):  # type: ignore[misc]
            result_list: Any

            def get_results(self, request: HttpRequest) -> None:
                super().get_results(request)
                rows: list[Any] = list(self.result_list)
                _add_states(rows)
                self.result_list = rows

        return WithStates

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            _add_states([found])
        return found

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """First whose, then what."""
        if _organization(request) is not None or not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)

        def act(values: dict[str, Any]) -> HttpResponse:
            return redirect(f"{reverse('admin:billing_budget_add')}?organization={values['organization'].pk}")

        return ask(
            self,
            request,
            form=WhoseForm(request.POST or None),
            title=_("New budget"),
            summary=_("Whose budget is it? What it can be for depends on the organization."),
            submit_text=_("Continue"),
            back_url=reverse("admin:billing_budget_changelist"),
            act=act,
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change, form=BudgetForm, **kwargs)
        form = type("NewBudgetForm", (NewBudgetForm,), {"organization": _organization(request)})
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("name", "scope", "limit", "unit", "period_kind", "thresholds")
        return (
            "organization",
            "scope",
            *_CHANGEABLE,
            "part",
            "level",
            "current_period",
            "version",
            "created_at",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = form.cleaned_data
        if change:
            saved = change_budget(
                budget=obj, actor=actor_of(request), **{name: values[name] for name in _CHANGEABLE}
            )
        else:
            values = {name: value for name, value in values.items() if name != "scope"}
            saved = create_budget(organization=form.organization, actor=actor_of(request), **values)
        obj.__dict__.update(saved.__dict__)

    @display(description=gettext_lazy("budget"), ordering="name", header=True)
    def named(self, row: Any) -> list[str]:
        return [row.name, _scope(row.state)]

    @display(description=gettext_lazy("for"))
    def scope(self, row: Any) -> str:
        return _scope(row.state)

    @display(description=gettext_lazy("spent of the limit"))
    def part(self, row: Any) -> str:
        return _cell("part", row.state)

    @display(description=gettext_lazy("state"))
    def level(self, row: Any) -> str:
        return _cell("level", row.state)

    @display(description=gettext_lazy("period"), ordering="period_kind", header=True)
    def period(self, row: Any) -> list[str]:
        return [row.get_period_kind_display(), short_range(row.state.period.first, row.state.period.last)]

    @display(description=gettext_lazy("current period"))
    def current_period(self, row: Any) -> str:
        return day_range(row.state.period.first, row.state.period.last)

    @display(description=gettext_lazy("thresholds"))
    def written_thresholds(self, row: Budget) -> str:
        return " · ".join(whole_percent(threshold) for threshold in row.thresholds)


def _add_states(rows: list[Any]) -> None:
    for row, state in zip(rows, budget_states(rows, now=timezone.now()), strict=True):
        row.state = state


def _scope(state: BudgetState) -> str:
    return f"{state.scope_kind.label} · {state.scope_name}"


def _cell(name: str, state: BudgetState) -> SafeString:
    return SafeString(render_to_string(f"admin/budgets/{name}.html", {"state": state}).strip())


def _organization(request: HttpRequest) -> Organization | None:
    asked = request.GET.get("organization", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    return Organization.objects.filter(pk=asked).first()
