"""What usage cost, taken apart by kind of charge: quantity × unit price = cost. Money is US dollars, exact. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from usage.breakdown import Name
from usage.enums import ChargeKind
from usage.figures import percent_change, share_of
from usage.price_catalogue import ALWAYS
from usage.pricing import KINDS, SCALE, PriceRow

NO_TOKENS: Final = frozenset(
    {ChargeKind.AUDIO_SECOND, ChargeKind.WEB_SEARCH, ChargeKind.CODE_RUN, ChargeKind.CALL}
)
"""Kinds that are counted in calls or seconds. All others together are input and output tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one model used of one kind at one price row; without a ``price`` there is no cost yet."""

    model_id: int
    kind: ChargeKind
    quantity: int
    cost: Decimal
    price: PriceRow | None

    @property
    def unit_price(self) -> Decimal | None:
        """US dollars for one unit."""
        found = self.price.unit_prices[KINDS.index(self.kind)] if self.price else None
        return None if found is None else Decimal(found) / SCALE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedPrice:
    """One price that some usage was charged at: quantity × ``unit_price`` = cost.

    ``service_tier`` is empty for the ordinary one, ``context_threshold`` 0 and ``hours`` empty where all requests
    are meant. ``is_own`` tells the organization's own price from the list's, ``has_rate`` that a contract changed it.
    """

    provider_name: str
    model_name: str
    service_tier: str
    context_threshold: int
    hours: str
    valid_from: datetime
    is_own: bool
    has_rate: bool
    quantity: int
    unit_price: Decimal
    cost: Decimal

    @property
    def is_dated(self) -> bool:
        """Whether it began one day; others have always held."""
        return self.valid_from > ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCost:
    """All that was charged of one kind. ``unit_price`` is None where there were several: see ``prices``.

    ``share_of_cost`` is per cent of the cost of all kinds, None where there is nothing to share.
    """

    kind: ChargeKind
    quantity: int
    cost: Decimal
    share_of_cost: Decimal | None
    prices: tuple[ChargedPrice, ...]

    @property
    def unit_price(self) -> Decimal | None:
        """What every unit cost."""
        found = {price.unit_price for price in self.prices}
        return found.pop() if len(found) == 1 else None

    @property
    def mean_unit_price(self) -> Decimal | None:
        """What a unit cost on average; None where corrections left nothing of the quantity."""
        return self.cost / self.quantity if self.quantity > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListComparison:
    """What usage costs beside what it would at the public list's prices.

    Only what the list has a price for is compared: ``unlisted_cost`` is the cost of models without one.
    """

    list_cost: Decimal
    contracted_cost: Decimal
    unlisted_cost: Decimal

    @property
    def difference(self) -> Decimal:
        """What is paid above the list; negative for a discount."""
        return self.contracted_cost - self.list_cost

    @property
    def percent(self) -> Decimal | None:
        """The difference in per cent of the list, None where that is 0."""
        return percent_change(self.contracted_cost, self.list_cost)


def kind_costs(charges: Iterable[Charge], names: Mapping[int, Name]) -> tuple[KindCost, ...]:
    """The kinds that cost something or were used, in the order of ``ChargeKind``; calls only where they cost.

    What has no price is not among them. The costs add up to that of ``charges``. ``names`` are those of the models.
    """
    by_kind: dict[ChargeKind, list[Charge]] = {}
    for charge in charges:
        if charge.price is not None and (charge.cost or charge.kind is not ChargeKind.CALL):
            by_kind.setdefault(charge.kind, []).append(charge)
    found = [(kind, by_kind[kind]) for kind in KINDS if kind in by_kind]
    costs = [sum((charge.cost for charge in parts), Decimal(0)) for _kind, parts in found]
    whole = sum(costs, Decimal(0))
    return tuple(
        KindCost(
            kind=kind,
            quantity=sum(charge.quantity for charge in parts),
            cost=cost,
            share_of_cost=share_of(cost, whole),
            prices=_prices(parts, names),
        )
        for (kind, parts), cost in zip(found, costs, strict=True)
    )


def joined(charges: Iterable[Charge]) -> tuple[Charge, ...]:
    """Charges of the same model, kind and price as one; what corrections took back to nothing is gone."""
    found: dict[tuple[int, ChargeKind, int, int], Charge] = {}
    for charge in charges:
        price = charge.price
        key = charge.model_id, charge.kind, price.id if price else 0, price.rate_id if price else 0
        before = found.get(key)
        if before is not None:
            quantity, cost = before.quantity + charge.quantity, before.cost + charge.cost
            found[key] = replace(charge, quantity=quantity, cost=cost)
        else:
            found[key] = charge
    return tuple(charge for charge in found.values() if charge.quantity or charge.cost)


def unpriced_quantities(charges: Iterable[Charge]) -> tuple[tuple[ChargeKind, int], ...]:
    """What has no price, by kind in the order of ``ChargeKind``; calls are left out, for they are no quantity."""
    sums = dict.fromkeys(KINDS, 0)
    for charge in charges:
        if charge.price is None:
            sums[charge.kind] += charge.quantity
    return tuple((kind, sum_) for kind, sum_ in sums.items() if sum_ and kind is not ChargeKind.CALL)


def compared_with_list(costs: Iterable[tuple[Decimal, Decimal]]) -> ListComparison:
    """Pairs of list cost and contracted cost, one per model, as one comparison."""
    pairs: Sequence[tuple[Decimal, Decimal]] = list(costs)
    listed = [pair for pair in pairs if pair[0]]
    return ListComparison(
        list_cost=sum((pair[0] for pair in listed), Decimal(0)),
        contracted_cost=sum((pair[1] for pair in listed), Decimal(0)),
        unlisted_cost=sum((pair[1] for pair in pairs if not pair[0]), Decimal(0)),
    )


def _prices(charges: Iterable[Charge], names: Mapping[int, Name]) -> tuple[ChargedPrice, ...]:
    """The dearest first."""
    found = [_price(charge, names) for charge in charges]
    return tuple(sorted(found, key=lambda price: (-price.cost, price.model_name, price.valid_from)))


def _price(charge: Charge, names: Mapping[int, Name]) -> ChargedPrice:
    price, unit_price = charge.price, charge.unit_price
    if price is None or unit_price is None:
        raise ValueError("what was charged has a price")
    name = names.get(charge.model_id)
    return ChargedPrice(
        provider_name=name.detail if name else "",
        model_name=name.name if name else f"#{charge.model_id}",
        service_tier=price.service_tier,
        context_threshold=price.context_threshold,
        hours=price.window.hours if price.window else "",
        valid_from=price.valid_from,
        is_own=bool(price.organization_id),
        has_rate=bool(price.rate_id),
        quantity=charge.quantity,
        unit_price=unit_price,
        cost=charge.cost,
    )
