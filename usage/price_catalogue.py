"""A published price list in our own terms, whatever package it came from: what ``sync_prices`` compares."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from usage.enums import ChargeKind
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

_STEP: Final = Decimal("1e-15")


def per_unit(price: Decimal, *, units: int) -> Decimal:
    """The price of one unit in US dollars, to the 15 decimals that are stored, from that of several.

    A price per million tokens is exact; one per hour may not divide into seconds and is then rounded half to
    even, once, here.
    """
    return (price / units).quantize(_STEP)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice:
    """One row: unit prices in US dollars in the order of ``KINDS``, None where the list is silent."""

    unit_prices: tuple[Decimal | None, ...]
    context_threshold: int = 0
    counts_cache_reads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSet:
    """All rows of a model that come into force together, shortest context first. No rows: no price."""

    valid_from: datetime
    rows: tuple[ListedPrice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model and its price sets at the ordinary tier, oldest first.

    ``match`` as in ``usage.model_matching``; ``note`` says what was added to the published list.
    """

    provider_name: str
    name: str
    title: str = ""
    match: Any = None
    context_window: int | None = None
    sets: tuple[ListedSet, ...] = ()
    note: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.provider_name, self.name

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
