"""Prices as people quote them: per million tokens, per minute of audio, per call."""

from datetime import UTC, datetime, time
from decimal import Decimal

from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language, gettext, to_locale
from django.utils.translation import gettext_lazy as _

from teams.formatting import money_exact
from usage.enums import ChargeKind
from usage.price_catalogue import ALWAYS, QUOTED_PER
from usage.price_windows import MONDAY_TO_FRIDAY, DailyWindow

QUOTES = {1: _("per call"), 60: _("per minute"), 1_000_000: _("per million tokens")}


def quoted_price(unit_price: Decimal | None, *, kind: ChargeKind) -> str:
    """A stored price of one unit as people read it: of a million tokens, a minute of audio, or one call."""
    if unit_price is None:
        return "–"
    price = unit_price * QUOTED_PER[kind]
    return money_exact(price.normalize(), currency="USD", locale=reader_locale_name())


def reader_locale_name() -> str:
    """The locale that numbers are written in for the reader."""
    return to_locale(get_language() or "en")


def quoted_unit(kind: ChargeKind) -> str:
    """What a quoted price is the price of."""
    return str(QUOTES[QUOTED_PER[kind]])


def written_start(instant: datetime) -> str:
    """When a price begins: always, a day, or the minute of a day, by UTC."""
    if instant == ALWAYS:
        return gettext("always")
    at = instant.astimezone(UTC)
    return f"{at:%Y-%m-%d}" if at.time() == time.min else f"{at:%Y-%m-%d %H:%M} UTC"


def written_hours(window: DailyWindow) -> str:
    """01:00–04:00 UTC, Monday–Friday."""
    days = [str(WEEKDAYS[day]) for day in range(7) if window.weekdays >> day & 1]
    when = gettext("%(hours)s UTC") % {"hours": window.hours}
    if len(days) == 7:
        return when
    follow = window.weekdays == MONDAY_TO_FRIDAY
    return f"{when}, {'–'.join((days[0], days[-1])) if follow else ', '.join(days)}"
