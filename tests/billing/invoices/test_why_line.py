"""Long contexts stand on lines that say so, and every line says why it comes to what it does."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from billing.enums import LineKind
from billing.line_words import charged_kind
from billing.models import Invoice
from billing.paper_usage import usage_tables
from billing.queries.invoice_paper import invoice_facts
from billing.queries.why_line import WhyLine, why_line
from billing.rounding import rounded
from billing.services.month_close import close_month
from tests.billing.billing_fixtures import AFTER_JUNE, AFTER_MAY, JUNE, MAY, billed_organization
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import event, store
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.enums import ChargeKind, UnpricedReason
from usage.services.price_list import raise_price_list_version

pytestmark = pytest.mark.django_db
IN_JUNE = datetime(2026, 6, 20, tzinfo=UTC)
MAY_DAY, JUNE_DAY = (datetime(2026, month, 10, 12, tzinfo=UTC) for month in (5, 6))


@pytest.fixture
def june() -> Invoice:
    """June of an organization that pays in euros 0.9 a dollar, 1.5 of the list; May has a late event and a void."""
    organization = billed_organization(currency="EUR", included_tokens=100_000, markup_factor="1.5")
    PriceFactory(
        model=LlmModelFactory(name="gpt-4o"),
        context_threshold=200_000,
        input=Decimal("0.000004"),
        source="long",
    )
    raise_price_list_version()
    store(organization, event(occurred_at=MAY_DAY, transaction_id="early", input_tokens=7))
    assert close_month(organization=organization, period=MAY, now=AFTER_MAY)
    store(
        organization,
        event(occurred_at=MAY_DAY, input_tokens=333),
        event(occurred_at=JUNE_DAY, input_tokens=300_000),
        event(occurred_at=JUNE_DAY, input_tokens=1_111),
        event(occurred_at=JUNE_DAY, response_model="mystery-1"),
        received_at=IN_JUNE,
    )
    void(organization, "early", received_at=IN_JUNE)
    draft = close_month(organization=organization, period=JUNE, now=AFTER_JUNE)
    assert draft is not None
    return draft


def labels(invoice: Invoice) -> list[str]:
    (table, *_late) = usage_tables(invoice_facts(invoice))
    return [row.label for model in table.models for row in model.rows]


def test_a_long_context_says_from_which_size_on(june: Invoice) -> None:
    assert labels(june).count("Input, not cached") == 2  # of gpt-4o and of the unknown model
    assert "Input, not cached, above 200,000 tokens" in labels(june)
    line = june.lines.get(context_threshold=200_000, charge_kind="input")
    assert (line.quantity, line.unit_price) == (300_000, Decimal("0.000006"))


def test_lines_from_before_keep_their_words(june: Invoice) -> None:
    june.lines.update(context_threshold=0)
    assert labels(june).count("Input, not cached") == 3


def test_the_words_are_those_of_the_documents_language() -> None:
    with override("de"):
        written = charged_kind(ChargeKind.OUTPUT, context_threshold=200_000, locale="de")
    assert "200.000" in written


def explained(invoice: Invoice) -> list[WhyLine]:
    positions = invoice.lines.filter(kind=LineKind.USAGE).values_list("position", flat=True)
    found = [why_line(invoice, position) for position in positions]
    assert None not in found
    return [line for line in found if line is not None]


def test_every_line_adds_up_from_the_ledger_to_the_rounded_amount(june: Invoice) -> None:
    lines = explained(june)
    assert len(lines) == 7
    for line in lines:
        assert sum(close.quantity for close in line.closes) == line.quantity
        assert sum(close.cost for close in line.closes) == line.cost
        assert line.cost == line.quantity * (line.unit_price or 0)
        assert rounded(line.exact_amount, "EUR") == line.amount
        assert line.exact_amount + line.rounding == line.amount
        assert line.units_per_usd == Decimal("0.9")
    long = next(line for line in lines if line.context_threshold)
    assert long.price is not None
    assert (long.price.source, long.price.rate_factor, long.price.is_own) == ("long", Decimal("1.5"), False)
    assert (long.amount, long.included_tokens) == (Decimal("1.62"), 100_000)
    late = [line for line in lines if line.is_adjustment and line.kind == ChargeKind.INPUT]
    assert [line.quantity for line in late] == [333 - 7]
    unpriced = [line for line in lines if line.price is None]
    assert {line.unpriced_reason for line in unpriced} == {UnpricedReason.UNKNOWN_MODEL}


def test_only_lines_of_usage_have_a_reason(june: Invoice) -> None:
    fee = june.lines.get(kind=LineKind.BASE_FEE)
    assert why_line(june, fee.position) is None
    assert why_line(june, 99) is None


def test_few_queries(june: Invoice) -> None:
    position = explained(june)[0].position
    with CaptureQueriesContext(connection) as captured:
        assert why_line(june, position)
    assert len(captured) <= 8
