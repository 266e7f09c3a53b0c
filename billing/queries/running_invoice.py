"""What the invoice of the month in progress would say now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from billing.enums import InvoiceStatus, LineKind
from billing.invoice_facts import InvoiceFacts, LineFacts, Party, TaxFacts
from billing.invoice_lines import Line
from billing.queries.books import Books, read_books
from billing.queries.month_close import (
    Blocker,
    CannotClose,
    InvoicePreview,
    preview_ahead,
)
from teams.models import Organization
from usage.periods import add_months
from usage.queries.snapshot import one_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningInvoice:
    """The invoice of ``period`` as it would be ``as_of``; without ``facts``, ``blockers`` say why."""

    period: date
    as_of: datetime
    facts: InvoiceFacts | None
    blockers: tuple[Blocker, ...] = ()

    @property
    def is_lower_bound(self) -> bool:
        """Whether some usage has no price yet, and will be charged once it has one."""
        lines = self.facts.lines if self.facts else ()
        return any(line.kind == LineKind.USAGE and line.unit_price is None for line in lines)

    @property
    def has_no_plan(self) -> bool:
        """Whether the organization simply is not billed."""
        return any(blocker.code in ("test_twin", "no_account", "no_plan") for blocker in self.blockers)


def running_invoice(
    *, organization: Organization, period: date, now: datetime, books: Books | None = None
) -> RunningInvoice:
    """What an invoice of ``period``, the month in progress, would say; without the shares. Reads only.

    While the month before has no invoice yet, that one will carry what is older, and it is left out here.
    """
    with one_snapshot():
        books = books or read_books(organization, month=period, with_plans=True, with_invoice=True)
        return running_ahead(organization=organization, period=period, now=now, books=books)()


def running_ahead(
    *, organization: Organization, period: date, now: datetime, books: Books
) -> Callable[[], RunningInvoice]:
    """The same, sent ahead."""
    closes = books.closes
    if closes.keys() - {period} and _is_to_come(books):
        closes = {month: numbers for month, numbers in closes.items() if month == period}
    preview_read = preview_ahead(organization, period, closes, with_shares=False, books=books)

    def running() -> RunningInvoice:
        try:
            preview = preview_read()
        except CannotClose as found:
            return RunningInvoice(period=period, as_of=now, facts=None, blockers=found.blockers)
        return RunningInvoice(period=period, as_of=now, facts=_facts(organization, preview))

    return running


def _is_to_come(books: Books) -> bool:
    """Whether the month before still waits for its invoice."""
    return books.plans.plan(add_months(books.month, -1)) is not None and not books.is_billed_before


def _facts(organization: Organization, preview: InvoicePreview) -> InvoiceFacts:
    calculation = preview.calculation
    return InvoiceFacts(
        status=InvoiceStatus.DRAFT,
        number="",
        period=preview.period,
        language=organization.language,
        currency=preview.currency,
        units_per_usd=preview.rate.units_per_usd,
        month_rates={month: terms.units_per_usd for month, terms in preview.terms.months.items()},
        rate_date=preview.rate.rate_date,
        net_payment_term=0,
        issuing_date=None,
        payment_due_date=None,
        issuer=Party(),
        buyer=Party(),
        lines=tuple(_line(line) for line in calculation.lines),
        taxes=tuple(
            TaxFacts(
                name=tax.name, rate=tax.rate, taxable_amount=tax.taxable_amount, tax_amount=tax.tax_amount
            )
            for tax in calculation.taxes
        ),
        shares=(),
        payments=(),
        net_total=calculation.net_total,
        tax_total=calculation.tax_total,
        total=calculation.total,
        paid_total=calculation.total * 0,
    )


def _line(line: Line) -> LineFacts:
    charge = line.charge
    return LineFacts(
        kind=line.kind,
        charge_category=line.charge_category,
        service_period=line.service_period,
        description=line.description,
        provider_name=charge.provider_name if charge else "",
        model_name=charge.model_name if charge else "",
        service_tier=charge.service_tier if charge else "",
        charge_kind=charge.kind if charge else None,
        context_threshold=charge.context_threshold if charge else 0,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
    )
