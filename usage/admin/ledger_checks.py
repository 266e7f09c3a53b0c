"""What the nightly checks of the ledger found: read only."""

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from usage.admin.ledger_values import ABSENT
from usage.admin.prices import ReadOnlyAdmin
from usage.ledger_findings import Finding
from usage.models import LedgerCheck

_LABELS: Final = {"clean": "success", "differs": "danger", "failed": "warning", "running": "info"}


class WholeNightFilter(admin.SimpleListFilter):
    """Shows one line per night unless its organizations are asked for."""

    title = gettext_lazy("shown")
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("nights", _("Nights")),
            ("differing", _("Organizations that differ")),
            ("organizations", _("Organizations")),
        ]

    def choices(self, changelist: Any) -> Any:
        """Without the choice of none: the first one is what is shown by default."""
        for value, label in self.lookup_choices:
            yield {
                "selected": (self.value() or "nights") == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "organizations":
            return queryset.filter(organization__isnull=False)
        if self.value() == "differing":
            return queryset.filter(organization__isnull=False).exclude(differences=0, error="")
        return queryset if "organization__id__exact" in request.GET else queryset.filter(organization=None)


@admin.register(LedgerCheck)
class LedgerCheckAdmin(ReadOnlyAdmin):
    list_display = ("night", "whose", "days", "state", "rows", "differences", "finished_at")
    list_filter = (WholeNightFilter, ("organization", AutocompleteSelectFilter))
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("organization",)
    show_full_result_count = False
    fields = (
        *("night", "whose", "days", "state_in_words", "rows", "differences", "started_at", "finished_at"),
        *("error", "what_was_found"),
    )
    readonly_fields = fields

    class Media:
        css = {"all": ("usage/ledger.css",)}

    @display(description=gettext_lazy("organization"))
    def whose(self, check: LedgerCheck) -> str:
        return str(check.organization) if check.organization_id else _("All organizations")

    @display(description=gettext_lazy("local days"))
    def days(self, check: LedgerCheck) -> str:
        return f"{check.first_day} – {check.last_day}" if check.first_day else ABSENT

    @display(description=gettext_lazy("state"), label=_LABELS)
    def state(self, check: LedgerCheck) -> tuple[str, str]:
        if check.finished_at is None:
            return "running", _("Not finished")
        if check.differences:
            return "differs", _("Differs")
        return ("failed", _("Not checked")) if check.error else ("clean", _("No differences"))

    @display(description=gettext_lazy("state"))
    def state_in_words(self, check: LedgerCheck) -> str:
        return self.state(check)[1]

    @display(description=gettext_lazy("found"))
    def what_was_found(self, check: LedgerCheck) -> SafeString | str:
        if not check.found:
            return ABSENT
        findings = [Finding.from_json(kept) for kept in check.found]
        context = {"findings": findings, "hidden": check.differences - len(findings)}
        return render_to_string("usage/admin/findings.html", context)
