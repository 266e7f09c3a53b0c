"""What usage costs: exact whole-number arithmetic over an immutable copy of the price list.

Money is counted in units of 10**-15 US dollars, the smallest step of a unit price, so a cost is one exact
integer and the same however the tokens are split over events. Every event of ingest passes through here: no
``Decimal``, no attribute that is not a slot, no call that could be a table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal
from operator import mul
from typing import Final

from usage.enums import ChargeKind
from usage.model_matching import ModelDirectory, ModelEntry, ProviderEntry
from usage.price_history import History, history_of
from usage.price_windows import DailyWindow

SCALE: Final = 10**15
KINDS: Final[tuple[ChargeKind, ...]] = tuple(ChargeKind)

Quantities = tuple[int, ...]
UnitPrices = tuple[int | None, ...]

# Names that clients and providers give to the ordinary tier. Any other tier must stand in the price list by
# name: a batch or priority call at the standard price would be silently wrong, so it is unpriced instead.
STANDARD_TIERS: Final = ("", "default", "standard", "auto")

# Room for every digit that a unit price can have, so that nothing is rounded on the way.
_EXACT: Final = Context(prec=60)

_POSITION: Final = {kind: position for position, kind in enumerate(KINDS)}
_AUDIO_SECOND: Final = _POSITION[ChargeKind.AUDIO_SECOND]
_USUAL: Final = tuple(
    _POSITION[kind] for kind in (ChargeKind.INPUT, ChargeKind.CACHE_READ, ChargeKind.OUTPUT, ChargeKind.CALL)
)
# What a missing unit price falls back to, applied in this order. Fees have no fallback.
_FALLBACKS: Final = tuple(
    (_POSITION[kind], _POSITION[stand_in])
    for kind, stand_in in (
        (ChargeKind.CACHE_READ, ChargeKind.INPUT),
        (ChargeKind.CACHE_WRITE_5M, ChargeKind.INPUT),
        (ChargeKind.CACHE_WRITE_1H, ChargeKind.CACHE_WRITE_5M),
        (ChargeKind.AUDIO_INPUT, ChargeKind.INPUT),
        (ChargeKind.IMAGE_INPUT, ChargeKind.INPUT),
        (ChargeKind.REASONING, ChargeKind.OUTPUT),
        (ChargeKind.AUDIO_OUTPUT, ChargeKind.OUTPUT),
    )
)


def scaled(unit_price: Decimal | None) -> int | None:
    """A unit price in US dollars in 10**-15 dollars. Raises ``ValueError`` if it is finer than that."""
    if unit_price is None:
        return None
    value = _EXACT.scaleb(unit_price, 15)
    whole = int(value)
    if whole != value:
        raise ValueError(f"a unit price has at most 15 decimals: {unit_price}")
    return whole


def with_fallbacks(unit_prices: Sequence[int | None]) -> UnitPrices:
    """The prices of ``KINDS``, a missing one replaced by what stands in for it; None where nothing does."""
    prices = list(unit_prices)
    for position, stand_in in _FALLBACKS:
        if prices[position] is None:
            prices[position] = prices[stand_in]
    if prices[_POSITION[ChargeKind.CALL]] is None:
        prices[_POSITION[ChargeKind.CALL]] = 0
    return tuple(prices)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """The unit prices of one model, tier and context size from an instant on.

    ``unit_prices`` are in the order of ``KINDS``, in 10**-15 US dollars, fallbacks applied; None means that
    the kind has no price. ``valid_from`` is an aware datetime, in UTC for speed: events carry the same, so
    nothing is converted per event. ``organization_id`` 0 is the public list. ``counts_cache_reads`` tells
    whether cached input counts towards ``context_threshold``. With a ``window`` the row holds at those hours
    only. ``rate_id`` is the contract rate that these prices are at, 0 for none. ``audio_in_two_ways`` tells that audio
    has a price by the token, other than text, and one by the second: see ``charged_once``.
    """

    id: int
    model_id: int
    valid_from: datetime
    unit_prices: UnitPrices
    organization_id: int = 0
    service_tier: str = ""
    context_threshold: int = 0
    counts_cache_reads: bool = False
    withdrawn: bool = False
    window: DailyWindow | None = None
    rate_id: int = 0
    audio_in_two_ways: bool = field(init=False, repr=False, compare=False)
    _factors: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _missing: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _usual_factors: tuple[int, ...] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        prices = self.unit_prices
        if len(prices) != len(KINDS):
            raise ValueError(f"{len(KINDS)} unit prices are needed, not {len(prices)}")
        audio = prices[_POSITION[ChargeKind.AUDIO_INPUT]]
        by_tokens = bool(audio) and audio != prices[_POSITION[ChargeKind.INPUT]]
        object.__setattr__(self, "audio_in_two_ways", by_tokens and bool(prices[_AUDIO_SECOND]))
        object.__setattr__(self, "_factors", tuple(price or 0 for price in prices))
        object.__setattr__(self, "_missing", tuple(i for i, price in enumerate(prices) if price is None))
        usual = tuple(prices[position] for position in _USUAL)
        object.__setattr__(self, "_usual_factors", None if None in usual else usual)


def charge_quantities(
    *,
    input_tokens: int,
    cache_read: int,
    cache_write_5m: int,
    cache_write_1h: int,
    audio_input: int,
    image_input: int,
    output_tokens: int,
    reasoning: int,
    audio_output: int,
    audio_seconds: int,
    web_search: int,
    code_run: int,
    calls: int,
) -> Quantities:
    """An event's normalised quantities split into the disjoint ones that are charged, in ``KINDS`` order.

    ``input_tokens`` include cached, written, audio and image tokens, ``output_tokens`` include reasoning and
    audio; the caller has checked that parts are not larger than their whole. Signed quantities work too.
    """
    return (
        input_tokens - cache_read - cache_write_5m - cache_write_1h - audio_input - image_input,
        cache_read,
        cache_write_5m,
        cache_write_1h,
        audio_input,
        image_input,
        output_tokens - reasoning - audio_output,
        reasoning,
        audio_output,
        audio_seconds,
        web_search,
        code_run,
        calls,
    )


def charged_once(row: PriceRow, quantities: Quantities) -> Quantities:
    """The same without its seconds where ``row`` prices audio by tokens too and tokens were sent.

    A model that transcribes is charged by tokens or, where nobody counted them, by time; never both.
    """
    if row.audio_in_two_ways and any(quantities[:_AUDIO_SECOND]):
        return (*quantities[:_AUDIO_SECOND], 0, *quantities[_AUDIO_SECOND + 1 :])
    return quantities


def cost(row: PriceRow, quantities: Quantities) -> int | None:
    """The exact cost in 10**-15 US dollars; None when a kind that was used has no price."""
    for position in row._missing:
        if quantities[position]:
            return None
    return sum(map(mul, quantities, row._factors))


def usual_cost(row: PriceRow, amounts: tuple[int, int, int, int]) -> int | None:
    """What ``cost`` gives for a call of the usual kinds alone: input not cached, cached input, output, calls."""
    uncached, cached, output, calls = amounts
    factors = row._usual_factors
    if factors is None:
        return cost(row, (uncached, cached, 0, 0, 0, 0, output, 0, 0, 0, 0, 0, calls))
    of_uncached, of_cached, of_output, of_call = factors
    return uncached * of_uncached + cached * of_cached + output * of_output + calls * of_call


def decimal_text(cost_in_scale: int) -> str:
    """A cost in dollars with 15 decimals, as PostgreSQL reads it: 123450000000 → "0.000123450000000"."""
    if cost_in_scale < 0:
        whole, rest = divmod(-cost_in_scale, SCALE)
        return f"-{whole}.{rest:015d}"
    whole, rest = divmod(cost_in_scale, SCALE)
    return f"{whole}.{rest:015d}"


PriceHistory = History[PriceRow]
_Histories = dict[str, dict[int, PriceHistory]]


def _histories(rows: Iterable[PriceRow]) -> _Histories:
    """Tier → model → history, the ordinary tier under each of its names."""
    grouped: dict[str, dict[int, list[PriceRow]]] = {"": {}}
    for row in rows:
        tier = row.service_tier.lower()
        models = grouped.setdefault("" if tier in STANDARD_TIERS else tier, {})
        models.setdefault(row.model_id, []).append(row)
    histories = {
        tier: {model_id: history_of(found) for model_id, found in models.items()}
        for tier, models in grouped.items()
    }
    return histories | dict.fromkeys(STANDARD_TIERS, histories[""])


class PriceList:
    """An immutable copy of the price list at one version. Safe to share between threads."""

    __slots__ = ("_directory", "_list", "_own", "resolve_model", "version")

    def __init__(
        self,
        *,
        version: int,
        providers: Iterable[ProviderEntry],
        models: Iterable[ModelEntry],
        rows: Iterable[PriceRow],
    ) -> None:
        self.version = version
        self._directory = ModelDirectory(providers=providers, models=models)
        # resolve_model(provider_name, model_name) -> model id, 0 when unknown; bound once to save a call.
        self.resolve_model = self._directory.resolve
        by_organization: dict[int, list[PriceRow]] = {0: []}
        for row in rows:
            by_organization.setdefault(row.organization_id, []).append(row)
        self._list = _histories(by_organization.pop(0))
        self._own = {organization_id: _histories(own) for organization_id, own in by_organization.items()}

    def canonical_provider(self, provider_name: str) -> str:
        """The price list's name of a provider; in lower case as sent when the list does not know it."""
        return self._directory.canonical_provider(provider_name)

    def histories(
        self, model_id: int, organization_id: int, service_tier: str
    ) -> tuple[PriceHistory | None, PriceHistory | None]:
        """The organization's own prices of a model and tier over time, and the list's; None where there are none."""
        own = self._own.get(organization_id)
        return (
            None if own is None else _tier(own, service_tier).get(model_id),
            _tier(self._list, service_tier).get(model_id),
        )

    def find(
        self,
        model_id: int,
        organization_id: int,
        service_tier: str,
        occurred_at: datetime,
        input_tokens: int,
        cache_read_tokens: int,
    ) -> PriceRow | None:
        """The row that prices a whole request, None when it is unpriced. Positional: called for every event.

        The organization's own price comes before the list's; pass 0 for the list's alone. An own price that
        was withdrawn, or is not yet in force, leaves the list's. Of the rows in force at ``occurred_at``
        (aware) the one with the largest context threshold that the request exceeds is taken: ``input_tokens``
        include cached ones, which count towards the threshold only where the row says so.
        """
        own, listed = self.histories(model_id, organization_id, service_tier)
        if own is not None:
            row = own.find(occurred_at, input_tokens, cache_read_tokens)
            if row is not None:
                return row
        return None if listed is None else listed.find(occurred_at, input_tokens, cache_read_tokens)


_NO_TIER: Final[dict[int, PriceHistory]] = {}


def _tier(histories: _Histories, service_tier: str) -> dict[int, PriceHistory]:
    found = histories.get(service_tier)
    return histories.get(service_tier.lower(), _NO_TIER) if found is None else found
