"""From usage to a finalized invoice: closing again, late events, corrections of the plan, currencies."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from billing.enums import ChargeCategory, InvoiceStatus, LineKind, PaymentStatus
from billing.models import BillingAccount, ExchangeRate, Invoice, InvoicedClose, InvoiceLine, Plan
from billing.queries.invoice_check import invoice_differences, missing_numbers, reproduced_digest
from billing.queries.month_close import CannotClose, close_blockers, invoice_preview
from billing.queries.rates import period_rate
from billing.services.invoices import discard_draft, finalize_invoice, void_invoice
from billing.services.month_close import close_due_months, close_month
from billing.services.payments import credit_balance, record_payment
from billing.services.rates import fix_rates_of_begun_months
from billing.services.subscriptions import subscribe
from tests.billing.billing_fixtures import AFTER_JUNE, AFTER_MAY, JUNE, MAY, billed_organization
from tests.usage.corrections.voids import said, void
from tests.usage.ledger_fixtures import event, store
from usage.models import SpendDaily, UsageEvent, UsagePeriod

pytestmark = pytest.mark.django_db

MILLION = 1_000_000


def test_a_month_becomes_an_invoice_that_adds_up() -> None:
    organization = billed_organization(name="Acme", slug="acme")
    store(organization, event(input_tokens=MILLION, cache_read_input_tokens=400_000, output_tokens=200_000))
    invoice = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    assert invoice is not None and invoice.status == InvoiceStatus.DRAFT
    lines = {(line.kind, line.charge_kind): (line.quantity, line.amount) for line in invoice.lines.all()}
    # Without a price of its own, cached input costs as much as other input: 2 dollars a million.
    assert lines == {
        (LineKind.BASE_FEE, ""): (1, Decimal(20)),
        (LineKind.USAGE, "input"): (600_000, Decimal("1.20")),
        (LineKind.USAGE, "cache_read"): (400_000, Decimal("0.80")),
        (LineKind.USAGE, "output"): (200_000, Decimal("2.00")),
    }
    assert (invoice.net_total, invoice.tax_total, invoice.total) == (24, Decimal("4.56"), Decimal("28.56"))
    finalized = finalize_invoice(invoice_id=invoice.pk)
    assert (finalized.number, finalized.status) == ("INV-00001", InvoiceStatus.FINALIZED)
    assert finalized.issuing_date is not None
    assert finalized.payment_due_date == finalized.issuing_date + timedelta(days=14)
    assert finalized.parties["buyer"]["legal_name"] == "Acme Ltd"
    assert list(invoice_differences(organization.pk)) == []


def test_closing_and_finalizing_again_changes_nothing() -> None:
    organization = billed_organization()
    store(organization, event())
    first = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    assert first == close_month(organization=organization, period=MAY, now=AFTER_MAY)
    finalized = finalize_invoice(invoice_id=first.pk)
    assert finalize_invoice(invoice_id=first.pk).number == finalized.number
    assert close_month(organization=organization, period=MAY, now=AFTER_MAY) == finalized
    assert Invoice.objects.count() == 1
    assert UsagePeriod.objects.get(organization=organization, period=MAY).close_number == 2


def test_late_events_are_an_adjustment_on_the_next_invoice_and_the_first_stays() -> None:
    organization = billed_organization()
    store(organization, event(input_tokens=MILLION))
    first = finalize_invoice(invoice_id=close_month(organization=organization, period=MAY, now=AFTER_MAY).pk)
    before = (first.number, first.lines_digest, first.total, reproduced_digest(first))
    late = event(input_tokens=3 * MILLION, output_tokens=0)
    store(organization, late, event(occurred_at=datetime(2026, 6, 10, tzinfo=UTC)), received_at=AFTER_MAY)
    first.refresh_from_db()
    assert (first.number, first.lines_digest, first.total, reproduced_digest(first)) == before
    second = close_month(organization=organization, period=JUNE, now=AFTER_JUNE)
    adjustments = second.lines.filter(charge_category=ChargeCategory.ADJUSTMENT)
    assert [(line.service_period, line.quantity, line.amount) for line in adjustments] == [
        (MAY, 3 * MILLION, Decimal(6))
    ]
    assert second.lines.filter(kind=LineKind.BASE_FEE).count() == 1
    charged = InvoiceLine.objects.filter(kind=LineKind.USAGE)
    assert sum(line.cost for line in charged) == sum(
        UsageEvent.objects.values_list("contracted_cost", flat=True)
    )


def test_what_happens_at_midnight_is_charged_in_one_month_only() -> None:
    organization = billed_organization(time_zone="Asia/Kathmandu")
    midnight = datetime(2026, 5, 31, 18, 15, tzinfo=UTC)
    store(
        organization,
        event(occurred_at=midnight - timedelta(microseconds=1), input_tokens=MILLION, output_tokens=0),
        event(occurred_at=midnight, input_tokens=2 * MILLION, output_tokens=0),
    )
    totals = [
        close_month(organization=organization, period=month, now=AFTER_JUNE).net_total
        for month in (MAY, JUNE)
    ]
    assert totals == [22, 24]


def test_a_finalized_invoice_cannot_be_changed_by_anyone() -> None:
    organization = billed_organization()
    store(organization, event())
    invoice = finalize_invoice(
        invoice_id=close_month(organization=organization, period=MAY, now=AFTER_MAY).pk
    )
    changes = [
        lambda: Invoice.objects.filter(pk=invoice.pk).update(total=1),
        lambda: Invoice.objects.filter(pk=invoice.pk).update(status=InvoiceStatus.DRAFT, number=None),
        lambda: Invoice.objects.filter(pk=invoice.pk)._raw_delete("default"),
        lambda: invoice.lines.update(amount=1),
        lambda: invoice.taxes.all()._raw_delete("default"),
        lambda: InvoiceLine.objects.filter(invoice=invoice).first().delete(),
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match="finalized"), transaction.atomic():
            change()
    with pytest.raises(ValidationError):
        discard_draft(invoice_id=invoice.pk)


def test_a_voided_invoice_keeps_its_number_and_its_usage_is_charged_again() -> None:
    organization = billed_organization()
    store(organization, event(input_tokens=MILLION))
    invoice = finalize_invoice(
        invoice_id=close_month(organization=organization, period=MAY, now=AFTER_MAY).pk
    )
    void_invoice(invoice_id=invoice.pk, reason="wrong address")
    again = finalize_invoice(invoice_id=close_month(organization=organization, period=MAY, now=AFTER_MAY).pk)
    assert (again.number, again.total) == ("INV-00002", invoice.total)
    assert missing_numbers(invoice.issuer_id) == []
    record_payment(invoice_id=again.pk, amount=Decimal(1), paid_on=date(2026, 6, 20))
    with pytest.raises(ValidationError):
        void_invoice(invoice_id=again.pk, reason="too late")


def test_a_discarded_draft_is_drafted_anew_with_what_came_since() -> None:
    organization = billed_organization()
    store(organization, event(input_tokens=MILLION, output_tokens=0))
    draft = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    store(organization, event(input_tokens=MILLION, output_tokens=0))
    discard_draft(invoice_id=draft.pk)
    assert not InvoicedClose.objects.exists()
    anew = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    assert anew.net_total == 24


def test_a_draft_that_the_ledger_no_longer_backs_is_not_finalized() -> None:
    organization = billed_organization()
    store(organization, event())
    draft = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    InvoiceLine.objects.filter(invoice=draft, kind=LineKind.USAGE).update(amount=99)
    Invoice.objects.filter(pk=draft.pk).update(lines_digest="0" * 64)
    with pytest.raises(ValidationError, match="Discard"):
        finalize_invoice(invoice_id=draft.pk)
    assert {difference.fact for difference in invoice_differences(organization.pk)} == {
        "digest of the lines",
        "net total",
        "total",
    }


def test_the_plans_factor_prices_events_from_its_month_on() -> None:
    organization = billed_organization(markup_factor="1.2")
    dear = Plan.objects.create(code="dear", name="Dear", markup_factor=Decimal("2"))
    subscribe(organization=organization, plan=dear, valid_from=JUNE)
    june = datetime(2026, 6, 1, tzinfo=UTC)
    store(
        organization,
        event(transaction_id="may", occurred_at=june - timedelta(microseconds=1)),
        event(transaction_id="june", occurred_at=june),
    )
    costs = dict(UsageEvent.objects.values_list("transaction_id", "contracted_cost"))
    assert costs == {"may": Decimal("0.0036"), "june": Decimal("0.006")}
    assert set(UsageEvent.objects.values_list("list_cost", flat=True)) == {Decimal("0.003")}
    spent = SpendDaily.objects.filter(scope_kind="organization").values_list("contracted_cost", flat=True)
    assert sorted(spent) == [Decimal("0.0036"), Decimal("0.006")]
    invoice = close_month(organization=organization, period=MAY, now=AFTER_JUNE)
    assert invoice.lines.get(charge_kind="input").unit_price == Decimal("0.0000024")
    assert list(invoice_differences(organization.pk)) == []


def test_a_month_has_one_rate_and_its_adjustments_keep_it() -> None:
    organization = billed_organization(currency="JPY", units_per_usd="150", base_fee="1000", tax_rate="10")
    store(organization, event(input_tokens=MILLION, output_tokens=0))
    first = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    assert [line.amount for line in first.lines.all()] == [1000, 300]
    assert (first.net_total, first.tax_total, first.total) == (1300, 130, 1430)
    assert first.units_per_usd == 150


def test_a_negative_total_becomes_credit_that_the_next_invoice_uses() -> None:
    organization = billed_organization(base_fee="0", tax_rate="0")
    store(organization, event(transaction_id="wrong", input_tokens=10 * MILLION, output_tokens=0))
    first = finalize_invoice(invoice_id=close_month(organization=organization, period=MAY, now=AFTER_MAY).pk)
    assert first.total == 20
    assert said(void(organization, "wrong")) == ["voided"]
    second = finalize_invoice(
        invoice_id=close_month(organization=organization, period=JUNE, now=AFTER_JUNE).pk
    )
    assert (second.total, second.payment_status) == (-20, PaymentStatus.PAID)
    assert credit_balance(organization.pk, "USD") == 20
    july = datetime(2026, 7, 10, tzinfo=UTC)
    store(
        organization,
        event(occurred_at=july, input_tokens=16 * MILLION, output_tokens=0),
        received_at=AFTER_JUNE,
    )
    third = finalize_invoice(
        invoice_id=close_month(
            organization=organization, period=date(2026, 7, 1), now=datetime(2026, 8, 2, tzinfo=UTC)
        ).pk
    )
    assert (third.total, third.paid_total, third.payment_status) == (32, 20, PaymentStatus.PARTIALLY_PAID)
    assert credit_balance(organization.pk, "USD") == 0


def test_what_stands_in_the_way_is_said() -> None:
    organization = billed_organization(currency="CHF")
    store(organization, event(response_model="unheard-of"))
    now = datetime(2026, 5, 25, tzinfo=UTC)
    ExchangeRate.objects.all().delete()
    found = close_blockers(organization=organization, period=MAY, now=now)
    assert [(blocker.code, blocker.is_fatal) for blocker in found] == [
        ("not_over", True),
        ("no_exchange_rate", True),
        ("unpriced", False),
        ("earlier_open", False),
    ]
    with pytest.raises(CannotClose, match="exchange rate"):
        close_month(organization=organization, period=MAY, now=now)
    with pytest.raises(CannotClose):
        invoice_preview(organization=organization, period=MAY)


def test_the_schedule_closes_every_due_month_once_and_in_order() -> None:
    organization = billed_organization()
    blocked = billed_organization(
        issuer=BillingAccount.objects.get(organization=organization).issuer, currency="CHF"
    )
    ExchangeRate.objects.all().delete()
    for one in (organization, blocked):
        store(one, event())
    drafted = close_due_months(now=AFTER_MAY)
    months = [date(2026, month, 1) for month in range(1, 6)]
    assert [(invoice.organization, invoice.period) for invoice in drafted] == [
        (organization, month) for month in months
    ]
    assert [invoice.lines.filter(kind=LineKind.BASE_FEE).count() for invoice in drafted] == [1] * 5
    assert close_due_months(now=AFTER_MAY) == []
    assert [invoice.period for invoice in close_due_months(now=AFTER_JUNE)] == [JUNE]


def test_the_rate_of_a_month_is_fixed_when_it_begins() -> None:
    organization = billed_organization(currency="EUR", units_per_usd="0.9")
    assert fix_rates_of_begun_months(now=datetime(2026, 5, 1, 0, 5, tzinfo=UTC)) == 1
    ExchangeRate.objects.create(currency="EUR", rate_date=MAY, units_per_usd=Decimal("0.8"), source="later")
    assert period_rate(organization, MAY).units_per_usd == Decimal("0.9")
    assert period_rate(organization, JUNE).units_per_usd == Decimal("0.8")


def test_payments_partial_over_and_back() -> None:
    organization = billed_organization(base_fee="100", tax_rate="0")
    store(organization, event(input_tokens=0, output_tokens=0))
    invoice = finalize_invoice(
        invoice_id=close_month(organization=organization, period=MAY, now=AFTER_MAY).pk
    )
    day = date(2026, 6, 20)
    steps = [
        ("40", PaymentStatus.PARTIALLY_PAID),
        ("70", PaymentStatus.PAID),
        ("-110", PaymentStatus.REFUNDED),
    ]
    for amount, status in steps:
        record_payment(invoice_id=invoice.pk, amount=Decimal(amount), paid_on=day)
        invoice.refresh_from_db()
        assert invoice.payment_status == status
    first = record_payment(invoice_id=invoice.pk, amount=Decimal(5), paid_on=day, reference="A1")
    assert record_payment(invoice_id=invoice.pk, amount=Decimal(5), paid_on=day, reference="A1") == first
    for wrong in ("0", "-6", "0.001"):
        with pytest.raises(ValidationError):
            record_payment(invoice_id=invoice.pk, amount=Decimal(wrong), paid_on=day)
    assert list(invoice_differences(organization.pk)) == []
