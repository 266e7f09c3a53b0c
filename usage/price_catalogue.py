"""A published price list in our own terms, whatever package it came from: what ``sync_prices`` compares."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from usage.enums import ChargeKind
from usage.price_windows import DailyWindow
from usage.pricing import KINDS

# Prices without a date have always been valid, as far as the ledger is concerned.
ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)

# How many units a price is quoted for when people read it: a million tokens, sixty seconds, one call.
QUOTED_PER: Final[dict[ChargeKind, int]] = {
    kind: 60
    if kind is ChargeKind.AUDIO_SECOND
    else 1
    if kind in (ChargeKind.WEB_SEARCH, ChargeKind.CODE_RUN, ChargeKind.CALL)
    else 1_000_000
    for kind in KINDS
}

ModelKey = tuple[str, str, str]
"""Provider, model and service tier: what has prices of its own."""

_ANY_HOUR: Final = DailyWindow(start=0, end=1)
_STEP: Final = Decimal("1e-15")


def per_unit(price: Decimal, *, units: int) -> Decimal:
    """The price of one unit in US dollars, to the 15 decimals that are stored, from that of several.

    A price per million tokens is exact; one per hour may not divide into seconds and is then rounded half to
    even, once, here.
    """
    return (price / units).quantize(_STEP)


def exactly(price: Fraction) -> Decimal:
    """A computed unit price in US dollars to the 15 decimals that are stored, rounded half to even once."""
    return Decimal(round(price * 10**15)).scaleb(-15)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice:
    """One row: unit prices in US dollars in the order of ``KINDS``, None where the list is silent.

    With a ``window`` it holds at those hours only, before the row that holds at any.
    """

    unit_prices: tuple[Decimal | None, ...]
    context_threshold: int = 0
    counts_cache_reads: bool = False
    window: DailyWindow | None = None


def ordered(rows: Iterable[ListedPrice]) -> tuple[ListedPrice, ...]:
    """Rows as a set lists them: those of any hour first, then by window; shortest context first."""
    return tuple(
        sorted(rows, key=lambda row: (row.window is not None, row.window or _ANY_HOUR, row.context_threshold))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSet:
    """All rows of a model and tier that come into force together, in the order of ``ordered``. None: no price."""

    valid_from: datetime
    rows: tuple[ListedPrice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model and its price sets at one service tier, oldest first; the ordinary tier is "".

    ``match`` as in ``usage.model_matching``; ``note`` says what was added to the published list.
    """

    provider_name: str
    name: str
    title: str = ""
    match: Any = None
    context_window: int | None = None
    sets: tuple[ListedSet, ...] = ()
    note: str = ""
    service_tier: str = ""

    @property
    def key(self) -> ModelKey:
        return self.provider_name, self.name, self.service_tier

    def in_force(self, instant: datetime) -> tuple[ListedPrice, ...]:
        """The rows that hold at an instant; empty when there is no price."""
        return next((prices.rows for prices in reversed(self.sets) if prices.valid_from <= instant), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProvider:
    """A provider with the rules that find it."""

    name: str
    title: str = ""
    aliases: tuple[str, ...] = ()
    name_match: Any = None
    model_match: Any = None
    fallback_providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A whole price list. ``source`` names it with its version, ``publisher`` without."""

    publisher: str
    source: str
    providers: tuple[ListedProvider, ...]
    models: tuple[ListedModel, ...]
