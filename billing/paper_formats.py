"""How figures and dates are written on paper: as the reader's language writes them, digits grouped its own way.

Pure: locale and currency are arguments. Screens have formats of their own (``teams.formatting``), which shorten;
paper shortens nothing.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from babel import Locale, dates, numbers

from billing.rounding import places, rounded
from usage.enums import ChargeKind

MINUS: Final = "\u2212"
NO_BREAK_SPACE: Final = "\u00a0"

_PER: Final = {
    ChargeKind.WEB_SEARCH: 1000,
    ChargeKind.CODE_RUN: 1000,
    ChargeKind.CALL: 1000,
    ChargeKind.AUDIO_SECOND: 60,
}
_PER_TOKENS: Final = 1_000_000
_LISTED_PLACES: Final = 6
_CONVERTED_PLACES: Final = 4
_MOST_PLACES: Final = 24


def money(amount: Decimal, *, currency: str, locale: str) -> str:
    """An amount with its currency, in the currency's places: ``$1,234.56``, ``1.234,56 €``, ``¥1,235``."""
    return _signed(numbers.format_currency(amount, currency, locale=locale))


def figure(amount: Decimal, *, currency: str, locale: str) -> str:
    """The same without the currency, for columns whose head names it."""
    return decimal(amount, decimals=places(currency), locale=locale)


def decimal(value: Decimal | int, *, decimals: int = 0, locale: str) -> str:
    """A number with so many decimals, grouped: ``1.234,56``."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return _signed(numbers.format_decimal(Decimal(value), format=pattern, locale=locale))


def percent(rate: Decimal, *, locale: str) -> str:
    """A rate that is given in per cent: ``19%``, ``8,1 %``."""
    return _percent(rate / 100, decimals="###", locale=locale)


def share(part: Decimal, whole: Decimal, *, locale: str) -> str:
    """A part of a whole in per cent with one decimal; empty where parts are no shares: signs differ, or nothing."""
    if not whole or part * whole < 0:
        return ""
    return _percent(part / whole, decimals="0", locale=locale)


def exchange_rate(units: Decimal, *, locale: str) -> str:
    """Units of a currency for one dollar, with the places it has and at least four: ``0.9123``."""
    return decimal(units, decimals=max(4, _decimals(units)), locale=locale)


def units_per_price(kind: ChargeKind | None) -> int:
    """How many units a price on paper is for: a million tokens, 1,000 calls, the seconds of a minute."""
    return _PER_TOKENS if kind is None else _PER.get(kind, _PER_TOKENS)


def price_decimals(
    *, unit_price: Decimal, units_per_usd: Decimal, per: int, quantity: int, amount: Decimal, currency: str
) -> int:
    """The decimals that a price on paper needs, at least two.

    A listed price of up to six decimals stands whole, a converted one of up to four. A longer one is cut where
    quantity × price still gives the very ``amount`` of its line, and no sooner.
    """
    exact = unit_price * units_per_usd * per
    enough = _LISTED_PLACES if units_per_usd == 1 else _CONVERTED_PLACES
    if _decimals(exact) <= enough:
        return max(2, _decimals(exact))
    for decimals in range(enough, _MOST_PLACES):
        shown = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        if rounded(shown * quantity / per, currency) == amount:
            return decimals
    return _MOST_PLACES


def price(*, unit_price: Decimal, units_per_usd: Decimal, per: int, decimals: int, locale: str) -> str:
    """A price for ``per`` units in the invoice's currency."""
    exact = unit_price * units_per_usd * per
    shown = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return decimal(shown, decimals=decimals, locale=locale)


def medium_date(day: date, *, locale: str) -> str:
    """``Nov 30, 2026``, ``30.11.2026``."""
    return dates.format_date(day, format="medium", locale=locale)


def month(first: date, *, locale: str) -> str:
    """``November 2026``."""
    return dates.format_skeleton("yMMMM", first, locale=locale)


def month_days(first: date, *, locale: str) -> str:
    """The first and the last day of a month: ``Nov 1 – 30, 2026``."""
    return dates.format_interval(first, last_day(first), "yMMMd", locale=locale)


def last_day(first: date) -> date:
    """The last day of the month that begins on ``first``."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def country(code: str, *, locale: str) -> str:
    """A country's name in the language of the paper; the code itself where there is none."""
    return Locale.parse(locale).territories.get(code.upper(), code)


def account_number(iban: str) -> str:
    """An IBAN in groups of four; other account numbers as they are."""
    plain = iban.replace(" ", "")
    if not (plain[:2].isalpha() and plain[2:4].isdigit() and len(plain) >= 15):
        return iban
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of an address that hold something."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, 0 of nothing."""
    return sum(amounts, Decimal(0))


def _decimals(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))


def _percent(ratio: Decimal, *, decimals: str, locale: str) -> str:
    pattern = Locale.parse(locale).percent_formats[None].pattern.replace("#,##0", f"#,##0.{decimals}")
    return _signed(numbers.format_percent(ratio, format=pattern, locale=locale))


def _signed(written: str) -> str:
    # A currency without a sign of its own is written as its code, and needs a gap to the digits.
    return re.sub(r"(?<=[A-Z])(?=\d)", NO_BREAK_SPACE, written).replace("-", MINUS)
