"""Another price table than ours, read from a file: the one that the LiteLLM package carries. Pure.

It names a model by the name that LiteLLM calls it by, with the provider apart; prices are in US dollars for one unit,
of long contexts and service tiers under names with an ending. It says no dates.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from usage.enums import ChargeKind

MAX_BYTES: Final = 20 * 1024 * 1024
PACKAGE: Final = "litellm"
FILENAME: Final = "model_prices_and_context_window_backup.json"

_COLUMNS: Final = {
    ChargeKind.INPUT: "input_cost_per_token",
    ChargeKind.CACHE_READ: "cache_read_input_token_cost",
    ChargeKind.CACHE_WRITE_5M: "cache_creation_input_token_cost",
    ChargeKind.CACHE_WRITE_1H: "cache_creation_input_token_cost_above_1hr",
    ChargeKind.AUDIO_INPUT: "input_cost_per_audio_token",
    ChargeKind.IMAGE_INPUT: "input_cost_per_image_token",
    ChargeKind.OUTPUT: "output_cost_per_token",
    ChargeKind.REASONING: "output_cost_per_reasoning_token",
    ChargeKind.AUDIO_OUTPUT: "output_cost_per_audio_token",
}
_TIERS: Final = {"": "", "batch": "_batches", "flex": "_flex", "priority": "_priority"}
_THRESHOLDS: Final = (0, 100_000, 128_000, 200_000, 256_000, 272_000, 512_000)


class InvalidTable(ValueError):
    """The file is not such a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirPrices:
    """Unit prices in US dollars of one model, tier and context size, of those kinds that the table names."""

    provider_name: str
    model_name: str
    service_tier: str
    context_threshold: int
    unit_prices: Mapping[ChargeKind, Decimal]


def installed_table() -> bytes | None:
    """The table of the installed package, None without it. The package is not imported: that takes seconds."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name(FILENAME)
    return path.read_bytes() if path.is_file() else None


def read_table(data: bytes) -> tuple[TheirPrices, ...]:
    """The priced models of a table. Raises ``InvalidTable`` for what is none, or larger than ``MAX_BYTES``."""
    if len(data) > MAX_BYTES:
        raise InvalidTable("too large")
    try:
        table = json.loads(data, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InvalidTable("not JSON") from error
    if not isinstance(table, dict):
        raise InvalidTable("not a table of models")
    found = tuple(
        prices
        for name, entry in table.items()
        if isinstance(entry, dict) and isinstance(entry.get("litellm_provider"), str)
        for prices in _prices(name, entry)
    )
    if not found:
        raise InvalidTable("no model with a price")
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"not a number: {text}")


def _prices(name: str, entry: dict[str, Any]) -> Iterable[TheirPrices]:
    provider_name = entry["litellm_provider"]
    for service_tier, ending in _TIERS.items():
        for threshold in _THRESHOLDS:
            above = f"_above_{threshold // 1000}k_tokens" if threshold else ""
            prices = {
                kind: _price(entry.get(f"{column}{above}{ending}")) for kind, column in _COLUMNS.items()
            }
            if not (service_tier or threshold):
                prices |= _fees(entry)
            named = {kind: price for kind, price in prices.items() if price is not None}
            if named:
                yield TheirPrices(
                    provider_name=provider_name,
                    model_name=name.removeprefix(f"{provider_name}/"),
                    service_tier=service_tier,
                    context_threshold=threshold,
                    unit_prices=named,
                )


def _fees(entry: dict[str, Any]) -> dict[ChargeKind, Decimal | None]:
    by_size = entry.get("search_context_cost_per_query")
    is_heard = entry.get("mode") == "audio_transcription"
    return {
        ChargeKind.WEB_SEARCH: _price(by_size.get("search_context_size_medium"))
        if isinstance(by_size, dict)
        else None,
        ChargeKind.AUDIO_SECOND: _price(entry.get("input_cost_per_second")) if is_heard else None,
    }


def _price(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    price = Decimal(value)
    return price if 0 <= price < 1_000_000 else None
