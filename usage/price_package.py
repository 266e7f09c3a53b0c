"""Reads the price list of the genai-prices package into our own terms. Imports the package only when called.

What the package says and we cannot: cached audio and cached images are priced as cached input; prices of
batch and fast processing are left for tiers of their own. Of prices that depend on the time of day the
standard one is taken, which is the dearest (the peak price; the others are off-peak discounts). Where output
images or video have a price of their own, output has none here, because an event does not tell them apart
from text: such usage is unpriced rather than wrong.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time
from decimal import Decimal
from importlib.metadata import version
from typing import Any, Final

from usage.enums import ChargeKind
from usage.model_matching import PROVIDER_ALIASES
from usage.price_catalogue import (
    ALWAYS,
    Catalogue,
    ListedModel,
    ListedPrice,
    ListedProvider,
    ListedSet,
    per_unit,
)
from usage.price_supplement import NOTED_IN, fee_for, is_free
from usage.pricing import KINDS

PUBLISHER: Final = "genai-prices"

_MILLION: Final = 1_000_000
# Kind → names in the package, the first that is there is taken, and the units that it is quoted for.
_NAMES: Final[dict[ChargeKind, tuple[tuple[str, ...], int]]] = {
    ChargeKind.INPUT: (("input_mtok",), _MILLION),
    ChargeKind.CACHE_READ: (("cache_read_mtok",), _MILLION),
    ChargeKind.CACHE_WRITE_5M: (("cache_write_5m_mtok", "cache_write_mtok"), _MILLION),
    ChargeKind.CACHE_WRITE_1H: (("cache_write_1h_mtok",), _MILLION),
    ChargeKind.AUDIO_INPUT: (("input_audio_mtok",), _MILLION),
    ChargeKind.IMAGE_INPUT: (("input_image_mtok",), _MILLION),
    ChargeKind.OUTPUT: (("output_mtok",), _MILLION),
    ChargeKind.REASONING: (("output_reasoning_mtok",), _MILLION),
    ChargeKind.AUDIO_OUTPUT: (("output_audio_mtok",), _MILLION),
    ChargeKind.AUDIO_SECOND: (("input_audio_hours", "audio_hours"), 3600),
    ChargeKind.WEB_SEARCH: (("web_searches_kcount",), 1000),
    ChargeKind.CODE_RUN: (("code_executions_kcount",), 1000),
    ChargeKind.CALL: (("requests_kcount",), 1000),
}
_SEPARATE_OUTPUT: Final = ("output_image_mtok", "output_video_mtok")


def load_catalogue() -> Catalogue:
    """The price list of the installed package, with the supplement. Takes about half a second."""
    from genai_prices.data_snapshot import get_snapshot

    providers = get_snapshot().providers
    return Catalogue(
        publisher=PUBLISHER,
        source=f"{PUBLISHER} {version(PUBLISHER)}",
        providers=tuple(_provider(provider) for provider in providers),
        models=tuple(_model(provider.id, model) for provider in providers for model in provider.models),
    )


def _provider(provider: Any) -> ListedProvider:
    return ListedProvider(
        name=provider.id,
        title=provider.name,
        aliases=PROVIDER_ALIASES.get(provider.id, ()),
        name_match=_clause(provider.provider_match),
        model_match=_clause(provider.model_match),
        fallback_providers=tuple(provider.fallback_model_providers or ()),
    )


def _model(provider_name: str, model: Any) -> ListedModel:
    return ListedModel(
        provider_name=provider_name,
        name=model.id,
        title=model.name or "",
        match=_clause(model.match),
        context_window=model.context_window,
        sets=_sets(provider_name, model),
        note=f"fees of {NOTED_IN}" if _takes_fees(provider_name, model) else "",
    )


def _takes_fees(provider_name: str, model: Any) -> bool:
    """Whether the supplement adds something that the package does not say about a model."""
    conditions = model.prices if isinstance(model.prices, list) else [_Undated(model.prices)]
    said = {name for c in conditions for name, price in vars(c.prices).items() if price is not None}
    missing = (kind for kind, (names, _units) in _NAMES.items() if said.isdisjoint(names))
    return bool(said) and any(fee_for(provider_name, model.id, kind) for kind in missing)


def _clause(rule: Any) -> Any:
    """A rule object of the package as JSON of the clause language."""
    if rule is None:
        return None
    [(word, value)] = vars(rule).items()
    if isinstance(value, list):
        return {word.rstrip("_"): [_clause(part) for part in value]}
    return {word: value}


def _sets(provider_name: str, model: Any) -> tuple[ListedSet, ...]:
    conditions = model.prices if isinstance(model.prices, list) else [_Undated(model.prices)]
    starts = sorted({ALWAYS} | {start for start in map(_start, conditions) if start is not None})
    sets: list[ListedSet] = []
    for start in starts:
        rows = _rows(provider_name, model.id, _standard(conditions, start))
        if rows != (sets[-1].rows if sets else ()):
            sets.append(ListedSet(valid_from=start, rows=rows))
    return tuple(sets)


class _Undated:
    """A price without a condition, in the shape of the package's conditional ones."""

    constraint = None

    def __init__(self, prices: Any) -> None:
        self.prices = prices


