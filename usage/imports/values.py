"""Cells as people and programs write them → numbers, instants, yes or no. Exact, or a sentence that says why not."""

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

TIME_FORMATS: Final = ("auto", "dmy", "mdy", "unix_s", "unix_ms", "unix_us", "unix_ns")
"""``auto``: ISO 8601, or seconds (milliseconds …) since 1970 by their size; otherwise the order of day and month."""
THOUSANDS: Final = ("", ",", ".", " ", "'")
_YES: Final = frozenset({"1", "true", "yes", "y", "t", "x", "ja", "wahr", "void", "voided"})
_NO: Final = frozenset({"", "0", "false", "no", "n", "f", "nein", "falsch"})
_LARGEST_EXPONENT: Final = 18
_UNITS: Final = {"unix_s": 0, "unix_ms": 3, "unix_us": 6, "unix_ns": 9}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MICROSECOND: Final = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds()) * 1_000_000
_PLAIN: Final = re.compile(r"[0-9]{1,15}")
_AMBIGUOUS: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.000)+")
_WRITTEN: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_DATED: Final = re.compile(
    r"(?P<first>\d{1,2})[./-](?P<second>\d{1,2})[./-](?P<year>\d{4}|\d{2})"
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)


class Unreadable(ValueError):
    """A cell that cannot be understood. The message goes on from the name of the field."""


def whole_number(value: Any, *, thousands: str = "", decimal: str = ".") -> int:
    """A quantity: ``1200``, ``1,200`` with its separator, ``1200.0``. Raises ``Unreadable``."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return int(value)
    number = exact_number(value, thousands=thousands, decimal=decimal)
    if isinstance(value, str) and not thousands and _AMBIGUOUS.fullmatch(value.strip()):
        # 1.000 is one in one country and a thousand in the next.
        raise Unreadable(
            _("“%(text)s” can be read in two ways; say which sign divides thousands") % {"text": value[:40]}
        )
    whole = int(number)
    if whole != number:
        raise Unreadable(_("“%(text)s” is no whole number") % {"text": str(value)[:40]})
    return whole


def milliseconds(value: Any, *, thousands: str = "", decimal: str = ".") -> int:
    """Seconds with decimals as whole milliseconds."""
    seconds = exact_number(value, thousands=thousands, decimal=decimal)
    return int((seconds * 1000).to_integral_value(rounding=ROUND_HALF_EVEN))


def exact_number(value: Any, *, thousands: str = "", decimal: str = ".") -> Decimal:
    """A number as it is written, without rounding. Raises ``Unreadable``."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unreadable(_("is no number"))
    text = str(value) if not isinstance(value, str) else _ungrouped(value.strip(), thousands, decimal)
    try:
        number = Decimal(text) if _WRITTEN.fullmatch(text) else None
    except InvalidOperation:
        number = None
    if number is None:
        raise Unreadable(_("“%(text)s” is no number") % {"text": str(value)[:40]})
    if number and not -_LARGEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT:
        raise Unreadable(_("“%(text)s” is out of all range") % {"text": str(value)[:40]})
    return number


def _ungrouped(text: str, thousands: str, decimal: str) -> str:
    if thousands:
        signs = ("\u00a0", "\u202f", "\u2009", " ") if thousands == " " else (thousands,)
        for sign in signs:
            whole, point, rest = text.partition(decimal)
            # Only where groups of three stand: "1,5" must not become 15.
            if sign in whole and re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(sign)}\d{{3}})+", whole):
                text = whole.replace(sign, "") + point + rest
    return text.replace(decimal, ".") if decimal != "." and "." not in text else text


def yes_or_no(value: Any) -> bool:
    """Whether a cell says yes. Raises ``Unreadable`` when it says neither."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise Unreadable(_("“%(text)s” is neither yes nor no") % {"text": text[:40]})


def instant(value: Any, *, time_format: str, zone: ZoneInfo) -> datetime:
    """A moment, in UTC. One without an offset is local time of ``zone``; of an hour that comes twice, the first.

    Raises ``Unreadable``, also for a local time that clocks skipped.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unreadable(_("is no time"))
    text = str(value).strip()
    try:
        if time_format in _UNITS:
            return _since_1970(exact_number(text), _UNITS[time_format])
        if time_format == "auto":
            return _by_itself(text, zone)
        return _in_order(text, zone, day_first=time_format == "dmy")
    except (ValueError, OverflowError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(_("“%(text)s” is no time of this format") % {"text": text[:40]}) from None


def _by_itself(text: str, zone: ZoneInfo) -> datetime:
    if _WRITTEN.fullmatch(text) and not (len(text) == 8 and text.startswith(("19", "20"))):
        digits = len(text.partition(".")[0].lstrip("+-"))
        return _since_1970(
            exact_number(text), 0 if digits <= 11 else 3 if digits <= 14 else 6 if digits <= 17 else 9
        )
    return _in_utc(datetime.fromisoformat(text.removesuffix(" UTC") + "Z" * text.endswith(" UTC")), zone)


def _since_1970(number: Decimal, places: int) -> datetime:
    microseconds = int(number.scaleb(6 - places))
    if not 0 <= microseconds <= _LAST_MICROSECOND:
        raise ValueError
    return _EPOCH + timedelta(microseconds=microseconds)


def _in_order(text: str, zone: ZoneInfo, *, day_first: bool) -> datetime:
    match = _DATED.fullmatch(text)
    if match is None:
        return _in_utc(datetime.fromisoformat(text), zone)
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    day, month = (first, second) if day_first else (second, first)
    hour = int(match["hour"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if match["half"][0] in "Pp" else 0)
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    naive = datetime(  # noqa: DTZ001 - the zone comes next
        year + 2000 * (year < 100),
        month,
        day,
        hour,
        int(match["minute"] or 0),
        int(match["s"] or 0),
        int(fraction),
    )
    if match["zone"] is None:
        return _in_utc(naive, zone)
    offset = "+00:00" if match["zone"] in ("Z", "UTC", "GMT") else match["zone"]
    return _in_utc(datetime.fromisoformat(f"{naive.isoformat()}{offset}"), zone)


def _in_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    found = moment.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != moment:
        raise Unreadable(
            _("“%(text)s” does not exist in %(zone)s: clocks skipped it")
            % {"text": moment.isoformat(sep=" "), "zone": zone.key}
        )
    return found
