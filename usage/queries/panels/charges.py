"""Reads what was charged by kind and price: from the charges' rollup, or for one's own usage from events."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet, Sum
from django.db.models.expressions import RawSQL

from usage.cost_lines import lines_of
from usage.enums import ChargeKind
from usage.models import UsageEvent
from usage.month_sql import CHARGE_MEASURES
from usage.panels.costs import Charge, joined
from usage.panels.sources import Source, charge_sources
from usage.panels.tables import Place, place_of
from usage.panels.vocabulary import Dimension
from usage.periods import month_of
from usage.pricing import PriceRow, Quantities, charge_quantities
from usage.progress import Days, Spans
from usage.queries.panels.reader import COLUMNS, PanelReader
from usage.queries.unit_prices import rows_at_rates
from usage.queries.why_cost import COUNTED

_COLUMNS: Final[Mapping[Dimension, str]] = {
    dimension: COLUMNS[dimension]
    for dimension in (Dimension.MODEL, Dimension.FEATURE, Dimension.DEPARTMENT, Dimension.PROJECT)
}
_TOOL_COLUMNS: Final[Mapping[Dimension, str]] = {
    dimension: column for dimension, column in _COLUMNS.items() if dimension is not Dimension.FEATURE
}
_TOOL_TOKENS: Final = (
    "(SELECT coalesce(sum((tool->>'tokens')::bigint), 0) FROM jsonb_array_elements(usage_event.tools) tool)"
)

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
    summed = list(_charge_sums(reader, days)) if Source.CHARGES in sources else []
    groups = _event_groups(reader, days) if Source.EVENTS in sources else []
    used = {(price_id, rate_id) for _model, price_id, rate_id, *_rest in summed}
    used |= {(price_id, rate_id) for (_model, price_id, rate_id), *_rest in groups}
    priced = {(row.id, row.rate_id): row for row in rows_at_rates(used)}
    tools = _tool_tokens(reader, days) if Source.CHARGES in sources else 0
    return Charged(
        charges=joined([*_of_sums(summed, priced), *_of_groups(groups, priced)]),
        tool_tokens=None if tools is None else tools + sum(tokens for _key, _quantities, tokens in groups),
    )


def charges_place(reader: PanelReader) -> Place:
    """Where charges lie, as far as the filter and the viewer's rights let them through."""
    return place_of(
        daily="charge_daily",
        monthly="usage_month_charges",
        columns={**_COLUMNS, "price": "price_id", "rate": "rate_id"},
        beyond=(Dimension.FEATURE, Dimension.PROJECT),
        visible=reader.visible,
        chosen=reader.chosen,
    )


def _charge_sums(reader: PanelReader, days: Days) -> Iterator[tuple[int, int, int, str, int, Decimal]]:
    grouped = reader.sums().over_places(
        [charges_place(reader)],
        Spans(days, None, None),
        by=(Dimension.MODEL, "price", "rate"),
        measures=CHARGE_MEASURES,
    )
    for model_id, price_id, rate_id, *sums in grouped:
        found = dict(zip(CHARGE_MEASURES, sums, strict=True))
        for kind in ChargeKind:
            quantity, cost = found[f"{kind.value}_quantity"], found[f"{kind.value}_cost"]
            if quantity or cost:
                yield model_id, price_id, rate_id, kind.value, quantity, cost


def _event_groups(reader: PanelReader, days: Days) -> list[tuple[_Group, Quantities, int]]:
    """The viewer's own events that are no usage of a department they lead: model, price and rate → quantities."""
    rows: QuerySet[Any] = UsageEvent.objects.filter(
        organization_id=reader.organization_id,
        member_id__in=reader.visible.member_ids,
        # A day lies in its month, however zones change: only these partitions are looked at.
        period__range=(month_of(days.first), month_of(days.last)),
        local_date__range=days,
    )
    if reader.visible.department_ids:
        rows = rows.exclude(department_id__in=reader.visible.department_ids)
    grouped = rows.filter(reader.filtered(COLUMNS)).order_by()
    keyed = grouped.values("model_id", "contracted_price_id", "rate_id").annotate(
        **{f"sum_{name}": Sum(column) for name, column in COUNTED.items()},
        tool_tokens=Sum(RawSQL(_TOOL_TOKENS, ())),  # noqa: S611  # our own text, without arguments
    )
    return [
        (
            (row["model_id"], row["contracted_price_id"], row["rate_id"]),
            charge_quantities(**{name: row[f"sum_{name}"] for name in COUNTED}),
            int(row["tool_tokens"]),
        )
        for row in keyed
    ]


def _tool_tokens(reader: PanelReader, days: Days) -> int | None:
    """Tokens that were the doing of tools; None where the filter asks for what tools are not kept by."""
    if not reader.chosen.keys() <= _TOOL_COLUMNS.keys():
        return None
    place = place_of(
        daily=Source.TOOLS.value,
        monthly="usage_month_tools",
        columns=_TOOL_COLUMNS,
        beyond=(Dimension.PROJECT,),
        visible=reader.visible,
        chosen=reader.chosen,
    )
    ((used,),) = reader.sums().over_places([place], Spans(days, None, None), by=(), measures=("tool_tokens",))
    return int(used)


def _of_sums(
    summed: Iterable[tuple[int, int, int, str, int, Decimal]], priced: dict[tuple[int, int], PriceRow]
) -> Iterable[Charge]:
    for model_id, price_id, rate_id, kind, quantity, cost in summed:
        price = priced.get((price_id, rate_id))
        yield Charge(model_id=model_id, kind=ChargeKind(kind), quantity=quantity, cost=cost, price=price)


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
