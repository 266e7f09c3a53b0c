"""Alerts in the admin: kept, and acknowledged by a person."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from billing.enums import BudgetUnit
from billing.models import TriggeredAlert
from billing.services.budgets import acknowledge_alerts
from teams.admin.audited import actor_of
from teams.admin.pages import ask, entry_url, find_entry
from teams.templatetags.figures import count, day_range, money, whole_percent
from usage.admin.prices import ReadOnlyAdmin


class SeenFilter(admin.SimpleListFilter):
    """Alerts that nobody has acknowledged, or has."""

    title = gettext_lazy("acknowledged")
    parameter_name = "acknowledged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Not yet")), ("yes", _("Acknowledged"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TriggeredAlert]) -> QuerySet[TriggeredAlert]:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(acknowledged_at__isnull=self.value() == "no")


@admin.register(TriggeredAlert)
class TriggeredAlertAdmin(ReadOnlyAdmin):
    list_display = ("crossed", "whose", "spent_then", "limit_then", "period", "triggered_at", "seen")
    list_filter = (
        SeenFilter,
        ("budget__organization", AutocompleteSelectFilter),
        "budget__scope_kind",
        "threshold",
    )
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("budget__organization", "acknowledged_by")
    search_fields = ("budget__name", "budget__organization__name")
    fields = (
        *("budget_link", "organization", "threshold", "period", "spent_then", "limit_then", "budget_version"),
        *("triggered_at", "seen", "acknowledged_at", "acknowledged_by"),
    )
    readonly_fields = fields
    actions = ("acknowledge",)
    actions_detail = ("acknowledge_one",)

    def has_acknowledge_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whoever may change budgets says that an alert was seen."""
        return bool(request.user.has_perm("billing.change_budget"))

    @action(description=gettext_lazy("Acknowledge"), permissions=["acknowledge"])
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[TriggeredAlert]) -> None:
        self._acknowledge(request, list(queryset.values_list("pk", flat=True)))

    @action(description=gettext_lazy("Acknowledge"), url_path="acknowledge", permissions=["acknowledge"])
    def acknowledge_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        alert = find_entry(self, request, object_id)

        def act(_values: dict[str, Any]) -> HttpResponse:
            self._acknowledge(request, [alert.pk])
            return redirect(entry_url(alert))

        return ask(
            self,
            request,
            entry=alert,
            form=forms.Form(request.POST if request.method == "POST" else None),
            title=_("Acknowledge %(name)s") % {"name": alert},
            summary=_("Says under your name that somebody has seen it. The alert stays on record."),
            submit_text=_("Acknowledge"),
            act=act,
        )

    def _acknowledge(self, request: HttpRequest, alert_ids: list[int]) -> None:
        number = acknowledge_alerts(alert_ids=alert_ids, actor=actor_of(request))
        told = ngettext("%(number)s alert was acknowledged.", "%(number)s alerts were acknowledged.", number)
        messages.success(request, told % {"number": number})

    @display(description=gettext_lazy("crossed"), ordering="threshold", header=True)
    def crossed(self, row: TriggeredAlert) -> list[str]:
        return [whole_percent(row.threshold), row.budget.name]

    @display(description=gettext_lazy("organization"), ordering="budget__organization__name")
    def whose(self, row: TriggeredAlert) -> str:
        return row.budget.organization.name

    @display(description=gettext_lazy("organization"))
    def organization(self, row: TriggeredAlert) -> str:
        return self.whose(row)

    @display(description=gettext_lazy("budget"))
    def budget_link(self, row: TriggeredAlert) -> str:
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
            entry_url(row.budget),
            row.budget,
        )

    @display(description=gettext_lazy("spent then"), ordering="spent")
    def spent_then(self, row: TriggeredAlert) -> str:
        written = self._quantity(row, row.spent)
        return format_html("{} {}", _("at least"), written) if row.is_lower_bound else written

    @display(description=gettext_lazy("limit then"), ordering="limit")
    def limit_then(self, row: TriggeredAlert) -> str:
        return self._quantity(row, row.limit)

    @display(description=gettext_lazy("period"), ordering="period_start")
    def period(self, row: TriggeredAlert) -> str:
        return day_range(row.period_start, row.period_end)

    @display(
        description=gettext_lazy("acknowledged"),
        ordering="acknowledged_at",
        label={"no": "warning", "yes": "success"},
    )
    def seen(self, row: TriggeredAlert) -> tuple[str, str]:
        return ("no", _("Not yet")) if row.acknowledged_at is None else ("yes", _("Acknowledged"))

    @staticmethod
    def _quantity(row: TriggeredAlert, value: Any) -> str:
        if row.budget.unit == BudgetUnit.TOKENS:
            return format_html("{} {}", count(value), _("tokens"))
        return money(value, row.budget.organization.currency)
