"""What the page of new prices shows: the filter, one page of models, and each price old → new."""

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from teams.formatting import count
from usage.admin.price_quotes import QUOTES, quoted_price, reader_locale_name, written_hours, written_start
from usage.price_catalogue import ALWAYS, QUOTED_PER, ModelKey
from usage.price_diff import PriceDiff, UnitPriceChange
from usage.price_review import EntryState, PriceEntry, PriceStep, matching, price_entries

SYNC: Final = "admin:usage_price_sync"
RESULT: Final = "admin:usage_price_synced"
PER_PAGE: Final = 100

_STATES: Final = {
    EntryState.NEW: gettext_lazy("New"),
    EntryState.CHANGED: gettext_lazy("Changed"),
    EntryState.REMOVED: gettext_lazy("No longer listed: loses its price"),
}


class SyncForm(forms.Form):
    """Which changes to show, and from when they would hold."""

    state = forms.ChoiceField(
        label=gettext_lazy("Show"),
        required=False,
        choices=[
            ("", gettext_lazy("All changes")),
            ("marked", gettext_lazy("Marked: to be looked at")),
            *_STATES.items(),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    provider = forms.CharField(
        label=gettext_lazy("Provider"), required=False, max_length=100, widget=UnfoldAdminTextInputWidget
    )
    text = forms.CharField(
        label=gettext_lazy("Name contains"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget
    )
    valid_from = forms.DateTimeField(
        label=gettext_lazy("Changed prices hold from, UTC"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2027-01-01 00:00"}),
        help_text=gettext_lazy("Empty: from the moment of approving."),
    )

    def clean_valid_from(self) -> Any:
        """The clock of the form is UTC, whatever zone the server lives in."""
        given = self.cleaned_data["valid_from"]
        if given is None:
            return None
        valid_from = timezone.make_naive(given).replace(tzinfo=UTC)
        if valid_from <= timezone.now():
            raise ValidationError(
                _("Calls since then have been priced already. Name a later instant, or none for now.")
            )
        return valid_from

    def which(self) -> dict[str, str]:
        """The filter, as ``price_review.matching`` takes it."""
        values = self.cleaned_data
        return {
            "state": values.get("state") or "",
            "provider_name": (values.get("provider") or "").strip().lower(),
            "text": values.get("text") or "",
        }

    def asked(self) -> dict[str, str]:
        """The filled-in fields, as they were sent."""
        return {name: value for name in self.fields if (value := self.data.get(name, ""))}


def sync_url(form: SyncForm) -> str:
    """The page with the same filter."""
    return f"{reverse(SYNC)}?{urlencode(form.asked())}"


def key_of(text: str) -> ModelKey | None:
    """The model and tier that a ticked box stands for."""
    try:
        provider_name, model_name, service_tier = json.loads(text)
    except (ValueError, TypeError):
        return None
    return str(provider_name), str(model_name), str(service_tier)


def page_context(diff: PriceDiff, form: SyncForm, asked: Mapping[str, Any] | QueryDict) -> dict[str, Any]:
    """One page of the entries that the filter names."""
    entries = price_entries(diff)
    found = matching(entries, **form.which())
    page = Paginator(found, PER_PAGE).get_page(asked.get("page"))
    unmarked = sum(1 for entry in found if not entry.is_marked and entry.state != EntryState.REMOVED)
    return {
        "source": diff.source,
        "seen": diff.fingerprint,
        "counts": _counts(diff, entries),
        "page": page,
        "rows": [_row(entry) for entry in page],
        "found": len(found),
        "unmarked": _number(unmarked),
        "named": len(diff.renamed) + len(diff.providers),
        "hidden": form.asked() | {"page": str(page.number)},
        "newer_url": _page_url(form, page.previous_page_number()) if page.has_previous() else "",
        "older_url": _page_url(form, page.next_page_number()) if page.has_next() else "",
        "ticked": set(asked.getlist("chosen")) if isinstance(asked, QueryDict) else set(),
    }


def _page_url(form: SyncForm, number: int) -> str:
    return f"{reverse(SYNC)}?{urlencode(form.asked() | {'page': str(number)})}"


def _counts(diff: PriceDiff, entries: tuple[PriceEntry, ...]) -> list[tuple[str, str]]:
    by_state = {state: sum(1 for entry in entries if entry.state == state) for state in EntryState}
    return [
        (_("New models and tiers"), _number(by_state[EntryState.NEW])),
        (_("Changed"), _number(by_state[EntryState.CHANGED])),
        (_("No longer listed"), _number(by_state[EntryState.REMOVED])),
        (_("Of these marked"), _number(sum(1 for entry in entries if entry.is_marked))),
        (_("Other titles or rules"), _number(len(diff.renamed) + len(diff.providers))),
        (_("Unchanged"), _number(diff.unchanged)),
    ]


def _row(entry: PriceEntry) -> dict[str, Any]:
    provider_name, model_name, service_tier = entry.key
    return {
        "value": json.dumps(entry.key),
        "model": model_name,
        "provider": provider_name,
        "tier": service_tier or _("standard"),
        "state": _STATES[entry.state],
        "is_marked": entry.is_marked,
        "note": entry.note,
        "steps": [(_from(step), [_line(change) for change in step.unit_prices]) for step in entry.steps],
    }


def _from(step: PriceStep) -> str:
    if step.valid_from is None:
        return _("from approving on")
    start = written_start(step.valid_from)
    return start if step.valid_from == ALWAYS else _("from %(instant)s") % {"instant": start}


def _line(change: UnitPriceChange) -> dict[str, Any]:
    ratio = change.ratio
    where = [
        _("above %(tokens)s") % {"tokens": _number(change.context_threshold)}
        if change.context_threshold
        else "",
        written_hours(change.window) if change.window else "",
    ]
    return {
        "kind": ", ".join(filter(None, [str(change.kind.label), *where])),
        "unit": QUOTES[QUOTED_PER[change.kind]],
        "old": quoted_price(change.old, kind=change.kind),
        "new": quoted_price(change.new, kind=change.kind),
        "ratio": f"× {round(ratio, 3).normalize():f}" if ratio is not None else "",
        "is_jump": change.is_jump and change.old is not None,
    }


def _number(value: int) -> str:
    return count(value, locale=reader_locale_name())
