"""What invoices keep, and what stays right when accounts, titles, plans and number series change around them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from billing.admin.invoice_actions import PaymentForm
from billing.enums import CloseStage, SeriesKind
from billing.models import BillingAccount, Invoice, NumberSeries, Plan, Subscription
from billing.queries.charges import unbilled_closes
from billing.queries.close_board import close_rows
from billing.queries.invoice_check import missing_numbers, reproduced_digest
from billing.queries.month_close import close_blockers
from billing.services.invoices import discard_draft, finalize_invoice, void_invoice
from billing.services.month_close import close_due_months, close_month
from billing.services.payments import credit_balance, record_payment
from billing.services.subscriptions import subscribe
from tests.billing.billing_fixtures import AFTER_JUNE, AFTER_MAY, JUNE, MAY, billed_organization, make_issuer
from tests.usage.ledger_fixtures import event, store
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.models import LlmModel, UsagePeriod

pytestmark = pytest.mark.django_db

MILLION = 1_000_000


@pytest.mark.parametrize("changed", ["issuer", "tax_name", "tax_rate"])
def test_a_draft_of_another_issuer_or_tax_than_the_accounts_is_not_finalized(changed) -> None:
    organization = billed_organization()
    store(organization, event())
    draft = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    other = {"issuer": make_issuer(legal_name="Other GmbH"), "tax_name": "GST", "tax_rate": 7}
    account = BillingAccount.objects.filter(organization=organization)
    before = account.values("issuer", "tax_name", "tax_rate").get()
    account.update(**{changed: other[changed]})
    with pytest.raises(ValidationError, match="Discard it and close the month again"):
        finalize_invoice(invoice_id=draft.pk)
    account.update(**before)
    parties = finalize_invoice(invoice_id=draft.pk).parties
    assert parties["issuer"]["legal_name"] == draft.issuer.legal_name


def test_a_renamed_model_leaves_the_digest_as_it_is() -> None:
    organization = billed_organization()
    second = LlmModelFactory(name="a-model")
    PriceFactory(model=second)
    store(organization, event(), event(response_model="a-model", input_tokens=7))
    invoice = finalize_invoice(
        invoice_id=close_month(organization=organization, period=MAY, now=AFTER_MAY).pk
    )
    used = invoice.lines.exclude(model_id=0).order_by("position").values_list("model_id", flat=True)
    assert len(set(used)) == 2
    LlmModel.objects.filter(pk=used[0]).update(title="zzz last")
    assert reproduced_digest(invoice) == invoice.lines_digest


def test_lines_and_closes_of_a_finalized_invoice_stay_with_it() -> None:
    organization = billed_organization()
    store(organization, event())
    may, june = (
        close_month(organization=organization, period=month, now=AFTER_JUNE) for month in (MAY, JUNE)
    )
    with pytest.raises(DatabaseError, match="finalized"), transaction.atomic():
        june.closes.model.objects.filter(invoice=may).update(close_number=9)
    finalize_invoice(invoice_id=may.pk)
    changes = [
        lambda: may.lines.update(invoice=june, position=99),
        lambda: june.lines.update(invoice=may, position=99),
        lambda: may.closes.update(invoice=june),
        lambda: may.closes.all().delete(),
        lambda: may.closes.create(organization=organization, period=JUNE, close_number=9),
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match="finalized"), transaction.atomic():
            change()
    void_invoice(invoice_id=may.pk, reason="wrong")
    assert not may.closes.exists()
    discard_draft(invoice_id=june.pk)


def _stages(organization) -> list[CloseStage]:
    return [
        row.stage
        for month in (MAY, JUNE)
        for row in close_rows(month, limit=9, now=AFTER_JUNE)
        if row.organization == organization
    ]


def test_a_month_without_an_invoice_is_open_and_due_again() -> None:
    organization = billed_organization()
    store(organization, event())
    close_due_months(now=AFTER_JUNE)
    assert _stages(organization) == [CloseStage.DRAFT, CloseStage.DRAFT]
    may = Invoice.objects.get(period=MAY)
    discard_draft(invoice_id=may.pk)
    assert _stages(organization) == [CloseStage.OPEN, CloseStage.DRAFT]
    warned = close_blockers(organization=organization, period=JUNE, now=AFTER_JUNE)
    assert [(one.code, one.count, one.is_fatal) for one in warned] == [("earlier_open", 1, False)]
    (again,) = close_due_months(now=AFTER_JUNE)
    finalize_invoice(invoice_id=again.pk)
    void_invoice(invoice_id=again.pk, reason="wrong")
    assert UsagePeriod.objects.get(organization=organization, period=MAY).closed_at is None
    assert [invoice.period for invoice in close_due_months(now=AFTER_JUNE)] == [MAY]
    assert close_blockers(organization=organization, period=JUNE, now=AFTER_JUNE) == []


def test_a_later_month_closed_first_leaves_the_earlier_one_open() -> None:
    organization = billed_organization()
    store(organization, event())
    june = close_month(organization=organization, period=JUNE, now=AFTER_JUNE)
    assert june.lines.filter(service_period=MAY).exists()
    assert _stages(organization) == [CloseStage.OPEN, CloseStage.DRAFT]
    assert UsagePeriod.objects.get(organization=organization, period=MAY).close_number == 2
    assert MAY in {invoice.period for invoice in close_due_months(now=AFTER_JUNE)}


def test_usage_before_the_first_plan_is_not_charged() -> None:
    organization = billed_organization(tax_rate="0")
    Subscription.objects.filter(organization=organization).update(valid_from=JUNE)
    store(organization, event(input_tokens=MILLION))
    assert unbilled_closes(organization.pk, through=JUNE) == {}
    store(organization, event(occurred_at=datetime(2026, 6, 1, tzinfo=UTC)), received_at=AFTER_MAY)
    june = close_month(organization=organization, period=JUNE, now=AFTER_JUNE)
    assert set(june.lines.values_list("service_period", flat=True)) == {JUNE}
    Subscription.objects.filter(organization=organization).update(valid_from=MAY)
    assert list(unbilled_closes(organization.pk, through=JUNE)) == [MAY]


def test_a_plan_does_not_begin_in_a_month_that_is_invoiced() -> None:
    organization = billed_organization()
    draft = close_month(organization=organization, period=JUNE, now=AFTER_JUNE)
    other = Plan.objects.create(code="other", name="Other")
    for month in (MAY, JUNE):
        with pytest.raises(ValidationError, match="invoiced already") as refused:
            subscribe(organization=organization, plan=other, valid_from=month)
        assert set(refused.value.message_dict) == {"valid_from"}
    discard_draft(invoice_id=draft.pk)
    subscribe(organization=organization, plan=other, valid_from=JUNE)


def test_another_prefix_or_first_number_is_no_gap_and_a_lost_number_is() -> None:
    organization = billed_organization()
    store(organization, event())
    issuer = BillingAccount.objects.get(organization=organization).issuer

    def again(**changed: object) -> str | None:
        NumberSeries.objects.update_or_create(issuer=issuer, kind=SeriesKind.INVOICE, defaults=changed)
        draft = close_month(organization=organization, period=MAY, now=AFTER_MAY)
        number = finalize_invoice(invoice_id=draft.pk).number
        void_invoice(invoice_id=draft.pk, reason="again")
        return number

    numbers = [again(prefix="INV-", next_number=41), again(digits=3), again(prefix="2027")]
    numbers += [again(prefix="2028", next_number=1)]
    assert numbers == ["INV-00041", "INV-042", "2027043", "2028001"]
    assert missing_numbers(issuer.pk) == []
    again(next_number=3)
    NumberSeries.objects.filter(issuer=issuer).update(next_number=5)
    assert missing_numbers(issuer.pk) == ["2028002", "2028004"]


def test_a_payment_needs_a_reference() -> None:
    organization = billed_organization()
    invoice = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    assert invoice is not None
    fields = {"amount": "1", "paid_on": "2026-06-14", "method": "bank transfer"}
    assert set(PaymentForm(fields, invoice=invoice).errors) == {"reference"}
    assert PaymentForm(fields | {"reference": "B-1"}, invoice=invoice).is_valid()


def test_a_second_issuer_gets_a_prefix_of_its_own() -> None:
    numbers = []
    for issuer in (make_issuer(), make_issuer(legal_name="Other GmbH")):
        for month in (MAY, JUNE):
            organization = billed_organization(issuer=issuer)
            draft = close_month(organization=organization, period=month, now=AFTER_JUNE)
            numbers.append(finalize_invoice(invoice_id=draft.pk).number)
    own = f"INV{issuer.pk}-"
    assert numbers == ["INV-00001", "INV-00002", f"{own}00001", f"{own}00002"]


def test_what_is_paid_over_the_total_is_credit_until_it_is_paid_back() -> None:
    organization = billed_organization(base_fee="100", tax_rate="0")
    may, june = (
        close_month(organization=organization, period=month, now=AFTER_JUNE).pk for month in (MAY, JUNE)
    )
    finalize_invoice(invoice_id=may)
    balances = []
    for amount in (90, 30, 5, -10, -115, 130):
        record_payment(invoice_id=may, amount=Decimal(amount), paid_on=JUNE)
        balances.append(credit_balance(organization.pk, "USD"))
        if amount == -115:
            assert not Invoice.objects.get(pk=may).paid_total
    assert balances == [0, 20, 25, 15, 0, 30]
    assert finalize_invoice(invoice_id=june).paid_total == 30
    assert credit_balance(organization.pk, "USD") == 0
    with pytest.raises(ValidationError, match="used already"):
        record_payment(invoice_id=may, amount=Decimal(-30), paid_on=JUNE)
    assert Invoice.objects.get(pk=may).paid_total == 130


def test_an_invoice_whose_excess_was_paid_back_can_be_voided() -> None:
    organization = billed_organization(base_fee="100", tax_rate="0")
    may = close_month(organization=organization, period=MAY, now=AFTER_MAY).pk
    finalize_invoice(invoice_id=may)
    for amount in (120, -120):
        record_payment(invoice_id=may, amount=Decimal(amount), paid_on=JUNE)
    void_invoice(invoice_id=may, reason="wrong")