def _start(condition: Any) -> datetime | None:
    """The instant from which a condition holds; None for those that depend on the time of day."""
    if condition.constraint is None:
        return ALWAYS
    start_date = getattr(condition.constraint, "start_date", None)
    return None if start_date is None else datetime.combine(start_date, time(), UTC)


def _standard(conditions: list[Any], instant: datetime) -> Any:
    """The standard prices at an instant: the latest dated ones, or those of a time of day that are dearer."""
    in_force = conditions[0]
    at_times_of_day = []
    for condition in conditions:
        start = _start(condition)
        if start is None:
            at_times_of_day.append(condition)
        elif start <= instant:
            in_force = condition
    return max([in_force, *at_times_of_day], key=_dearness).prices


def _dearness(condition: Any) -> Decimal:
    prices = vars(condition.prices)
    return sum((_base(prices.get(name)) or Decimal(0) for name in ("input_mtok", "output_mtok")), Decimal(0))


def _base(price: Any) -> Any:
    """A price without regard to the length of the context."""
    return getattr(price, "base", price)


def _rows(provider_name: str, model_name: str, model_prices: Any) -> tuple[ListedPrice, ...]:
    prices = {name: price for name, price in vars(model_prices).items() if price is not None}
    if not prices:
        if not is_free(provider_name, model_name):
            return ()
        prices = {"input_mtok": Decimal(0), "output_mtok": Decimal(0)}
    elif any(name in prices for name in _SEPARATE_OUTPUT):
        prices.pop("output_mtok", None)
    tiers = [price.tiers for price in prices.values() if hasattr(price, "tiers")]
    thresholds = sorted({0} | {tier.start for steps in tiers for tier in steps})
    fees = _fees(provider_name, model_name)
    rows = tuple(_row(prices, fees, threshold) for threshold in thresholds)
    return rows if any(price is not None for price in rows[0].unit_prices) else ()


def _row(prices: dict[str, Any], fees: Callable[[ChargeKind], Decimal | None], threshold: int) -> ListedPrice:
    """The package compares the whole input, cached tokens included, with its thresholds."""
    return ListedPrice(
        context_threshold=threshold,
        counts_cache_reads=threshold > 0,
        unit_prices=tuple(_unit_price(prices, kind, threshold, fees) for kind in KINDS),
    )


def _unit_price(
    prices: dict[str, Any], kind: ChargeKind, threshold: int, fees: Callable[[ChargeKind], Decimal | None]
) -> Decimal | None:
    names, units = _NAMES[kind]
    price = next((prices[name] for name in names if name in prices), None)
    if price is None:
        return fees(kind)
    return per_unit(_at(price, threshold), units=units)


def _at(price: Any, threshold: int) -> Decimal:
    """A price for contexts longer than a threshold."""
    steps: Iterable[Any] = getattr(price, "tiers", ())
    reached = [step for step in steps if threshold and step.start <= threshold]
    found = max(reached, key=lambda step: step.start).price if reached else _base(price)
    return Decimal(found)


def _fees(provider_name: str, model_name: str) -> Callable[[ChargeKind], Decimal | None]:
    def fee(kind: ChargeKind) -> Decimal | None:
        found = fee_for(provider_name, model_name, kind)
        return None if found is None else per_unit(found.price, units=found.units)

    return fee
