"""What stands on an invoice, word for word."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from billing.enums import InvoiceStatus, LineKind
from billing.invoice_facts import InvoiceFacts, PaymentFacts
from billing.invoice_paper import Paper, compose_paper
from tests.billing.invoice_factories import OCTOBER, SEPTEMBER, charge
from tests.billing.invoice_paper.samples import as_draft, facts_of
from usage.enums import ChargeKind


def paper_of(facts: InvoiceFacts) -> Paper:
    with translation.override(facts.language):
        return compose_paper(facts)


def summary(paper: Paper) -> list[tuple[str, str, str]]:
    return [(row.label, row.note, row.figure) for row in paper.summary]


def test_the_summary_goes_from_the_fee_to_the_total():
    charges = [
        charge(quantity=4_000_000, price="2.50"),
        charge(ChargeKind.OUTPUT, 1_000_000, "10"),
        charge(ChargeKind.WEB_SEARCH, 3, "10", per=1000),
        charge(quantity=1_000_000, price="2.50", month=SEPTEMBER),
        charge(ChargeKind.OUTPUT, -100_000, "10", month=SEPTEMBER),
    ]
    paper = paper_of(facts_of(charges, included_tokens=500_000))
    # 10 + 10 + 0.03 = 20.03; a tenth of the tokens' 20.00 is taken off; 2.50 − 1.00 came late; 19 % of 118.53.
    assert summary(paper) == [
        ("Base fee", "Team", "99.00"),
        ("Usage", "5,000,000 tokens", "20.03"),
        ("Included tokens", "500,000 tokens", "−2.00"),
        ("Adjustment", "September 2026", "1.50"),
        ("Net", "", "118.53"),
        ("VAT 19%", "on 118.53", "22.52"),
        ("Total", "", "$141.05"),
    ]
    assert (paper.amount.label, paper.amount.value) == ("Amount due", "$141.05")


def test_three_lines_of_three_cents_at_19_percent():
    """Edge case 21: 0.09 and 0.0171, half up."""
    charges = [charge(quantity=10_000, price="3", model=f"m{number}") for number in range(3)]
    facts = facts_of(charges, base_fee="0")
    assert [line.amount for line in facts.lines] == [Decimal("0.03")] * 3
    assert (facts.net_total, facts.tax_total, facts.total) == (
        Decimal("0.09"),
        Decimal("0.02"),
        Decimal("0.11"),
    )
    assert summary(paper_of(facts))[1:] == [
        ("Net", "", "0.09"),
        ("VAT 19%", "on 0.09", "0.02"),
        ("Total", "", "$0.11"),
    ]


def test_usage_stands_per_model_with_quantity_times_price():
    charges = [
        charge(quantity=12_345_678, price="2.50"),
        charge(ChargeKind.CACHE_READ, 4_000_000, "1.25"),
        charge(ChargeKind.AUDIO_SECOND, 90, "0.006", per=60, model="whisper-1"),
        charge(
            ChargeKind.WEB_SEARCH, 421, "10", per=1000, model="sonnet", provider="anthropic", tier="batch"
        ),
    ]
    (table,) = paper_of(facts_of(charges)).usage
    assert [(model.name, model.note, model.figure) for model in table.models] == [
        ("sonnet", "anthropic · batch", "4.21"),
        ("gpt-4o", "openai", "35.86"),
        ("whisper-1", "openai", "0.01"),
    ]
    assert [
        (row.label, row.quantity, row.unit, row.price + row.pad, row.per, row.figure)
        for model in table.models
        for row in model.rows
    ] == [
        ("Web search calls", "421", "calls", "10.000", "per 1,000", "4.21"),
        ("Input, not cached", "12,345,678", "tokens", "2.500", "per million", "30.86"),
        ("Cached input", "4,000,000", "tokens", "1.250", "per million", "5.00"),
        ("Audio seconds", "90", "seconds", "0.006", "per minute", "0.01"),
    ]
    assert (table.total, table.figure) == ("Usage of October 2026", "40.08")


def test_what_came_late_stands_apart_with_its_month():
    charges = [charge(), charge(quantity=2_000_000, month=SEPTEMBER)]
    own, late = paper_of(facts_of(charges)).usage
    assert (own.title, own.days, own.figure) == ("Usage by model", "Oct 1\u2009–\u200931, 2026", "2.50")
    assert (late.title, late.days, late.figure) == (
        "Adjustment of September 2026",
        "Sep 1\u2009–\u200930, 2026",
        "5.00",
    )


def test_splits_add_up_to_the_usage():
    facts = facts_of(
        [charge(quantity=40_000, price="2.50"), charge(quantity=0, month=SEPTEMBER)],
        features={"chat": 1, "agents": 1, "": 1},
        departments={"Research": 2, "Sales": 1},
    )
    by_feature, by_department = paper_of(facts).splits
    assert [(row.name, row.figure) for row in by_feature.rows] == [
        ("chat", "0.04"),
        ("agents", "0.03"),
        ("Unattributed", "0.03"),
    ]
    assert [row.share for row in by_department.rows] == ["70.0%", "30.0%"]
    assert (by_feature.figure, by_department.figure) == ("0.10", "0.10")


def test_usage_without_a_price_is_shown_as_such():
    paper = paper_of(facts_of([charge(price=None)]))
    (row,) = paper.usage[0].models[0].rows
    assert (row.price, row.per, row.figure) == ("no price yet", "", "0.00")
    assert "charged once its price is known" in paper.notes[-1]


def test_the_exchange_rate_is_stated_with_its_day():
    euros = facts_of([charge()], language="de", currency="EUR", units_per_usd="0.9123")
    assert paper_of(euros).notes[0] == "1 USD = 0,9123 EUR, Kurs vom 01.10.2026, fest für den Monat."
    late = replace(euros, language="en", month_rates={OCTOBER: Decimal("0.9123"), SEPTEMBER: Decimal("0.9")})
    assert paper_of(late).notes[1] == "Adjustment of September 2026: 1 USD = 0.9000 EUR."
    assert not [note for note in paper_of(facts_of([charge()])).notes if "USD" in note]


def test_payments_and_used_credit_leave_what_is_due():
    payments = (
        PaymentFacts(
            paid_on=date(2026, 11, 16),
            method="credit balance",
            reference="credit balance",
            amount=Decimal("20"),
        ),
        PaymentFacts(
            paid_on=date(2026, 11, 18), method="bank transfer", reference="X1", amount=Decimal("50")
        ),
    )
    facts = replace(facts_of(paid_total="70"), payments=payments)
    paper = paper_of(facts)
    assert summary(paper)[-4:] == [
        ("Total", "", "$117.81"),
        ("Credit balance used", "", "−20.00"),
        ("Already paid", "", "−50.00"),
        ("Amount due", "", "$47.81"),
    ]
    assert [(row.day, row.method, row.reference, row.figure) for row in paper.payments] == [
        ("Nov 16, 2026", "Credit balance", "", "20.00"),
        ("Nov 18, 2026", "Bank transfer", "X1", "50.00"),
    ]


def test_where_nothing_is_to_be_paid_nobody_is_asked_to():
    paid = paper_of(facts_of(paid_total="117.81"))
    assert (paid.amount.value, paid.due, paid.bank) == ("$0.00", None, ())
    owed = paper_of(facts_of([charge(quantity=-100_000_000)], base_fee="0"))
    assert (owed.amount.label, owed.amount.value, owed.due) == ("Credit to your balance", "$297.50", None)


def test_a_draft_has_neither_number_nor_dates():
    paper = paper_of(as_draft(facts_of([charge()])))
    assert (paper.title, paper.issued_on, paper.is_draft) == ("Draft invoice", "", True)
    assert paper.due.value == "14 days after issue"
    assert [fact.label for fact in paper.facts] == ["Service period", "Purchase order"]
    assert "Reference" not in [fact.label for fact in paper.bank]


def test_a_voided_invoice_says_so():
    assert paper_of(replace(facts_of(), status=InvoiceStatus.VOIDED)).is_voided


@pytest.mark.parametrize(
    ("currency", "base_fee", "net", "tax", "total"),
    [
        # Edge case 22. 19 % of 15,001 yen are 2,850.19; of 99.001 dinars 18.81019.
        ("JPY", "15001", "15,001", "2,850", "¥17,851"),
        ("KWD", "99.001", "99.001", "18.810", "KWD\u00a0117.811"),
        ("IDR", "1000000000", "1,000,000,000.00", "190,000,000.00", "IDR\u00a01,190,000,000.00"),
    ],
)
def test_every_currency_keeps_its_places(currency, base_fee, net, tax, total):
    rows = summary(paper_of(facts_of(currency=currency, base_fee=base_fee)))
    assert [row[2] for row in rows[1:]] == [net, tax, total]


def test_lines_of_every_kind_are_somewhere_in_the_summary():
    """A kind of line that the summary forgot would leave a total that nobody can follow."""
    facts = facts_of([charge()])
    for kind in LineKind:
        line = replace(facts.lines[0], kind=kind, amount=Decimal("7.77"))
        assert "7.77" in [row.figure for row in paper_of(replace(facts, lines=(line,))).summary], kind
