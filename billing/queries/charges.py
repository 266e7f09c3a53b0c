"""Reads what is to be charged: sums of ``charge_daily`` per service month and close number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from billing.invoice_lines import Charge
from billing.models import InvoicedClose
from billing.queries.plans import PlanHistory, plan_history
from usage.enums import ChargeKind
from usage.models import ChargeByKind, LlmModel
from usage.periods import add_months
from usage.pricing import KINDS, SCALE
from usage.queries.unit_prices import rows_at_rates

Closes = Mapping[date, Sequence[int]]
"""Close numbers per billing month (its first day)."""

# Every day and close number that has charges. One step through the index for each of them, however many rows they
# have: a DISTINCT would read all charges since the organization began, at every look at a preview.
_STANDING: Final = """
WITH RECURSIVE standing AS (
    (SELECT local_date, close_number FROM charge_daily
    WHERE organization_id = %(organization_id)s AND local_date <= %(last_day)s
    ORDER BY local_date, close_number LIMIT 1)
    UNION ALL
    SELECT following.local_date, following.close_number FROM standing CROSS JOIN LATERAL (
        SELECT c.local_date, c.close_number FROM charge_daily c
        WHERE c.organization_id = %(organization_id)s AND c.local_date <= %(last_day)s
        AND (c.local_date, c.close_number) > (standing.local_date, standing.close_number)
        ORDER BY c.local_date, c.close_number LIMIT 1
    ) following
)
SELECT local_date, close_number FROM standing
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
    found: list[Charge] = []
    for month, numbers in closes.items():
        rows = rows_of(organization_id, {month: numbers}).order_by()
        grouped = rows.values_list("model_id", "price_id", "rate_id", "kind")
        sums = list(grouped.annotate(Sum("quantity"), total=Sum("contracted_cost")))
        found += _charges(month, sums)
    return found


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
    first = (plans or plan_history(organization_id)).first_month
    if first is None:
        return {}
    last_day = add_months(through, 1) - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"organization_id": organization_id, "last_day": last_day})
        standing = {(day.replace(day=1), number) for day, number in cursor.fetchall() if day >= first}
    closed = InvoicedClose.objects.filter(organization_id=organization_id, period__lte=through)
    standing -= set(closed.values_list("period", "close_number"))
    unbilled: defaultdict[date, list[int]] = defaultdict(list)
    for month, number in sorted(standing):
        unbilled[month].append(number)
    return dict(unbilled)


def _charges(month: date, sums: Iterable[tuple[int, int, int, str, int, Decimal]]) -> list[Charge]:
    rows = list(sums)
    models = LlmModel.objects.in_bulk({model_id for model_id, *_rest in rows})
    priced = {(row.id, row.rate_id): row for row in rows_at_rates({(row[1], row[2]) for row in rows})}
    charges = []
    for model_id, price_id, rate_id, kind, quantity, cost in rows:
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
