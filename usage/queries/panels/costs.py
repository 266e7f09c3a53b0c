"""What usage cost: by kind of charge and price, by model and provider, and beside the public list's prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from usage.breakdown import Name, Spend, Told, all_together
from usage.enums import ChargeKind, RowKind
from usage.figures import NOTHING, Measures, Row
from usage.panels.answers import Timeseries
from usage.panels.buckets import fitting_bucket, step_of, steps_of
from usage.panels.costs import KindCost, ListComparison, compared_with_list, kind_costs, unpriced_quantities
from usage.panels.vocabulary import Bucket, Dimension
from usage.queries.panels.charges import charged_in
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.stacked import stacked


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCost:
    """A model's row of the breakdown, and what the same would cost at the public list's prices."""

    row: Row
    listed: ListComparison


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsAnswer:
    """The costs of ``kinds`` add up to that of ``total``, like the rows of models and of providers.

    ``unpriced`` is what has no cost yet, by kind; its tokens are ``total.measures.unpriced_tokens``.
    ``tool_tokens`` are part of the tokens, None where they are not kept by what is filtered by.
    """

    total: Spend
    kinds: tuple[KindCost, ...]
    unpriced: tuple[tuple[ChargeKind, int], ...]
    tool_tokens: int | None
    listed: ListComparison
    models: tuple[ModelCost, ...]
    providers: tuple[Row, ...]
    by_model: Timeseries
    by_provider: Timeseries

    @property
    def model_rows(self) -> tuple[Row, ...]:
        return tuple(model.row for model in self.models)


def costs_panel(request: PanelRequest) -> CostsAnswer:
    """What was charged, and for what. At most eight queries."""
    reader, spans = request.reader, request.spans
    charged = charged_in(reader, spans.shown)
    spends, list_costs = reader.spends_and_list_costs(Dimension.MODEL, spans)
    rows = reader.lines(Dimension.MODEL, Told(spends), is_compared=spans.compared is not None)
    names = {row.id: Name(row.name, detail=row.detail) for row in rows if row.kind is RowKind.NAMED}
    by_provider = _by_provider(spends, names)
    providers = reader.lines(Dimension.PROVIDER, Told(by_provider), is_compared=spans.compared is not None)
    over_time = _over_time(request, names, rows, providers)
    return CostsAnswer(
        total=all_together(spends.values()),
        kinds=kind_costs(charged.charges, names),
        unpriced=unpriced_quantities(charged.charges),
        tool_tokens=charged.tool_tokens,
        listed=compared_with_list(
            (list_costs[model_id], spend.measures.contracted_cost) for model_id, spend in spends.items()
        ),
        models=tuple(
            ModelCost(
                row=row,
                listed=compared_with_list(
                    [(list_costs.get(row.id, Decimal(0)), row.measures.contracted_cost)]
                ),
            )
            for row in rows
        ),
        providers=providers,
        by_model=over_time[Dimension.MODEL],
        by_provider=over_time[Dimension.PROVIDER],
    )


def _by_provider(spends: Mapping[int | str, Spend], names: Mapping[int, Name]) -> dict[int | str, Spend]:
    found: dict[int | str, Spend] = {}
    for model_id, spend in spends.items():
        provider = _provider(model_id, names)
        found[provider] = found.get(provider, Spend()) + spend
    return found


def _over_time(
    request: PanelRequest, names: Mapping[int, Name], models: tuple[Row, ...], providers: tuple[Row, ...]
) -> dict[Dimension, Timeseries]:
    """Models and providers step by step, in one query: a provider's sums are those of its models."""
    days = request.spans.shown
    bucket: Bucket = fitting_bucket(days)
    steps = steps_of(days, bucket=bucket, week_start=request.organization.week_start, today=request.today)
    by_model = request.reader.by_step_and(Dimension.MODEL, days, step=step_of(bucket))
    by_provider: dict[int | str, dict[date, Measures]] = {}
    for model_id, sums in by_model.items():
        found = by_provider.setdefault(_provider(model_id, names), {})
        for day, of_day in sums.items():
            found[day] = found.get(day, NOTHING) + of_day
    return {
        by: stacked(sums, by=by, rows=rows, steps=steps, bucket=bucket)
        for by, sums, rows in (
            (Dimension.MODEL, by_model, models),
            (Dimension.PROVIDER, by_provider, providers),
        )
    }


def _provider(model_id: int | str, names: Mapping[int, Name]) -> str:
    name = names.get(int(model_id))
    return name.detail if name else ""
