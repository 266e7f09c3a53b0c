"""Closes billing months: nothing is lost between a month's events and its invoice, and nothing is charged twice."""

from collections.abc import Iterable
from datetime import date, datetime

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from billing.invoice_terms import terms_to_json
from billing.models import BillingAccount, Invoice, InvoicedClose, Subscription
from billing.queries.charges import unbilled_closes
from billing.queries.due_months import months_due
from billing.queries.month_close import (
    CannotClose,
    InvoicePreview,
    fatal_blockers,
    preview_of,
    standing_invoice,
)
from billing.services.invoice_parts import write_parts
from billing.services.rates import fix_period_rate
from teams.models import Organization, User
from teams.services.audit import record_audit
from usage.locks import LOCK_ALONE, period_lock
from usage.models import UsagePeriod

log = structlog.get_logger(__name__)


@transaction.atomic
def close_month(
    *, organization: Organization, period: date, actor: User | None = None, now: datetime | None = None
) -> Invoice | None:
    """Close ``period`` and every earlier month that gained events since, and draft the invoice of all of it.

    Closing again changes nothing: it returns the invoice that stands. None when there is nothing to charge.
    Raises ``CannotClose`` with what stands in the way.
    """
    now = now or timezone.now()
    if blockers := fatal_blockers(organization, period, now):
        raise CannotClose(blockers)
    # One close of an organization at a time; whoever waited finds the other's invoice.
    account = BillingAccount.objects.select_for_update().get(organization=organization)
    standing = standing_invoice(organization.pk, period)
    if standing is not None:
        return standing
    closes = _take_closes(organization, period, now)
    preview = preview_of(organization, period, closes)
    if not preview.calculation.lines:
        return None
    invoice = _draft(account, preview)
    _carry_closes(organization.pk, invoice, closes)
    record_audit(
        action="month.closed",
        subject=f"{organization} {period:%Y-%m}",
        actor=actor,
        organization=organization,
        facts={
            "invoice": invoice.pk,
            "total": str(invoice.total),
            "closes": {month.isoformat(): list(numbers) for month, numbers in closes.items()},
        },
    )
    return invoice


def _take_closes(organization: Organization, period: date, now: datetime) -> dict[date, list[int]]:
    """Close ``period`` and the months with unbilled events; their closes, and their rates fixed."""
    months = set(unbilled_closes(organization.pk, through=period))
    # A month that was closed and gained nothing since keeps its number: closing again changes nothing.
    if UsagePeriod.objects.filter(organization=organization, period=period, closed_at=None).exists():
        months.add(period)
    _take_numbers(organization.pk, sorted(months), period, now)
    for month in sorted({period, *months}):
        fix_period_rate(organization, month)
    # Read after the locks: what was committed while they were waited for belongs to the closed numbers too. A
    # month that gained its first late event meanwhile was not locked; it waits for the next invoice.
    found = unbilled_closes(organization.pk, through=period)
    return {month: numbers for month, numbers in found.items() if month in months}


def close_due_months(*, now: datetime | None = None) -> list[Invoice]:
    """Close, oldest first, every month that is over and has no invoice, and draft it.

    Starts with an organization's first plan; a month whose invoice was voided is drafted again.
    Each month in a transaction of its own; an organization that cannot be closed is left, with what stands in the
    way, for the guided page.
    """
    now = now or timezone.now()
    subscribed = Subscription.objects.values_list("organization_id", flat=True)
    organizations = Organization.objects.filter(
        pk__in=subscribed, twin_of=None, billing_account__isnull=False
    ).order_by("pk")
    return [invoice for organization in organizations for invoice in _close_due(organization, now)]


def _close_due(organization: Organization, now: datetime) -> Iterable[Invoice]:
    for period in months_due(organization.pk, now):
        try:
            invoice = close_month(organization=organization, period=period, now=now)
        except CannotClose as blocked:
            log.warning(
                "month not closed", organization=organization.slug, period=f"{period:%Y-%m}", why=str(blocked)
            )
            return
        except Exception:
            # Whatever it is, the others are not to wait for it.
            log.exception("month not closed", organization=organization.slug, period=f"{period:%Y-%m}")
            return
        if invoice is not None:
            yield invoice


def _take_numbers(organization_id: int, months: list[date], closing: date, now: datetime) -> None:
    """Wait until no ingest transaction is open in ``months``, and give what comes later the next number.

    Only ``closing`` counts as closed: the other months may have no invoice of their own yet.
    """
    with connection.cursor() as cursor:
        for month in months:
            cursor.execute(LOCK_ALONE, [period_lock(organization_id, month)])
    periods = UsagePeriod.objects.filter(organization_id=organization_id, period__in=months)
    periods.update(close_number=F("close_number") + 1)
    periods.filter(period=closing).update(closed_at=now)


def _draft(account: BillingAccount, preview: InvoicePreview) -> Invoice:
    organization = account.organization
    calculation = preview.calculation
    invoice = Invoice.objects.create(
        organization=organization,
        issuer=account.issuer,
        period=preview.period,
        currency=preview.currency,
        units_per_usd=preview.rate.units_per_usd,
        language=organization.language,
        time_zone=UsagePeriod.objects.values_list("time_zone", flat=True).get(
            organization=organization, period=preview.period
        ),
        parties={},
        terms=terms_to_json(preview.terms)
        | {"rate_date": preview.rate.rate_date.isoformat() if preview.rate.rate_date else None},
        net_payment_term=account.net_payment_term,
        net_total=calculation.net_total,
        tax_total=calculation.tax_total,
        total=calculation.total,
    )
    write_parts(invoice, calculation, preview.shares)
    return invoice


def _carry_closes(organization_id: int, invoice: Invoice, closes: dict[date, list[int]]) -> None:
    InvoicedClose.objects.bulk_create(
        InvoicedClose(organization_id=organization_id, period=month, close_number=number, invoice=invoice)
        for month, numbers in closes.items()
        for number in numbers
    )
