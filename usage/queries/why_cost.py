"""Why an event, a message or a chat costs what it costs: read from the ledger's rows, one part per price.

Costs are linear in the quantities, so the summed quantities of a price at its unit prices are its cost exactly,
corrections included.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from django.db.models import Aggregate, Count, Max, Min, Q, QuerySet, Sum

from teams.permissions import Visible
from teams.queries.together import asked_often
from usage.cost_lines import METERED, cost_lines, lines_of
from usage.enums import Correction, UnpricedReason
from usage.models import ContractRate, EventKey, LlmModel, Price, UsageEvent
from usage.price_windows import DailyWindow
from usage.pricing import PriceRow, Quantities, charge_quantities
from usage.queries.ledger_rows import Rows, chat_rows, message_rows, seen_by
from usage.queries.unit_prices import rates_by_id, rows_at_rates_beside
from usage.why_cost import CostPart, CostRow, PriceFacts, WhyCost

PriceKey = tuple[int, int]
"""Price id and contract rate id."""

Group = dict[str, Any]
"""What the rows of one model, price and contract rate add up to."""

_TOLD: Final = {
    "contracted": Sum("contracted_cost"),
    "listed": Sum("list_cost"),
    "reported": Sum("reported_cost"),
    "unpriced_rows": Sum("unpriced"),
    "rows": Count("id"),
    "corrections": Count("id", filter=~Q(correction=Correction.NONE)),
    "first_at": Min("occurred_at"),
    "last_at": Max("occurred_at"),
}


def why_event(organization_id: int, transaction_id: str, *, visible: Visible) -> WhyCost | None:
    """Why the event of a client's id costs what it costs now, its corrections included; None when none is visible."""
    if "\0" in transaction_id:
        return None
    keys = EventKey.objects.filter(organization_id=organization_id, transaction_id=transaction_id)
    for period, event_id in keys.values_list("period", "event_id"):
        rows = UsageEvent.objects.filter(organization_id=organization_id, period=period)
        rows = rows.filter(Q(id=event_id) | Q(corrects=event_id))
        found = _why(rows, visible)
        return (
            replace(found, history=_history(list(seen_by(visible, rows).order_by("id")))) if found else None
        )
    return None


def why_message(
    organization_id: int, message_id: str, *, conversation_id: str = "", visible: Visible
) -> WhyCost | None:
    """The same for a message, named by the client's ids of conversation and message, or by its id in the ledger."""
    rows = message_rows(organization_id, message_id, conversation_id=conversation_id)
    return None if rows is None else _why(rows, visible)


def why_chat(organization_id: int, conversation_id: str, *, visible: Visible) -> WhyCost | None:
    """The same for a whole chat, named by the client's conversation id or by its id in the ledger."""
    rows = chat_rows(organization_id, conversation_id)
    return None if rows is None else _why(rows, visible)


def price_facts(used: Iterable[PriceKey]) -> dict[PriceKey, PriceFacts]:
    """Price and contract rate ids → what there is to say of them. Two queries."""
    pairs = {pair for pair in used if pair[0]}
    prices = Price.objects.select_related("model").filter(pk__in={price_id for price_id, _rate_id in pairs})
    rates = ContractRate.objects.filter(pk__in={rate_id for _price_id, rate_id in pairs if rate_id})
    return facts_of(pairs, prices, rates)


def facts_of(
    used: Iterable[PriceKey], prices: Iterable[Price], rates: Iterable[ContractRate]
) -> dict[PriceKey, PriceFacts]:
    """The same of prices with their models and of rates that were read already."""
    price_of, rate_of = {price.pk: price for price in prices}, {rate.pk: rate for rate in rates}
    return {
        (price_id, rate_id): _facts(price_of[price_id], rate_of.get(rate_id))
        for price_id, rate_id in used
        if price_id in price_of
    }


def _facts(price: Price, rate: ContractRate | None) -> PriceFacts:
    window = None
    if price.window_end:
        window = DailyWindow(start=price.window_start, end=price.window_end, weekdays=price.window_days)
    return PriceFacts(
        price_id=price.pk,
        rate_id=rate.pk if rate else 0,
        provider_name=price.model.provider_name,
        model_name=price.model.name,
        service_tier=price.service_tier,
        context_threshold=price.context_threshold,
        hours=window.hours if window else "",
        valid_from=price.valid_from,
        source=price.source,
        is_own=price.organization_id is not None,
        rate_factor=rate.factor if rate else None,
        rate_valid_from=rate.valid_from if rate else None,
        rate_source=rate.source if rate else "",
    )


def _why(rows: Rows, visible: Visible) -> WhyCost | None:
    """What some rows of the ledger cost, as far as ``visible`` reaches. Two queries, however many rows."""
    return why_groups(cost_groups(seen_by(visible, rows)))


def cost_groups(rows: Rows, **more: Aggregate) -> list[Group]:
    """What rows add up to per model, price and contract rate, and ``more`` of each. One query.

    What is metered stands as ``sum_`` and the name of its column.
    """
    grouped = rows.order_by().values("model_id", "contracted_price_id", "rate_id")
    sums = {f"sum_{column}": Sum(column) for column in METERED.values()}
    told: Any = grouped.annotate(**_TOLD, **sums, **more)
    return list(told)


