"""How figures and dates are written for people, everywhere: pages, admin, e-mail, PDF.

Pure: the locale is an argument. Groups of digits are set apart by a narrow no-break space in every language;
the decimal sign is the language's. Short forms carry three significant digits and never the word "thousand"
for a count, so that tokens in thousands and in millions cannot be mixed up.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel import dates, numbers, units

from teams.parsed_formats import between_groups, day_as, days_as, known, money_pattern, pattern

GROUP: Final = "\u202f"
MINUS: Final = "\u2212"
MILLION: Final = 1_000_000
BILLION: Final = 1_000_000_000
_ONE: Final = Decimal(1)
_PERCENT_STEP: Final = Decimal("0.1")


class Direction(StrEnum):
    """Which way a figure went."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    NEW = "new"


_ARROWS: Final = {Direction.UP: "↑", Direction.DOWN: "↓", Direction.SAME: "→", Direction.NEW: ""}


@dataclass(frozen=True)
class Change:
    """A change against an earlier figure. ``text`` has sign and per cent; empty if nothing was before."""

    direction: Direction
    text: str

    @property
    def arrow(self) -> str:
        """The direction as a sign that does not need colour."""
        return _ARROWS[self.direction]


def count(value: int | Decimal, *, locale: str) -> str:
    """A whole number in full: ``18 305 956``."""
    return _grouped(
        numbers.format_decimal(Decimal(value), format=pattern("#,##0"), locale=known(locale)), locale=locale
    )


def count_scale(largest: int | Decimal) -> int:
    """The scale that figures of one panel share, chosen by the largest: 1, a million or a billion."""
    size = abs(_significant(Decimal(largest)))
    return BILLION if size >= BILLION else MILLION if size >= MILLION else 1


def count_short(value: int | Decimal, *, locale: str, of: int | Decimal | None = None) -> str:
    """Three significant digits on the scale of ``of``, the panel's largest figure: ``18.3M``, ``0.785M``.

    Below a million, or where it is next to nothing of the panel's scale, a count stands whole.
    """
    scale = count_scale(value if of is None else of)
    if scale == 1 or abs(Decimal(value)) * 1000 < scale:
        return count(value, locale=locale)
    digits = _number(_significant(Decimal(value) / scale), locale=locale)
    return _on_scale(numbers.format_compact_decimal(scale, locale=locale), digits)


def decimal(value: Decimal, *, places: int, locale: str) -> str:
    """A number with so many decimals; what rounds to zero but is not zero reads ``< 0.01``."""
    step = _ONE.scaleb(-places)
    if _vanishes(value, step):
        return _under(value, _number(step, locale=locale))
    return _number(value.quantize(step, rounding=ROUND_HALF_EVEN), locale=locale)


def money(value: Decimal, *, currency: str, locale: str) -> str:
    """Money in the currency's places; what rounds to zero but is not zero reads ``< $0.01``."""
    step = _step(currency)
    if _vanishes(value, step):
        return _under(value, _money(step, currency=currency, locale=locale))
    return _money(value, currency=currency, locale=locale)


def money_exact(value: Decimal, *, currency: str, locale: str) -> str:
    """Money with every decimal it has, and at least the currency's places."""
    decimals = "0" * _places(currency) + "#" * (15 - _places(currency))
    written = numbers.format_currency(
        value,
        currency,
        format=money_pattern(f"0.{decimals}", locale),
        locale=known(locale),
        currency_digits=False,
        decimal_quantization=False,
    )
    return _grouped(written, locale=locale)


def money_short(value: Decimal, *, currency: str, locale: str) -> str:
    """Money for a card: ``$4.20``, ``$432``, ``$12.3K``, ``$1.23M``; never an amount without its currency."""
    rounded = _significant(value)
    size = abs(rounded)
    if abs(value.quantize(_step(currency))) < 100:
        return money(value, currency=currency, locale=locale)
    if size < 1000:
        return _money(rounded, currency=currency, locale=locale, places=0)
    scale = BILLION if size >= BILLION else MILLION if size >= MILLION else 1000
    unit = numbers.format_compact_currency(scale, currency, locale=locale)
    if "1000" in unit:  # German has no short word for a thousand.
        return _money(rounded, currency=currency, locale=locale, places=0)
    sign = MINUS if rounded < 0 else ""
    return sign + _on_scale(unit, _number(_significant(abs(rounded) / scale), locale=locale))


def percent(ratio: Decimal, *, locale: str) -> str:
    """A ratio as per cent with one decimal. Something never reads 0.0 %, and less than all never 100.0 %."""
    hundredfold = ratio * 100
    if _vanishes(hundredfold, _PERCENT_STEP):
        return _under(ratio, _percent(_PERCENT_STEP / 100, locale=locale))
    if ratio < 1 and hundredfold.quantize(_PERCENT_STEP) == 100:
        return f"> {_percent(Decimal('0.999'), locale=locale)}"
    return _percent(ratio, locale=locale)


def whole_percent(value: int, *, locale: str) -> str:
    """A number of per cent that people set, such as a threshold: ``75%``, in German ``75 %``."""
    shape = pattern(known(locale).percent_formats[None].pattern.replace("#,##0", "0"))
    return numbers.format_percent(Decimal(value) / 100, format=shape, locale=known(locale))


