"""Reads what is to be charged: sums of ``charge_daily`` per service month and close number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Final

from django.db.models import Q, QuerySet, Sum

from billing.invoice_lines import Charge
from billing.queries.plans import PlanHistory, plan_history
from teams.queries.together import NOTHING, Question, asked_often, asked_together
from usage.enums import ChargeKind, MonthSums
from usage.models import ChargeByKind, LlmModel
from usage.periods import add_months
from usage.pricing import KINDS, SCALE
from usage.queries.unit_prices import rows_at_rates_beside

_COLUMNS: Final = [f"{kind}_{what}" for kind in KINDS for what in ("quantity", "cost")]
_READ: Final = ", ".join(_COLUMNS)
_SUMMED: Final = ", ".join(f"sum({column}) AS {column}" for column in _COLUMNS)
_EACH_KIND: Final = ", ".join(f"('{kind}', {kind}_quantity, {kind}_cost)" for kind in KINDS)
# From the sums of a month as far as they count, which this statement sees for itself, and from the days since. All
# kinds are summed up side by side before each becomes a row.
_CHARGES: Final = f"""
WITH closes AS (
    SELECT c.month, c.number, coalesce(p.summed_through, c.month - 1) AS summed_through
    FROM unnest(%s::date[], %s::int[]) AS c(month, number)
    LEFT JOIN usage_period p ON p.organization_id = %s AND p.period = c.month AND p.sums = '{MonthSums.KEPT.value}'
), charged AS (
    SELECT month, model_id, price_id, rate_id, {_SUMMED}
    FROM (
        SELECT month, model_id, price_id, rate_id, {_READ}
        FROM closes JOIN usage_month_charges k ON k.organization_id = %s AND k.period = closes.month
            AND k.close_number = closes.number AND closes.summed_through >= closes.month
        UNION ALL
        SELECT month, model_id, price_id, rate_id, {_READ}
        FROM closes JOIN charge_daily d ON d.organization_id = %s AND d.close_number = closes.number
            AND d.local_date > closes.summed_through AND d.local_date < closes.month + interval '1 month'
    ) parts
    GROUP BY month, model_id, price_id, rate_id
)
SELECT month, model_id, price_id, rate_id, kind, quantity::bigint, cost
FROM charged CROSS JOIN LATERAL (VALUES {_EACH_KIND}) AS charge(kind, quantity, cost)
WHERE quantity <> 0 OR cost <> 0
"""

Closes = Mapping[date, Sequence[int]]
"""Close numbers per billing month (its first day)."""

# The months and close numbers that have charges which no invoice carries. One step through the index for each day and
# close number, however many rows they have: a DISTINCT of all charges since the organization began would read them at
# every look at a preview.
_STANDING: Final = """
WITH RECURSIVE standing AS (
    (SELECT local_date, close_number FROM charge_daily
    WHERE organization_id = %s AND local_date <= %s
    ORDER BY local_date, close_number LIMIT 1)
    UNION ALL
    SELECT following.local_date, following.close_number FROM standing CROSS JOIN LATERAL (
        SELECT c.local_date, c.close_number FROM charge_daily c
        WHERE c.organization_id = %s AND c.local_date <= %s
        AND (c.local_date, c.close_number) > (standing.local_date, standing.close_number)
        ORDER BY c.local_date, c.close_number LIMIT 1
    ) following
)
SELECT DISTINCT date_trunc('month', local_date)::date, close_number FROM standing
WHERE NOT EXISTS (
    SELECT 1 FROM billing_invoicedclose i WHERE i.organization_id = %s
    AND i.period = date_trunc('month', local_date)::date AND i.close_number = standing.close_number
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfCost:
    """The cost, in US dollars, of one feature or department; id 0 and an empty name for usage without one."""

    service_period: date
    feature: str
    department_id: int
    cost: Decimal


def rows_of(organization_id: int, closes: Closes) -> "QuerySet[ChargeByKind]":
    """The rollup rows of these closes."""
    chosen = Q(pk__in=[])
    for month, numbers in closes.items():
        last_day = add_months(month, 1) - timedelta(days=1)
        chosen |= Q(local_date__range=(month, last_day), close_number__in=list(numbers))
    return ChargeByKind.objects.filter(chosen, organization_id=organization_id)


def charges_of(organization_id: int, closes: Closes) -> list[Charge]:
    """Everything that these closes charge, summed per service month, model, price, rate and kind."""
    (sums,) = asked_together(charge_sums(organization_id, closes))
    return charges_read(sums)


def charge_sums(organization_id: int, closes: Closes) -> Question:
    """What ``charges_read`` reads."""
    numbered = [(month, number) for month, numbers in closes.items() for number in numbers]
    if not numbered:
        return NOTHING
    months, numbers = zip(*numbered, strict=True)
    arguments = [list(months), list(numbers), *[organization_id] * 3]
    return Question(_CHARGES, arguments, columns=7)


def shares_of(organization_id: int, closes: Closes) -> list[ShareOfCost]:
    """What these closes cost per service month, feature and department."""
    found = []
    for month, numbers in closes.items():
        rows = rows_of(organization_id, {month: numbers}).order_by()
        for feature, department_id, cost in rows.values_list("feature", "department_id").annotate(
            total=Sum("contracted_cost")
        ):
            found.append(
                ShareOfCost(service_period=month, feature=feature, department_id=department_id, cost=cost)
            )
    return found


def unbilled_closes(
    organization_id: int, *, through: date, plans: PlanHistory | None = None
) -> dict[date, list[int]]:
    """Close numbers of months up to ``through`` (the first day of one) whose charges no invoice carries yet.

    Months before the organization's first plan are left out: nothing was promised for them. ``plans`` are the
    organization's, where they were read before.
    """
    plans = plans or plan_history(organization_id)
    if plans.first_month is None:
        return {}
    (found,) = asked_together(standing_closes(organization_id, through=through))
    return closes_since(plans.first_month, found)


def standing_closes(organization_id: int, *, through: date) -> Question:
    """The months and close numbers that ``unbilled_closes`` tells, from the first usage on."""
    until = (organization_id, add_months(through, 1) - timedelta(days=1))
    return Question(_STANDING, [*until, *until, organization_id], columns=2)


def closes_since(first: date, standing: Iterable[tuple[date, int]]) -> dict[date, list[int]]:
    """Close numbers per month from the ``first`` on."""
    found: defaultdict[date, list[int]] = defaultdict(list)
    for month, number in sorted(standing):
        if month >= first:
            found[month].append(number)
    return dict(found)


def charges_read(sums: Sequence[tuple[date, int, int, int, str, int, Decimal]]) -> list[Charge]:
    """Rows of ``charge_sums`` with their models and unit prices, month by month. One query."""
    rows, (found,) = rows_at_rates_beside(
        {(price_id, rate_id) for _month, _model, price_id, rate_id, *_rest in sums},
        asked_often(_models, sorted({model_id for _month, model_id, *_rest in sums})),
    )
    priced = {(row.id, row.rate_id): row for row in rows}
    models = {model.pk: model for model in found}
    charges = []
    for month, model_id, price_id, rate_id, kind, quantity, cost in sorted(sums, key=itemgetter(0)):
        model = models.get(model_id)
        row = priced.get((price_id, rate_id))
        unit_price = row.unit_prices[KINDS.index(ChargeKind(kind))] if row else None
        charges.append(
            Charge(
                service_period=month,
                model_id=model_id,
                provider_name=model.provider_name if model else "",
                model_name=str(model) if model else "",
                service_tier=row.service_tier if row else "",
                context_threshold=row.context_threshold if row else 0,
                kind=ChargeKind(kind),
                price_id=price_id,
                rate_id=rate_id,
                quantity=quantity,
                unit_price=None if unit_price is None else Decimal(unit_price) / SCALE,
                cost=cost,
            )
        )
    return charges


def _models(ids: list[int]) -> "QuerySet[LlmModel]":
    return LlmModel.objects.filter(pk__in=ids).order_by()
