"""What stands in the way of closing a month, and what its invoice would say. Reads only."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.enums import ShareDimension
from billing.invoice_lines import Calculation, Terms, calculate
from billing.models import BillingAccount, Invoice, Plan
from billing.queries.billed_before import billed_sums
from billing.queries.books import Books, read_books, standing_invoices
from billing.queries.charges import (
    Closes,
    ShareOfCost,
    charge_sums,
    charges_of,
    charges_read,
    shares_of,
    unbilled_closes,
)
from billing.queries.due_months import earlier_open_months
from billing.queries.month_terms import month_terms, months_with_included
from billing.queries.plans import plan_history
from billing.queries.rates import USD, NoExchangeRate, RateAnswer, all_of_them, rates_of
from billing.rounding import split
from teams.models import Organization
from teams.queries.directory import display_names
from teams.queries.together import asked_ahead, asked_often
from usage.enums import QuarantineStatus
from usage.models import QuarantinedEvent, UsagePeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """Something to see to before a month is closed. A fatal one keeps it from closing at all."""

    code: str
    sentence: str
    count: int = 0
    is_fatal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A feature's or department's part of the usage; the amounts of a dimension add up to it exactly."""

    dimension: ShareDimension
    scope_id: int
    name: str
    cost: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePreview:
    """What an invoice would say: its calculation, its splits, and the closes that it would carry."""

    period: date
    currency: str
    rate: RateAnswer
    terms: Terms
    closes: Closes
    calculation: Calculation
    shares: tuple[Share, ...]


class CannotClose(Exception):
    """The fatal blockers of a close, in sentences."""

    def __init__(self, blockers: Iterable[Blocker]) -> None:
        self.blockers = tuple(blockers)
        super().__init__(" ".join(blocker.sentence for blocker in self.blockers))


def standing_invoice(organization_id: int, period: date) -> Invoice | None:
    """The draft or finalized invoice of a month; voided ones do not count."""
    return standing_invoices(organization_id, period).first()


def plan_of(organization_id: int, period: date) -> Plan | None:
    """The plan of an organization in a billing month."""
    return plan_history(organization_id).plan(period)


def close_blockers(*, organization: Organization, period: date, now: datetime | None = None) -> list[Blocker]:
    """What stands in the way of closing ``period``, fatal ones first."""
    now = now or timezone.now()
    return [
        *fatal_blockers(organization, period, now),
        *_warnings(organization, period),
        *_earlier_open(organization, period, now),
    ]


def fatal_blockers(organization: Organization, period: date, now: datetime) -> list[Blocker]:
    """Only what keeps ``period`` from closing at all."""
    blockers = []
    if organization.is_test:
        blockers.append(_stop("test_twin", _("This is a test twin; it is never billed.")))
    standing = UsagePeriod.objects.filter(organization=organization, period=period).first()
    if standing is None or standing.ends_at > now:
        blockers.append(_stop("not_over", _("The month is not over in the organization's time zone.")))
    if not BillingAccount.objects.filter(organization=organization).exists():
        blockers.append(
            _stop("no_account", _("There is no billing account: who sells, who buys, at what tax."))
        )
    plan = plan_of(organization.pk, period)
    if plan is None:
        blockers.append(_stop("no_plan", _("The organization has no plan in this month.")))
    elif plan.base_fee and plan.currency not in (USD, organization.currency):
        blockers.append(
            _stop(
                "fee_currency",
                _("The plan's fee is neither in US dollars nor in the organization's currency."),
            )
        )
    try:
        rates_of(organization, {period, *unbilled_closes(organization.pk, through=period)})
    except NoExchangeRate as missing:
        blockers.append(
            _stop(
                "no_exchange_rate",
                _("No exchange rate of %(currency)s is known for %(month)s.")
                % {"currency": missing.currency, "month": missing.period.strftime("%Y-%m")},
            )
        )
    return blockers


def _stop(code: str, sentence: str) -> Blocker:
    return Blocker(code=code, sentence=sentence, is_fatal=True)


def _warnings(organization: Organization, period: date) -> list[Blocker]:
    blockers = []
    closes = unbilled_closes(organization.pk, through=period)
    unpriced = sum(charge.quantity for charge in charges_of(organization.pk, closes) if not charge.price_id)
    if unpriced:
        blockers.append(
            Blocker(
                code="unpriced",
                sentence=_("Some usage has no price yet; it would be charged later, as an adjustment."),
                count=unpriced,
            )
        )
    waiting = QuarantinedEvent.objects.filter(organization=organization, status=QuarantineStatus.OPEN).count()
    if waiting:
        blockers.append(
            Blocker(
                code="quarantine",
                sentence=ngettext(
                    "%(count)d event waits in quarantine or conflict.",
                    "%(count)d events wait in quarantine or conflict.",
                    waiting,
                )
                % {"count": waiting},
                count=waiting,
            )
        )
    return blockers


