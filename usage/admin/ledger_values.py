"""How values of events are written in the admin."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Field
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from teams.enums import ScopeKind
from teams.formatting import money_exact
from teams.templatetags.figures import count, reader_locale
from usage.breakdown import Key, Name
from usage.latency import LOWER_BOUNDS_MS, UNKNOWN
from usage.models import UsageEvent
from usage.queries.ledger_pages import Position
from usage.queries.names import INTEGRATION, MODEL

CURRENCY: Final = "USD"
ABSENT: Final = "–"
_NAMED: Final = {
    "member_id": ScopeKind.MEMBER.value,
    "department_id": ScopeKind.DEPARTMENT.value,
    "project_id": ScopeKind.PROJECT.value,
    "integration_id": INTEGRATION,
    "model_id": MODEL,
}
_LINKED: Final = {
    "list_price_id": "admin:usage_price_change",
    "contracted_price_id": "admin:usage_price_change",
    "api_key_id": "admin:teams_apikey_change",
}
_COSTS: Final = ("list_cost", "contracted_cost")


def event_url(event: UsageEvent) -> str:
    """The page of an event."""
    return position_url(event.organization_id, Position(event.period, event.id))


def position_url(organization_id: int, position: Position) -> str:
    """The page of the event at a position."""
    return reverse("admin:usage_usageevent_change", args=(f"{organization_id}.{position}",))


def written_value(event: UsageEvent, field: "Field[Any, Any]", names: Mapping[Key, Name]) -> str | SafeString:
    """A column of an event in words; a dash where nothing was sent."""
    value = getattr(event, field.attname)
    if field.attname in _NAMED:
        return written_name(names, (_NAMED[field.attname], value))
    if field.attname in _COSTS and value is None:
        return _("unpriced")
    if value is None or value == "" or (field.attname == "rate_id" and not value):
        return ABSENT
    if field.attname in _LINKED:
        return _link(_LINKED[field.attname], value) if value else ABSENT
    if field.attname == "corrects":
        position = Position(event.period, value)
        return format_html('<a href="{}">{}</a>', position_url(event.organization_id, position), value)
    if field.attname == "latency_bucket":
        return ABSENT if value == UNKNOWN else _("from %(ms)s ms") % {"ms": f"{LOWER_BOUNDS_MS[value]:.0f}"}
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(value)


def written_name(names: Mapping[Key, Name], key: Key) -> str:
    """What an id stands for. 0 means that none was sent."""
    if not key[1]:
        return ABSENT
    name = names.get(key)
    return name.name if name else _("gone from the directory (%(id)s)") % {"id": key[1]}


def written_instant(instant: datetime) -> SafeString:
    """``instant_text``, kept on one line."""
    return format_html('<span class="ledger-instant">{}</span>', instant_text(instant))


def instant_text(instant: datetime) -> str:
    """An instant in UTC, to the millisecond: the order of events must be seen."""
    text = instant.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds")
    return f"{text.removesuffix('+00:00')} UTC"


def written_cost(cost: Decimal | None) -> str:
    """US dollars with every decimal."""
    if cost is None:
        return _("unpriced")
    return money_exact(cost.normalize() if cost else Decimal(0), currency=CURRENCY, locale=reader_locale())


def _plain(value: Any) -> str | SafeString:
    if isinstance(value, datetime):
        return written_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return written_cost(value)
    if isinstance(value, int):
        return count(value)
    if isinstance(value, list | dict):
        return pretty(value)
    return str(value)


def pretty(value: Any) -> SafeString:
    """JSON, indented."""
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    return format_html('<pre class="whitespace-pre-wrap">{}</pre>', text)


def _link(view: str, entry_id: int) -> SafeString:
    return format_html('<a href="{}">#{}</a>', reverse(view, args=(entry_id,)), entry_id)
