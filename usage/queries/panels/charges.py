"""Reads what was charged by kind and price: from the charges' rollup, or for one's own usage from events."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from usage.cost_lines import METERED, lines_of
from usage.month_sql import EVENTS_WITH_TOOL_TOKENS, OWN_MEASURES
from usage.panels.costs import Charge, joined
from usage.panels.sources import Source, charge_sources
from usage.panels.tables import Place, Table
from usage.panels.vocabulary import Dimension
from usage.pricing import KINDS, PriceRow, Quantities, charge_quantities, decimal_text
from usage.progress import Days, Spans
from usage.queries.panels.places import TOOL_COLUMNS, charges_place, tools_place
from usage.queries.panels.reader import COLUMNS, PanelReader
from usage.queries.unit_prices import rows_at_rates

_QUANTITIES: Final = tuple(f"{kind.value}_quantity" for kind in KINDS)
_Group = tuple[int, int, int]
"""Model, price and contract rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """All charges of some days. ``tool_tokens`` were the doing of tools, None where that is not kept."""

    charges: tuple[Charge, ...]
    tool_tokens: int | None


def charged_in(reader: PanelReader, days: Days) -> Charged:
    """What the filter and the viewer's rights let through. At most five queries.

    The costs add up to ``reader.total``, exactly. Raises ``NotOffered``.
    """
    sources = charge_sources(reader.chosen, visible=reader.visible)
    summed = _charge_sums(reader, days) if Source.CHARGES in sources else []
    groups = _event_groups(reader, days) if Source.EVENTS in sources else []
    used = {(price_id, rate_id) for _model, price_id, rate_id, *_rest in summed}
    used |= {(price_id, rate_id) for (_model, price_id, rate_id), *_rest in groups}
    priced = {(row.id, row.rate_id): row for row in rows_at_rates(used)}
    tools = _tool_tokens(reader, days) if Source.CHARGES in sources else 0
    return Charged(
        charges=joined([*_of_sums(summed, priced), *_of_groups(groups, priced)]),
        tool_tokens=None if tools is None else tools + sum(tokens for _key, _quantities, tokens in groups),
    )


def _charge_sums(reader: PanelReader, days: Days) -> list[tuple[int, ...]]:
    """Model, price and rate, then the quantity of each kind. Their costs follow from the price: to sum those up,
    thirteen more of them, would take as long again."""
    return reader.sums().over_places(
        [charges_place(reader)],
        Spans(days, None, None),
        by=(Dimension.MODEL, "price", "rate"),
        measures=_QUANTITIES,
    )


def _event_groups(reader: PanelReader, days: Days) -> list[tuple[_Group, Quantities, int]]:
    """The viewer's own events that are no usage of a department they lead: model, price and rate → quantities."""
    where: tuple[tuple[str, Any], ...] = (("member_id = ANY(%s)", sorted(reader.visible.member_ids)),)
    if departments := reader.visible.department_ids:
        where = (*where, ("NOT department_id = ANY(%s)", sorted(departments)))
    columns: dict[Any, str] = {**COLUMNS, "price": "contracted_price_id", "rate": "rate_id"}
    by_day = Table(EVENTS_WITH_TOOL_TOKENS, columns, where, is_partitioned=True)
    by_month = Table("usage_month_own", columns, where)
    is_kept = reader.chosen.keys() <= {Dimension.MODEL, Dimension.DEPARTMENT}
    place = Place(
        by_day=by_day.narrowed(reader.chosen),
        by_month={None: by_month.narrowed(reader.chosen)} if is_kept else {},
    )
    grouped = reader.sums().over_places(
        [place], Spans(days, None, None), by=(Dimension.MODEL, "price", "rate"), measures=OWN_MEASURES
    )
    found = []
    for model_id, price_id, rate_id, *sums, tool_tokens in grouped:
        used = dict(zip(OWN_MEASURES, sums, strict=False))
        quantities = charge_quantities(**{name: used[column] for name, column in METERED.items()})
        found.append(((model_id, price_id, rate_id), quantities, tool_tokens))
    return found


def _tool_tokens(reader: PanelReader, days: Days) -> int | None:
    """Tokens that were the doing of tools; None where the filter asks for what tools are not kept by."""
    if not reader.chosen.keys() <= TOOL_COLUMNS.keys():
        return None
    found = reader.sums().over_places(
        [tools_place(reader)], Spans(days, None, None), by=(), measures=("tool_tokens",)
    )
    return sum(int(used) for (used,) in found)


def _of_sums(summed: Iterable[tuple[int, ...]], priced: dict[tuple[int, int], PriceRow]) -> Iterable[Charge]:
    for model_id, price_id, rate_id, *quantities in summed:
        price = priced.get((price_id, rate_id))
        prices = price.unit_prices if price else (None,) * len(KINDS)
        for kind, quantity, unit_price in zip(KINDS, quantities, prices, strict=True):
            if quantity:
                cost = Decimal(decimal_text(quantity * (unit_price or 0)))
                yield Charge(model_id=model_id, kind=kind, quantity=quantity, cost=cost, price=price)


def _of_groups(
    groups: Iterable[tuple[_Group, Quantities, int]], priced: dict[tuple[int, int], PriceRow]
) -> Iterable[Charge]:
    for (model_id, price_id, rate_id), quantities, _tool_tokens in groups:
        price = priced.get((price_id, rate_id))
        for line in lines_of(quantities, price):
            yield Charge(
                model_id=model_id,
                kind=line.kind,
                quantity=line.quantity,
                cost=line.cost or Decimal(0),
                price=price,
            )
