"""Our prices of now beside those of another table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from usage.enums import ChargeKind
from usage.models import LlmModel, Price
from usage.price_table import TheirPrices
from usage.pricing import KINDS, PriceRow, decimal_text
from usage.queries.price_list import load_price_list

_STEP: Final = Decimal("1e-15")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A unit price that two tables say differently, in US dollars; ``ours`` None where we have none."""

    provider_name: str
    model_name: str
    their_name: str
    service_tier: str
    context_threshold: int
    kind: ChargeKind
    ours: Decimal | None
    theirs: Decimal

    @property
    def ratio(self) -> Decimal | None:
        """Theirs over ours; None where there is nothing to divide."""
        return self.theirs / self.ours if self.ours else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``models`` and ``unit_prices`` are those that both tables name; the largest disagreement comes first."""

    models: int
    unit_prices: int
    disagreements: tuple[Disagreement, ...]


def price_comparison(table: Iterable[TheirPrices], *, at: datetime) -> Comparison:
    """Compare what both name, of the same provider. A model of the table is found as an event's would be.

    Models with prices by the hour are left out: the table has another way to say them.
    """
    prices = load_price_list()
    by_hour = Price.objects.filter(window_end__gt=0).values("model_id")
    chosen = LlmModel.objects.filter(is_placeholder=False).exclude(id__in=by_hour)
    names = {
        model_id: (provider, name)
        for model_id, provider, name in chosen.values_list("id", "provider_name", "name")
    }
    compared = 0
    models: set[int] = set()
    found: dict[tuple[object, ...], Disagreement] = {}
    for theirs in table:
        model_id = prices.resolve_model(theirs.provider_name, theirs.model_name)
        if model_id not in names or names[model_id][0] != prices.canonical_provider(theirs.provider_name):
            continue
        size = theirs.context_threshold + 1 if theirs.context_threshold else 0
        row = prices.find(model_id, 0, theirs.service_tier, at, size, 0)
        if row is None or row.context_threshold != theirs.context_threshold:
            continue
        models.add(model_id)
        compared += len(theirs.unit_prices)
        for entry in _disagreements(theirs, row, names[model_id]):
            # Versions of a model repeat its prices: one of them is enough.
            found.setdefault(
                (model_id, entry.service_tier, entry.context_threshold, entry.kind, entry.theirs), entry
            )
    return Comparison(
        models=len(models),
        unit_prices=compared,
        disagreements=tuple(sorted(found.values(), key=_largest_first)),
    )


def _disagreements(theirs: TheirPrices, row: PriceRow, name: tuple[str, str]) -> Iterable[Disagreement]:
    for kind, unit_price in theirs.unit_prices.items():
        own = row.unit_prices[KINDS.index(kind)]
        ours = None if own is None else Decimal(decimal_text(own))
        # 0 for what the model does not have is how the table says nothing.
        if (ours or 0) != unit_price.quantize(_STEP):
            yield Disagreement(
                provider_name=name[0],
                model_name=name[1],
                their_name=f"{theirs.provider_name}/{theirs.model_name}",
                service_tier=theirs.service_tier,
                context_threshold=theirs.context_threshold,
                kind=kind,
                ours=ours,
                theirs=unit_price,
            )


def _largest_first(entry: Disagreement) -> tuple[bool, Decimal, str, str]:
    ratio = entry.ratio
    factor = max(ratio, 1 / ratio) if ratio else Decimal(0)
    return not ratio, -factor, entry.provider_name, entry.model_name