def why_groups(groups: Sequence[Group]) -> WhyCost | None:
    """Why the rows of ``groups`` cost what they cost; None without any. One query."""
    if not groups:
        return None
    reported = [group["reported"] for group in groups if group["reported"] is not None]
    return WhyCost(
        parts=_parts(groups),
        contracted_cost=sum((group["contracted"] or Decimal(0) for group in groups), Decimal(0)),
        list_cost=sum((group["listed"] or Decimal(0) for group in groups), Decimal(0)),
        reported_cost=sum(reported, Decimal(0)) if reported else None,
        unpriced_events=sum(group["unpriced_rows"] for group in groups),
        rows=sum(group["rows"] for group in groups),
        corrections=sum(group["corrections"] for group in groups),
        first_at=min(group["first_at"] for group in groups),
        last_at=max(group["last_at"] for group in groups),
    )


def _history(events: Sequence[UsageEvent]) -> tuple[CostRow, ...]:
    """Each row at the price it was stored with, the original first. Few queries, however many rows."""
    found, (known,) = rows_at_rates_beside(
        {(event.contracted_price_id, event.rate_id) for event in events},
        LlmModel.objects.filter(pk__in={event.model_id for event in events}).order_by(),
    )
    priced = {(row.id, row.rate_id): row for row in found}
    models = {model.pk: model for model in known}
    rows = [
        CostRow(
            correction=Correction(event.correction),
            received_at=event.received_at,
            model_name=models[event.model_id].name if event.model_id in models else "",
            lines=cost_lines(event, priced.get((event.contracted_price_id, event.rate_id))),
            cost=event.contracted_cost,
        )
        for event in events
    ]
    return tuple(sorted(rows, key=lambda row: row.correction != Correction.NONE))


def _parts(groups: Sequence[Group]) -> tuple[CostPart, ...]:
    """One per model, price and rate that something is left of, the dearest first."""
    found = _Prices(groups)
    parts = [_part(group, found) for group in groups if any(_quantities(group))]
    return tuple(sorted(parts, key=lambda part: (part.cost is None, -(part.cost or 0), part.model_name)))


def _quantities(group: Group) -> Quantities:
    return charge_quantities(**{name: group[f"sum_{column}"] for name, column in METERED.items()})


class _Prices:
    """What the groups of a cost were charged at, and on which models. One query, however many there are."""

    def __init__(self, groups: Sequence[Group]) -> None:
        keys = {(group["contracted_price_id"], group["rate_id"]) for group in groups}
        price_ids = sorted({price_id for price_id, _rate_id in keys if price_id})
        model_ids = sorted({group["model_id"] for group in groups if group["model_id"]})
        rows, (found_prices, rates, found_models, with_price) = rows_at_rates_beside(
            keys,
            asked_often(_prices, price_ids),
            asked_often(rates_by_id, sorted({rate_id for _price_id, rate_id in keys if rate_id})),
            asked_often(_models, model_ids, price_ids),
            asked_often(_models_with_price, model_ids),
        )
        self.models: dict[int, LlmModel] = {model.pk: model for model in found_models}
        for price in found_prices:
            price.model = self.models[price.model_id]
        self.rows: dict[PriceKey, PriceRow] = {(row.id, row.rate_id): row for row in rows}
        self.facts = facts_of(keys, found_prices, rates)
        self.with_price: set[int] = {model_id for (model_id,) in with_price}


def _prices(ids: list[int]) -> "QuerySet[Price]":
    return Price.objects.filter(pk__in=ids).order_by()


def _models(ids: list[int], price_ids: list[int]) -> "QuerySet[LlmModel]":
    """Models by their ids, and those of prices."""
    return LlmModel.objects.filter(Q(pk__in=ids) | Q(pk__in=_prices(price_ids).values("model_id"))).order_by()


def _models_with_price(ids: list[int]) -> "QuerySet[Price, Any]":
    return Price.objects.filter(model_id__in=ids).order_by().values_list("model_id").distinct()


def _part(group: Group, found: _Prices) -> CostPart:
    key = group["contracted_price_id"], group["rate_id"]
    model = found.models.get(group["model_id"])
    has_price = group["model_id"] in found.with_price
    return CostPart(
        provider_name=model.provider_name if model else "",
        model_name=model.name if model else "",
        model_title=str(model) if model else "",
        price=found.facts.get(key),
        unpriced_reason=None if key in found.facts else reason_of(model, has_price=has_price),
        lines=lines_of(_quantities(group), found.rows.get(key)),
    )


def unpriced_reason(model: LlmModel | None) -> UnpricedReason:
    """Why usage of a model (None: none was named) has no price."""
    asks = model is not None and model.is_placeholder
    return reason_of(model, has_price=asks and model.prices.exists())  # type: ignore[union-attr]


def reason_of(model: LlmModel | None, *, has_price: bool) -> UnpricedReason:
    """The same of a model of which it is known whether it has any price."""
    if model is None:
        return UnpricedReason.NO_MODEL
    # A model that only events have named may have been given a price since, of another time, tier or kind.
    is_unknown = model.is_placeholder and not has_price
    return UnpricedReason.UNKNOWN_MODEL if is_unknown else UnpricedReason.NO_PRICE
