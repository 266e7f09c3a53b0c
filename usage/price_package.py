"""Reads the price list of the genai-prices package into our own terms. Imports the package only when called.

What the package says and we cannot: cached audio and cached images are priced as cached input. Where output
images or video have a price of their own, output has none here, because an event does not tell them apart
from text: such usage is unpriced rather than wrong. The package dates no hours of the day: they hold from its
latest dated price on. Where the supplement knows that a provider gave a price up, there is none from then on.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
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
    ordered,
    per_unit,
)
from usage.price_supplement import GIVEN_UP, HOURS_ON, NOTED_IN, PEAK_FACTORS, fee_for, is_free
from usage.price_tiers import tiers_of
from usage.price_windows import DAY, EVERY_DAY, DailyWindow
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
        models=tuple(
            listed
            for provider in providers
            for model in provider.models
            for listed in _with_tiers(_model(provider.id, model))
        ),
    )


def _with_tiers(model: ListedModel) -> tuple[ListedModel, ...]:
    return model, *tiers_of(model)


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
        note=_note(provider_name, model),
    )


def _note(provider_name: str, model: Any) -> str:
    """The pages of the fees that the supplement adds to what the package says about a model."""
    said = {name for c in _conditions(model) for name, price in vars(c.prices).items() if price is not None}
    missing = (kind for kind, (names, _units) in _NAMES.items() if said.isdisjoint(names))
    fees = [fee for kind in missing if said and (fee := fee_for(provider_name, model.id, kind))]
    return f"fees as noted in {NOTED_IN} from {fees[0].page}" if fees else ""


def _clause(rule: Any) -> Any:
    """A rule object of the package as JSON of the clause language."""
    if rule is None:
        return None
    [(word, value)] = vars(rule).items()
    if isinstance(value, list):
        return {word.rstrip("_"): [_clause(part) for part in value]}
    return {word: value}


def _sets(provider_name: str, model: Any) -> tuple[ListedSet, ...]:
    conditions = _conditions(model)
    starts = {ALWAYS, GIVEN_UP.get((provider_name, model.id))} | {
        _start(condition) for condition in conditions
    }
    sets: list[ListedSet] = []
    for start in sorted(start for start in starts if start is not None):
        rows = _rows_in_force(provider_name, model, start)
        if rows != (sets[-1].rows if sets else ()):
            sets.append(ListedSet(valid_from=start, rows=rows))
    return tuple(sets)


def _conditions(model: Any) -> list[Any]:
    return model.prices if isinstance(model.prices, list) else [_Undated(model.prices)]


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


def _rows_in_force(provider_name: str, model: Any, start: datetime) -> tuple[ListedPrice, ...]:
    """What holds from an instant at which a price begins: at any hour, and at some hours of the day."""
    conditions = _conditions(model)
    at_hours = [condition for condition in conditions if _start(condition) is None]
    begun = [condition for condition in conditions if (_start(condition) or start) <= start]
    dated = [condition for condition in begun if condition not in at_hours]
    given_up = GIVEN_UP.get((provider_name, model.id))
    if given_up and start >= given_up:
        return ()
    any_hour = _rows(provider_name, model.id, dated[-1].prices)
    rows = list(any_hour)
    for condition in at_hours:
        window = _window(condition.constraint, HOURS_ON.get((provider_name, model.id), EVERY_DAY))
        if start == max(start for start in map(_start, conditions) if start is not None):
            peak = _rows(provider_name, model.id, condition.prices)
        elif factor := PEAK_FACTORS.get((provider_name, model.id, start.date())):
            peak = tuple(_times(row, factor) for row in any_hour)
        else:
            continue
        rows += [replace(row, window=window) for row in peak]
    return ordered(rows)


def _window(constraint: Any, weekdays: int) -> DailyWindow:
    start, end = (hour.hour * 60 + hour.minute for hour in (constraint.start_time, constraint.end_time))
    return DailyWindow(start=start, end=end or DAY, weekdays=weekdays)


def _times(row: ListedPrice, factor: int) -> ListedPrice:
    return replace(row, unit_prices=tuple(price and price * factor for price in row.unit_prices))


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