def change(*, now: Decimal | int, before: Decimal | int, locale: str) -> Change:
    """The change from ``before`` to ``now``, with its sign."""
    difference = Decimal(now) - Decimal(before)
    if difference == 0:
        return Change(Direction.SAME, percent(Decimal(0), locale=locale))
    if before <= 0:
        return Change(Direction.NEW, "")
    sign, direction = ("+", Direction.UP) if difference > 0 else (MINUS, Direction.DOWN)
    ratio = abs(difference) / Decimal(before)
    if _vanishes(ratio * 100, _PERCENT_STEP):
        bound = ">" if direction is Direction.DOWN else "<"
        return Change(direction, f"{bound} {sign}{_percent(_PERCENT_STEP / 100, locale=locale)}")
    return Change(direction, f"{sign}{_percent(ratio, locale=locale)}")


def short_day(value: date, *, locale: str) -> str:
    """A day without its year, for headings: ``Nov 30``."""
    return day_as("MMMd", value, locale)


def day(value: date, *, locale: str) -> str:
    """A day with its weekday: ``Mon, 23 Nov``; the year stands in the page's title."""
    return day_as("MMMEd", value, locale)


def whole_day(value: date, *, locale: str) -> str:
    """A day in words, for a sentence: ``November 23, 2026``."""
    return dates.format_date(value, "long", locale=locale)


def month(value: date, *, locale: str) -> str:
    """A month in words: ``November 2026``."""
    return day_as("yMMMM", value, locale)


def weekday(value: int, *, locale: str, width: Literal["wide", "abbreviated"] = "wide") -> str:
    """The name of a weekday, 1 for Monday to 7 for Sunday: ``Monday``; ``abbreviated``: ``Mon``."""
    return str(dates.get_day_names(width, context="stand-alone", locale=locale)[value - 1])


def day_range(first: date, last: date, *, locale: str) -> str:
    """From the first to the last day, both included: ``Nov 1 – 23, 2026``."""
    return days_as("yMMMd", first, last, locale)


def short_range(first: date, last: date, *, locale: str) -> str:
    """From the first to the last day without the year, where that stands beside it: ``Nov 1 – 23``."""
    return days_as("MMMd", first, last, locale)


def instant(value: datetime, *, time_zone: str, locale: str) -> str:
    """An instant in a zone, to the minute: ``Nov 23, 2026, 14:48``. The zone's name is said beside it."""
    local = value.astimezone(ZoneInfo(time_zone))
    return f"{dates.format_date(local, format='medium', locale=locale)}, {local:%H:%M}"


def duration(milliseconds: int, *, locale: str) -> str:
    """How long something took, in its two largest units: ``850 ms``, ``3.4 sec``, ``12 min 5 sec``, ``3 days 4 hr``."""
    if abs(milliseconds) < 1000:
        return _unit(milliseconds, "millisecond", locale=locale)
    if abs(milliseconds) < 59_950:
        return _unit(round(Decimal(milliseconds) / 1000, 1), "second", locale=locale)
    seconds = round(Decimal(milliseconds) / 1000)
    for unit, size, less, part in (("day", 86_400, "hour", 3600), ("hour", 3600, "minute", 60)):
        if abs(seconds) >= size:
            whole, rest = divmod(round(Decimal(seconds) / part), size // part)
            return _two_units((whole, unit), (rest, less), locale=locale)
    return _two_units((seconds // 60, "minute"), (seconds % 60, "second"), locale=locale)


def _two_units(larger: tuple[int, str], smaller: tuple[int, str], *, locale: str) -> str:
    return " ".join(_unit(value, unit, locale=locale) for value, unit in (larger, smaller) if value)


def _unit(value: int | Decimal, unit: str, *, locale: str) -> str:
    return _grouped(
        units.format_unit(value, f"duration-{unit}", length="short", locale=locale), locale=locale
    )


def _places(currency: str) -> int:
    return numbers.get_currency_precision(currency)


def _step(currency: str) -> Decimal:
    return _ONE.scaleb(-_places(currency))


def _vanishes(value: Decimal, step: Decimal) -> bool:
    return value != 0 and value.quantize(step, rounding=ROUND_HALF_EVEN) == 0


def _under(value: Decimal, step: str) -> str:
    return f"< {step}" if value > 0 else f"> {MINUS}{step}"


def _significant(value: Decimal, digits: int = 3) -> Decimal:
    if value == 0:
        return value
    return value.quantize(_ONE.scaleb(value.adjusted() - digits + 1), rounding=ROUND_HALF_EVEN)


def _number(value: Decimal, *, locale: str) -> str:
    # Trailing zeros stay: 19.0M beside 10.9M says that both are known to the same three digits.
    decimals = max(0, -int(value.as_tuple().exponent))
    shape = pattern("#,##0" + ("." + "0" * decimals if decimals else ""))
    written = numbers.format_decimal(value, format=shape, locale=known(locale))
    return _grouped(written, locale=locale)


def _money(value: Decimal, *, currency: str, locale: str, places: int | None = None) -> str:
    if places is None:
        return _grouped(numbers.format_currency(value, currency, locale=known(locale)), locale=locale)
    shape = money_pattern("0", locale)
    written = numbers.format_currency(
        value, currency, format=shape, locale=known(locale), currency_digits=False
    )
    return _grouped(written, locale=locale)


def _percent(ratio: Decimal, *, locale: str) -> str:
    shape = pattern(known(locale).percent_formats[None].pattern.replace("#,##0", "#,##0.0"))
    return _grouped(numbers.format_percent(ratio, format=shape, locale=known(locale)), locale=locale)


def _grouped(written: str, *, locale: str) -> str:
    spaced = between_groups(locale).sub(GROUP, written)
    # A currency without a sign of its own is written as its code, and needs a gap to the digits.
    return re.sub(r"(?<=[A-Z])(?=\d)", "\u00a0", spaced).replace("-", MINUS)


def _on_scale(unit: str, digits: str) -> str:
    return unit.replace("1", digits, 1)