def _earlier_open(organization: Organization, period: date, now: datetime) -> list[Blocker]:
    months = earlier_open_months(organization.pk, period, now)
    if not months:
        return []
    sentence = ngettext(
        "%(count)d earlier month has no invoice yet; close it first.",
        "%(count)d earlier months have no invoice yet; close them first.",
        len(months),
    )
    return [
        Blocker(code="earlier_open", sentence=sentence % {"count": len(months)}, count=len(months)),
    ]


def invoice_preview(*, organization: Organization, period: date) -> InvoicePreview:
    """What an invoice of ``period`` would say now: everything that no invoice carries yet, up to that month.

    Also right for the month in progress. Raises ``CannotClose`` without an account, a plan or a rate.
    """
    return preview_of(organization, period, unbilled_closes(organization.pk, through=period))


def preview_of(
    organization: Organization,
    period: date,
    closes: Closes,
    *,
    with_shares: bool = True,
    books: Books | None = None,
) -> InvoicePreview:
    """The same for given closes; without shares where only the lines and totals are asked for."""
    books = books or read_books(organization, month=period, with_plans=True, with_invoice=True)
    return preview_ahead(organization, period, closes, with_shares=with_shares, books=books)()


def preview_ahead(
    organization: Organization, period: date, closes: Closes, *, with_shares: bool, books: Books
) -> Callable[[], InvoicePreview]:
    """The same, sent ahead; what is given back raises."""
    account, plans = books.account, books.plans
    plan = plans.plan(period)
    try:
        rates = all_of_them(organization, books.rates, {period, *closes})
    except NoExchangeRate:
        rates = {}
    if account is None or plan is None or not rates:
        return lambda: _cannot_close(organization, period)
    found = asked_ahead(
        charge_sums(organization.pk, closes),
        asked_often(billed_sums, organization.pk, list(months_with_included(rates, plans))),
    )

    def preview() -> InvoicePreview:
        sums, billed = found()
        try:
            terms = month_terms(
                organization, account, period, plan=plan, plans=plans, rates=rates, billed=billed
            )
        except NoExchangeRate:
            return _cannot_close(organization, period)
        calculation = calculate(charges_read(sums), terms)
        return InvoicePreview(
            period=period,
            currency=terms.currency,
            rate=rates[period],
            terms=terms,
            closes=closes,
            calculation=calculation,
            shares=tuple(_shares(organization.pk, closes, calculation, terms)) if with_shares else (),
        )

    return preview


def _cannot_close(organization: Organization, period: date) -> NoReturn:
    raise CannotClose(fatal_blockers(organization, period, timezone.now()))


def _shares(organization_id: int, closes: Closes, calculation: Calculation, terms: Terms) -> Iterable[Share]:
    """The usage split by feature and by department, each adding up to what usage comes to."""
    costs = shares_of(organization_id, closes)
    departments = display_names(organization_id).departments
    by_feature = [(0, part.feature) for part in costs]
    by_department = [
        (named.id, named.name) if (named := departments.get(part.department_id)) else (0, "")
        for part in costs
    ]
    yield from _split(ShareDimension.FEATURE, by_feature, costs, calculation, terms)
    yield from _split(ShareDimension.DEPARTMENT, by_department, costs, calculation, terms)


def _split(
    dimension: ShareDimension,
    keys: Sequence[tuple[int, str]],
    costs: Sequence[ShareOfCost],
    calculation: Calculation,
    terms: Terms,
) -> Iterable[Share]:
    weights: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    dollars: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for key, part in zip(keys, costs, strict=True):
        weights[key] += part.cost * terms.months[part.service_period].units_per_usd
        dollars[key] += part.cost
    ordered = sorted(weights, key=lambda key: (-weights[key], key))
    amounts = split(calculation.usage_total, [weights[key] for key in ordered], terms.currency)
    for (scope_id, name), amount in zip(ordered, amounts, strict=True):
        yield Share(
            dimension=dimension,
            scope_id=scope_id,
            name=name,
            cost=dollars[scope_id, name],
            amount=amount,
        )
