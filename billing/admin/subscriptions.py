"""Which organization has which plan since when, and the page that gives an organization a plan."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelect2Widget

from billing.models import Plan, Subscription
from billing.queries.panels.registry import HEALTH
from billing.services.subscriptions import subscribe
from teams.admin.audited import actor_of
from teams.admin.pages import ReasonForm, ask
from teams.models import Organization
from teams.templatetags.figures import month
from usage.admin.ledger import LedgerForm, MonthInput
from usage.admin.organizations import LedgerOrganizationAdmin
from usage.admin.prices import ReadOnlyAdmin
from usage.periods import add_months

_LIST = "admin:billing_subscription_changelist"


def subscribe_url(**chosen: object) -> str:
    """The page that gives an organization a plan; ``plan`` and ``organization`` may be chosen ahead (ids)."""
    return f"{reverse('admin:billing_subscription_give')}?{urlencode(chosen)}"


def _next_month() -> date:
    return add_months(datetime.now(UTC).date().replace(day=1), 1)


class SubscribeForm(ReasonForm):
    organization = forms.ModelChoiceField(
        label=gettext_lazy("Organization"),
        queryset=Organization.objects.filter(twin_of=None),
        widget=AutocompleteSelect(
            Subscription._meta.get_field("organization"),
            admin.site,
            attrs={"class": "unfold-admin-autocomplete", "data-theme": "admin-autocomplete"},
        ),
    )
    plan = forms.ModelChoiceField(
        label=gettext_lazy("Plan"),
        queryset=Plan.objects.filter(is_active=True),
        widget=UnfoldAdminSelect2Widget,
    )
    valid_from = forms.DateField(
        label=gettext_lazy("From the billing month"),
        input_formats=["%Y-%m"],
        initial=lambda: f"{_next_month():%Y-%m}",
        widget=MonthInput,
        help_text=gettext_lazy(
            "The plan holds from the first instant of the month where the organization is."
        ),
    )
    field_order = ("organization", "plan", "valid_from", "reason")

    class Media(LedgerForm.Media):
        pass


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("organization", "plan", "first", "last", "state")
    list_filter = (("organization", AutocompleteSelectFilter), ("plan", AutocompleteSelectFilter))
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("organization", "plan")
    search_fields = ("organization__name", "plan__name")
    fields = ("organization", "plan", "first", "last", "state")
    ordering = ("organization__name", "-valid_from")
    actions_list = ("give",)

    @display(description=gettext_lazy("from"), ordering="valid_from")
    def first(self, row: Subscription) -> str:
        return month(row.valid_from)

    @display(description=gettext_lazy("last month"), ordering="valid_until", empty_value="–")
    def last(self, row: Subscription) -> str | None:
        return month(add_months(row.valid_until, -1)) if row.valid_until else None

    @display(description=gettext_lazy("state"))
    def state(self, row: Subscription) -> str:
        today = datetime.now(UTC).date()
        if row.valid_until is not None and row.valid_until <= today:
            return _("Ended")
        return _("Coming") if row.valid_from > today else _("In force")

    def has_give_permission(self, request: HttpRequest) -> bool:
        """Whether organizations may be given plans: like changing plans."""
        return bool(request.user.has_perm("billing.change_plan"))

    @action(description=gettext_lazy("Subscribe an organization"), url_path="subscribe", permissions=["give"])
    def give(self, request: HttpRequest) -> HttpResponse:
        def act(values: dict[str, Any]) -> HttpResponse:
            subscribe(**values, actor=actor_of(request))
            messages.success(
                request,
                _("%(organization)s has the plan %(plan)s from %(month)s on.")
                % (values | {"month": month(values["valid_from"])}),
            )
            return redirect(f"{reverse(_LIST)}?organization__id__exact={values['organization'].pk}")

        chosen = {name: request.GET[name] for name in ("plan", "organization") if _is_id(request, name)}
        return ask(
            self,
            request,
            back_url=reverse(_LIST),
            form=SubscribeForm(request.POST or None, initial=chosen),
            title=_("Subscribe an organization to a plan"),
            summary=_now(chosen)
            + _(
                "From that month on the plan's fee and included tokens stand on its invoices, and its usage is "
                "priced by the plan. A plan it had before ends with the month before. What is priced already "
                "keeps its price."
            ),
            submit_text=_("Subscribe"),
            act=act,
        )


def _is_id(request: HttpRequest, name: str) -> bool:
    text = request.GET.get(name, "")
    return text.isascii() and text.isdigit() and len(text) < 19


def _now(chosen: dict[str, str]) -> str:
    """Which plan an organization has, where it is chosen already."""
    if "organization" not in chosen:
        return ""
    open_one = Subscription.objects.filter(organization_id=int(chosen["organization"]), valid_until=None)
    found = open_one.select_related("plan", "organization").first()
    if found is None:
        return _("It has no plan yet.") + " "
    facts = {"organization": found.organization, "plan": found.plan, "month": month(found.valid_from)}
    return _("%(organization)s has the plan %(plan)s since %(month)s.") % facts + " "


admin.site.unregister(Organization)


@admin.register(Organization)
class BilledOrganizationAdmin(LedgerOrganizationAdmin):
    """Organizations, with what only billing can do."""

    actions_detail: tuple[str, ...] = (*LedgerOrganizationAdmin.actions_detail, "give_plan", "data_health")

    @action(description=gettext_lazy("Give it a plan"), url_path="plan", permissions=["change"])
    def give_plan(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(subscribe_url(organization=object_id))

    @action(description=gettext_lazy("Data health"), url_path="data-health", permissions=["view"])
    def data_health(self, request: HttpRequest, object_id: str) -> HttpResponse:
        chosen = {"organization": object_id, "panel": HEALTH.name}
        return redirect(f"{reverse('admin-panels')}?{urlencode(chosen)}")
