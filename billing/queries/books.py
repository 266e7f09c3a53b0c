"""What is looked up of an organization before its money of a month is reckoned: all of it in one query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet

from billing.budget_periods import period_of
from billing.enums import InvoiceStatus, PeriodKind
from billing.models import BillingAccount, Budget, Invoice, TriggeredAlert
from billing.queries.charges import closes_since, standing_closes
from billing.queries.plans import PlanHistory, plan_values, plans_read
from billing.queries.rates import Rates, rate_questions, rates_read
from teams.models import Organization
from teams.queries.together import NOTHING, Question, asked_ahead, asked_often
from usage.periods import add_months

MONTHS_OF_RATES = 12
"""Rates of so many months before are looked up beside the month's own; those of older ones when they are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What stands of ``month`` and before. What was not asked for is empty.

    ``closes`` are those that no invoice carries. ``is_billed_before``: whether the month before has an invoice.
    ``budgets`` are the active ones, ``alerts`` those of their current periods.
    """

    month: date
    rates: Rates
    plans: PlanHistory = field(default=PlanHistory(()))
    account: BillingAccount | None = None
    closes: Mapping[date, list[int]] = field(default_factory=dict)
    is_billed_before: bool = False
    budgets: tuple[Budget, ...] = ()
    alerts: tuple[TriggeredAlert, ...] = ()


def read_books(
    organization: Organization,
    *,
    month: date,
    today: date | None = None,
    with_plans: bool,
    with_invoice: bool,
) -> Books:
    """The books of an organization; budgets where ``today``, the organization's day, is given."""
    return books_ahead(
        organization, month=month, today=today, with_plans=with_plans, with_invoice=with_invoice
    )()


def books_ahead(
    organization: Organization, *, month: date, today: date | None, with_plans: bool, with_invoice: bool
) -> Callable[[], Books]:
    """The same, sent ahead."""
    months = [add_months(month, -back) for back in range(MONTHS_OF_RATES + 1)]
    found = asked_ahead(
        asked_often(plan_values, organization.pk) if with_plans or with_invoice else NOTHING,
        *(_of_invoice(organization, month) if with_invoice else (NOTHING,) * 3),
        *(_of_budgets(organization, today) if today is not None else (NOTHING,) * 2),
        *rate_questions(organization, months),
    )

    def books() -> Books:
        plans, account, closes, billed, found_budgets, found_alerts, *rates = found()
        for budget in found_budgets:
            budget.organization = organization
        history = plans_read(plans)
        return Books(
            month=month,
            rates=Rates(organization, rates_read(organization, months, rates)),
            plans=history,
            account=account[0] if account else None,
            closes=closes_since(history.first_month, closes) if history.first_month else {},
            is_billed_before=bool(billed),
            budgets=tuple(found_budgets),
            alerts=tuple(found_alerts),
        )

    return books


def standing_invoices(organization_id: int, period: date) -> "QuerySet[Invoice]":
    """The draft or finalized invoice of a month, the latest one first; voided ones do not count."""
    invoices = Invoice.objects.filter(organization_id=organization_id, period=period)
    return invoices.exclude(status=InvoiceStatus.VOIDED).order_by("-id")


def _of_invoice(organization: Organization, month: date) -> list[Question]:
    """The account, the closes that no invoice carries, and the invoice of the month before."""
    return [
        asked_often(_accounts, organization.pk),
        standing_closes(organization.pk, through=month),
        asked_often(_standing_ids, organization.pk, add_months(month, -1)),
    ]


def _accounts(organization_id: int) -> "QuerySet[BillingAccount]":
    return BillingAccount.objects.filter(organization_id=organization_id)


def _standing_ids(organization_id: int, period: date) -> "QuerySet[Invoice, tuple[int]]":
    return standing_invoices(organization_id, period).values_list("id")


def _of_budgets(organization: Organization, today: date) -> list[Question]:
    """The active budgets, and the alerts of the periods that they can be in."""
    starts = {period_of(kind, today, week_start=organization.week_start).first for kind in PeriodKind}
    return [
        asked_often(_active_budgets, organization.pk),
        asked_often(_alerts_since, organization.pk, sorted(starts)),
    ]


def _active_budgets(organization_id: int) -> "QuerySet[Budget]":
    return Budget.objects.filter(organization_id=organization_id, is_active=True).order_by(
        "scope_kind", "name"
    )


def _alerts_since(organization_id: int, starts: list[date]) -> "QuerySet[TriggeredAlert]":
    alerts = TriggeredAlert.objects.filter(budget__organization_id=organization_id, budget__is_active=True)
    return alerts.filter(period_start__in=starts).order_by("threshold")
