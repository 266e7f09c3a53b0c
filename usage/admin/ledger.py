"""The ledger browser: read only, one organization at a time, page by key. It never counts."""

from datetime import UTC, date
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from teams.admin.audited import actor_of
from teams.enums import ScopeKind
from teams.templatetags.figures import count
from usage.admin.ledger_event import event_context
from usage.admin.ledger_values import ABSENT, event_url, position_url, written_cost, written_name
from usage.admin.ledger_void import ask_to_void, can_be_voided
from usage.admin.organization_form import OrganizationForm
from usage.admin.prices import ReadOnlyAdmin
from usage.enums import ChargeKind
from usage.models import UsageEvent
from usage.queries.ledger_pages import (
    ChargedTogether,
    EventDetail,
    LedgerPage,
    Position,
    event_detail,
    find_event,
    ledger_page,
)
from usage.queries.names import MODEL

_LIST: Final = "admin:usage_usageevent_changelist"
_CHARGED: Final = ("model", "price", "rate", "kind", "closes")


class MonthInput(UnfoldAdminTextInputWidget):
    """A month, by the browser's own picker."""

    input_type = "month"


class LedgerForm(OrganizationForm):
    """Which events to show. A client's id leads straight to its event."""

    month = forms.DateField(
        label=gettext_lazy("Billing month"), required=False, input_formats=["%Y-%m"], widget=MonthInput
    )
    transaction_id = forms.CharField(
        label=gettext_lazy("Transaction id"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
    )


@admin.register(UsageEvent)
class UsageEventAdmin(ReadOnlyAdmin):
    """Pages by key: ``?after=`` goes on to older events, ``?before=`` to newer ones."""

    actions_detail = ("void",)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        # The widget that finds organizations cannot show what is no number.
        form = LedgerForm(request.GET if _is_id(request.GET.get("organization", "")) else None)
        context: dict[str, Any] = {}
        if form.is_valid():
            organization, transaction_id = (
                form.cleaned_data["organization"],
                form.cleaned_data["transaction_id"],
            )
            if transaction_id:
                position = find_event(organization.pk, transaction_id)
                if position is not None:
                    return redirect(position_url(organization.pk, position))
                messages.warning(request, _("This organization has no event with that transaction id."))
            context = _page_context(request, organization.pk, form.cleaned_data["month"])
        return self._render(request, "ledger.html", title=_("Ledger"), form=form, **context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        detail = _detail_or_404(object_id)
        event = detail.event
        may_void = self.has_void_permission(request) and can_be_voided(detail)
        return self._render(
            request,
            "event.html",
            title=_("Event %(id)s") % {"id": event.transaction_id},
            back_url=_list_url(organization=event.organization_id, month=f"{event.period:%Y-%m}"),
            void_url=reverse("admin:usage_usageevent_void", args=(object_id,)) if may_void else "",
            **event_context(detail),
        )

    def has_void_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether events may be voided: whoever may see them may."""
        return bool(self.has_view_permission(request))

    @action(description=gettext_lazy("Void"), url_path="void", permissions=["void"])
    def void(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return ask_to_void(self, request, _detail_or_404(object_id), actor=actor_of(request))

    def _render(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        form = context.get("form")
        context |= {
            "opts": self.opts,
            "media": self.media + form.media if form else self.media,
        }
        context = self.admin_site.each_context(request) | context
        return TemplateResponse(request, f"usage/admin/{template}", context)


def _detail_or_404(object_id: str) -> EventDetail:
    organization_id, _dot, text = object_id.partition(".")
    position = Position.parse(text)
    detail = event_detail(int(organization_id), position) if position and _is_id(organization_id) else None
    if detail is None:
        raise Http404
    return detail


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _page_context(request: HttpRequest, organization_id: int, month: date | None) -> dict[str, Any]:
    after = Position.parse(request.GET.get("after", ""))
    before = None if after else Position.parse(request.GET.get("before", ""))
    charged = _charged(request)
    page = ledger_page(organization_id, after=after, before=before, month=month, charged=charged)
    chosen = {"organization": organization_id} | ({"month": f"{month:%Y-%m}"} if month else {})
    all_url = _list_url(**chosen)
    if charged is not None:
        chosen |= {name: request.GET[name] for name in _CHARGED}
    return {
        "charged": charged and charged.kind.label,
        "all_url": all_url,
        "table": {"headers": _headers(), "rows": [_cells(event, page) for event in page.events]},
        "newest_url": _list_url(**chosen) if after or before else "",
        "newer_url": _list_url(**chosen, before=page.newer) if page.newer else "",
        "older_url": _list_url(**chosen, after=page.older) if page.older else "",
    }


def _charged(request: HttpRequest) -> ChargedTogether | None:
    """What a line of an invoice asks for; None without, or when it cannot be read."""
    try:
        model, price, rate, kind, closes = (request.GET[name] for name in _CHARGED)
        return ChargedTogether(
            model_id=int(model),
            price_id=int(price),
            rate_id=int(rate),
            kind=ChargeKind(kind),
            close_numbers=tuple(int(number) for number in closes.split(",") if number),
        )
    except (KeyError, ValueError):
        return None


def _list_url(**parameters: object) -> str:
    return f"{reverse(_LIST)}?{urlencode({name: str(value) for name, value in parameters.items()})}"


def _headers() -> list[str]:
    return [
        _("Transaction id"),
        _("Occurred, UTC"),
        _("Model"),
        _("Member"),
        _("Feature"),
        _("Calls"),
        _("Input tokens"),
        _("Output tokens"),
        _("Cost, USD"),
        _("Came by"),
    ]


def _cells(event: UsageEvent, page: LedgerPage) -> list[str]:
    return [
        format_html('<a class="ledger-id" href="{}">{}</a>', event_url(event), event.transaction_id),
        format_html(
            '<span class="ledger-instant">{}</span>', f"{event.occurred_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        ),
        written_name(page.names, (MODEL, event.model_id)),
        written_name(page.names, (ScopeKind.MEMBER.value, event.member_id)),
        event.feature or ABSENT,
        *(
            format_html('<span class="ledger-number">{}</span>', written)
            for written in (
                count(event.calls),
                count(event.input_tokens),
                count(event.output_tokens),
                written_cost(event.contracted_cost),
            )
        ),
        _came_by(event, is_voided=event.id in page.voided),
    ]


def _came_by(event: UsageEvent, *, is_voided: bool) -> str:
    if event.correction:
        return event.get_correction_display()
    source = event.get_source_display()
    return _("%(source)s, voided") % {"source": source} if is_voided else source
