"""Money on paper: how many places a currency has, the one rounding, and splits that add up. Pure."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Final

from babel.numbers import get_currency_precision

ROUNDING: Final = ROUND_HALF_UP
"""Half up, away from zero: the mode that is stated on invoices and used for lines and taxes alike."""

_EXACT: Final = Context(prec=100)
"""Enough digits for any cost times any rate: nothing is rounded before ``rounded`` does."""


def places(currency: str) -> int:
    """Decimal places of a currency by CLDR: 2 for EUR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def smallest(currency: str) -> Decimal:
    """The smallest amount of a currency."""
    return Decimal(1).scaleb(-places(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """``amount`` to the places of ``currency``; the only rounding there is, done at an invoice's line and tax."""
    return amount.quantize(smallest(currency), rounding=ROUNDING)


def converted(cost: Decimal, units_per_usd: Decimal, currency: str) -> Decimal:
    """US dollars in ``currency``: exact until the one rounding."""
    return rounded(_EXACT.multiply(cost, units_per_usd), currency)


def part_of(amount: Decimal, *, share: int, whole: int, currency: str) -> Decimal:
    """``share`` ÷ ``whole`` of an amount, rounded once."""
    return rounded(_EXACT.divide(_EXACT.multiply(amount, Decimal(share)), Decimal(whole)), currency)


def split(total: Decimal, weights: Sequence[Decimal | int], currency: str) -> list[Decimal]:
    """``total`` shared out by ``weights`` so that the parts add up to it exactly (largest remainder).

    ``total`` has the places of ``currency``. Parts that tie for a remaining unit get it in order. Without any
    weight everything falls to the first part; an empty list of weights gives an empty list.
    """
    if not weights:
        return []
    with localcontext(_EXACT):
        return _largest_remainder(total, list(map(Decimal, weights)), smallest(currency))


def _largest_remainder(total: Decimal, weights: list[Decimal], unit: Decimal) -> list[Decimal]:
    whole = sum(weights)
    if not whole:
        return [total, *(Decimal(0) for _ in weights[1:])]
    exact = [total * weight / whole for weight in weights]
    parts = [(part / unit).to_integral_value(rounding=ROUND_FLOOR) * unit for part in exact]
    missing = int((total - sum(parts)) / unit)
    by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[:missing]:
        parts[index] += unit
    return parts
