"""The list of what waits for a person: filters, one page by key, and the ways to decide about many at once."""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from teams.admin.organization_select import OrganizationSelect
from teams.admin.pages import DayInput, entry_url
from teams.models import ApiKey, Organization
from teams.templatetags.figures import count
from usage.admin.ledger_values import ABSENT
from usage.enums import EventSource, QuarantineReason, QuarantineStatus, ReviewAction
from usage.models import QuarantinedEvent
from usage.quarantine_filter import QuarantineFilter
from usage.queries.quarantine import QuarantinePage, quarantine_page

LIST: Final = "admin:usage_quarantinedevent_changelist"
REVIEW: Final = "admin:usage_quarantinedevent_review"
ALL_STATES: Final = "all"
_ANY: Final = ("", gettext_lazy("All"))


class QuarantineForm(forms.Form):
    """Which entries to show; what is open unless something else is asked for."""

    organization = forms.ModelChoiceField(
        label=gettext_lazy("Organization"),
        queryset=Organization.objects.all(),
        required=False,
        widget=OrganizationSelect(
            QuarantinedEvent._meta.get_field("organization"), empty=gettext_lazy("All organizations")
        ),
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[*QuarantineStatus.choices, (ALL_STATES, gettext_lazy("All"))],
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        required=False,
        choices=[_ANY, *QuarantineReason.choices],
        widget=UnfoldAdminSelectWidget,
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Came by"),
        required=False,
        choices=[_ANY, *EventSource.choices],
        widget=UnfoldAdminSelectWidget,
    )
    key = forms.ChoiceField(label=gettext_lazy("API key"), required=False, widget=UnfoldAdminSelectWidget)
    first_day = forms.DateField(label=gettext_lazy("Received from, UTC"), required=False, widget=DayInput)
    last_day = forms.DateField(label=gettext_lazy("Received until, UTC"), required=False, widget=DayInput)
    transaction_id = forms.CharField(
        label=gettext_lazy("Transaction id"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
    )

    class Media:
        js = (
            "admin/js/vendor/jquery/jquery.min.js",
            "admin/js/vendor/select2/select2.full.js",
            "admin/js/jquery.init.js",
            "unfold/js/select2.init.js",
        )
        css = {"screen": ("admin/css/vendor/select2/select2.css", "admin/css/autocomplete.css")}

    def __init__(self, asked: QueryDict) -> None:
        given = asked.copy()
        given.setdefault("status", QuarantineStatus.OPEN.value)
        if not _is_id(given.get("organization", "")):
            # The widget that finds organizations cannot show what is no number.
            given.pop("organization", None)
        super().__init__(given)
        key: Any = self.fields["key"]
        key.choices = [_ANY, *_keys_of(given.get("organization", ""))]
        if not given.get("organization"):
            key.help_text = _("Choose an organization first.")

    def which(self) -> QuarantineFilter:
        """The filter that is asked for; a value that means nothing is left out."""
        self.is_valid()
        values = self.cleaned_data
        organization, status = values.get("organization"), values.get("status")
        return QuarantineFilter(
            organization_id=organization.pk if organization else None,
            status="" if status == ALL_STATES else status or QuarantineStatus.OPEN.value,
            reason=values.get("reason") or "",
            source=values.get("source") or "",
            api_key_id=int(values["key"]) if values.get("key") else None,
            transaction_id=(values.get("transaction_id") or "").replace("\0", ""),
            first_day=values.get("first_day"),
            last_day=values.get("last_day"),
        )


def chosen_ids(asked: QueryDict) -> tuple[UUID, ...]:
    """The entries that were ticked."""
    try:
        return tuple(UUID(text) for text in asked.getlist("chosen"))
    except ValueError:
        return ()


def page_context(form: QuarantineForm, asked: QueryDict) -> dict[str, Any]:
    """One page of entries, with the links to its neighbours and to decisions about all that the filter names."""
    which = form.which()
    after, before = _id_of(asked, "after"), _id_of(asked, "before")
    page = quarantine_page(which, after=after, before=None if after else before)
    parameters = _parameters(which)
    is_open = which.status in (QuarantineStatus.OPEN, "")
    return {
        "entries": [_row(entry) for entry in page.entries],
        "headers": _headers(),
        "hidden": parameters,
        "review_url": reverse(REVIEW),
        "can_review": is_open and any(entry.status == QuarantineStatus.OPEN for entry in page.entries),
        "all_links": [
            (_("Store all that match"), review_url(which, ReviewAction.REPLAY)),
            (_("Discard all that match"), review_url(which, ReviewAction.DISCARD)),
        ],
        **_neighbours(page, parameters, is_first=after is None and before is None),
    }


def review_url(which: QuarantineFilter, action: ReviewAction) -> str:
    """The page that asks before it decides about all that a filter names."""
    return f"{reverse(REVIEW)}?{urlencode(_parameters(which) | {'action': action.value})}"


def _neighbours(page: QuarantinePage, parameters: dict[str, str], *, is_first: bool) -> dict[str, str]:
    return {
        "newest_url": "" if is_first else list_url(parameters),
        "newer_url": list_url(parameters | {"before": str(page.newer)}) if page.newer else "",
        "older_url": list_url(parameters | {"after": str(page.older)}) if page.older else "",
    }


def list_url(parameters: dict[str, str]) -> str:
    return f"{reverse(LIST)}?{urlencode(parameters)}"


def _parameters(which: QuarantineFilter) -> dict[str, str]:
    """The filter as its form's fields."""
    found = {
        "organization": which.organization_id,
        "status": which.status or ALL_STATES,
        "reason": which.reason,
        "source": which.source,
        "key": which.api_key_id,
        "first_day": which.first_day,
        "last_day": which.last_day,
        "transaction_id": which.transaction_id,
    }
    return {name: str(value) for name, value in found.items() if value not in (None, "")}


def _headers() -> list[str]:
    return [
        _("Transaction id"),
        _("Organization"),
        _("Reason"),
        _("Detail"),
        _("Came by"),
        _("Times sent"),
        _("First received, UTC"),
        _("Last received, UTC"),
        _("Status"),
    ]


def _row(entry: QuarantinedEvent) -> dict[str, Any]:
    link = format_html('<a class="ledger-id" href="{}">{}</a>', entry_url(entry), entry.transaction_id)
    return {
        "id": str(entry.pk),
        "transaction_id": entry.transaction_id,
        "is_open": entry.status == QuarantineStatus.OPEN,
        "cells": [
            link,
            str(entry.organization),
            entry.get_reason_display(),
            entry.detail or ABSENT,
            entry.get_source_display(),
            _number(entry.times),
            _minute(entry.first_received_at),
            _minute(entry.last_received_at),
            entry.get_status_display(),
        ],
    }


def _minute(instant: datetime) -> SafeString:
    return format_html('<span class="ledger-instant">{}</span>', f"{instant.astimezone(UTC):%Y-%m-%d %H:%M}")


def _number(value: int) -> SafeString:
    return format_html('<span class="ledger-number">{}</span>', count(value))


def _keys_of(organization: str) -> list[tuple[str, str]]:
    if not organization:
        return []
    keys = ApiKey.objects.filter(organization_id=int(organization)).order_by("name", "pk")
    return [(str(key.pk), str(key)) for key in keys]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _id_of(asked: QueryDict, name: str) -> UUID | None:
    try:
        return UUID(asked.get(name, ""))
    except ValueError:
        return None
