"""The two JSON columns of a staged event: the tools that it used and the files that it read."""

from typing import Any, Final

import msgspec

from usage.enums import ChargeKind
from usage.events import Event
from usage.identity import derived_id
from usage.pricing import KINDS, PriceRow, decimal_text

_encode: Final = msgspec.json.Encoder().encode
_INPUT: Final = KINDS.index(ChargeKind.INPUT)
_CACHE_READ: Final = KINDS.index(ChargeKind.CACHE_READ)


def tools_json(event: Event) -> str:
    """The tools of an event for the column ``tools``: ``[{"name", "calls", "tokens"}]``, escaped for ``COPY``."""
    return _copy_text(
        [{"name": tool.name, "calls": tool.calls, "tokens": tool.tokens} for tool in event.tools]
    )


def files_json(
    event: Event, organization_id: int, row: PriceRow | None, contracted_cost: int | None
) -> tuple[str, str]:
    """The columns ``files`` (uses, tokens and cost per file) and ``file_facts`` (what is known of each file).

    A file's cost is its own tokens at the prices that the event was priced at. The call that extracted a file
    is no use of it: its whole cost is shared among the files that it processed, by their tokens.
    """
    uses: list[dict[str, Any]] = []
    facts: list[dict[str, Any]] = []
    shares = _processing_shares(event, contracted_cost)
    for position, file in enumerate(event.files):
        file_id = derived_id(organization_id, "file", file.file_id)
        use = {
            "id": file_id,
            "uses": event.calls,
            "tokens": file.tokens,
            "cache_read_tokens": file.cache_read_tokens,
        }
        if file.processed:
            use |= {"uses": 0, "tokens": 0, "cache_read_tokens": 0, "processing_cost": shares.get(position)}
        else:
            use["cost"] = _reading_cost(file.tokens, file.cache_read_tokens, row)
        uses.append(use)
        facts.append(
            {
                "id": file_id,
                "external_id": file.file_id,
                "name": file.name,
                "size_bytes": file.size_bytes,
                "extracted_tokens": file.extracted_tokens,
            }
        )
    return _copy_text(uses), _copy_text(facts)


def _reading_cost(tokens: int, cached: int, row: PriceRow | None) -> str | None:
    if row is None:
        return None
    full, reduced = row.unit_prices[_INPUT], row.unit_prices[_CACHE_READ]
    if full is None or reduced is None:
        return None
    return decimal_text((tokens - cached) * full + cached * reduced)


def _processing_shares(event: Event, contracted_cost: int | None) -> dict[int, str]:
    """Position → share of the call's cost, for files it processed; the first takes what division leaves over."""
    processed = {i: file.tokens for i, file in enumerate(event.files) if file.processed}
    if contracted_cost is None or not processed:
        return {}
    total = sum(processed.values())
    weights = processed if total else dict.fromkeys(processed, 1)
    shares = {i: contracted_cost * weight // (total or len(processed)) for i, weight in weights.items()}
    shares[next(iter(shares))] += contracted_cost - sum(shares.values())
    return {i: decimal_text(share) for i, share in shares.items()}


def _copy_text(value: list[dict[str, Any]]) -> str:
    return _encode(value).decode().replace("\\", "\\\\")
