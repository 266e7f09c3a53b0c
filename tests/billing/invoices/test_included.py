"""Tokens that a plan includes, when usage comes late, is voided or re-rated, or an invoice is voided."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from billing.enums import LineKind
from billing.invoice_lines import Billed, MonthTerms, Terms, calculate
from billing.models import ExchangeRate, Invoice, InvoiceLine
from billing.queries.charges import charges_of
from billing.queries.invoice_check import invoice_differences
from billing.services.invoices import discard_draft, finalize_invoice, void_invoice
from billing.services.month_close import close_month
from teams.models import Organization
from tests.billing.billing_fixtures import AFTER_JUNE, JUNE, MAY, billed_organization
from tests.usage.corrections.voids import said, void
from tests.usage.ledger_fixtures import event, store
from tests.usage.price_factories import PriceFactory
from tests.usage.rerating.scene import rerated
from usage.events import Event
from usage.models import LlmModel
from usage.services.price_list import raise_price_list_version
from usage.services.snapshots import MEMORY

MILLION = 1_000_000
JULY = date(2026, 7, 1)
LATE = datetime(2026, 11, 20, tzinfo=UTC)
"""When all months of these tests are over."""


def million(name: str = "", millions: float = 1) -> Event:
    """A call of so many million input tokens, two dollars each."""
    named = {"transaction_id": name} if name else {}
    return event(input_tokens=int(millions * MILLION), output_tokens=0, **named)


def billed(**fields: object) -> Organization:
    return billed_organization(**({"base_fee": "0", "tax_rate": "0", "included_tokens": MILLION} | fields))  # type: ignore[arg-type]


def invoiced(organization: Organization, period: date) -> Invoice:
    draft = close_month(organization=organization, period=period, now=LATE)
    assert draft is not None
    return finalize_invoice(invoice_id=draft.pk)


def included_on(invoice: Invoice) -> list[tuple[date, int, Any]]:
    """(service month, tokens, amount) of what an invoice takes off, or back."""
    lines = invoice.lines.filter(kind=LineKind.INCLUDED).order_by("position")
    return list(lines.values_list("service_period", "quantity", "amount"))


def of_may(organization: Organization) -> tuple[int, Any]:
    """Tokens taken off of May, and what all of May comes to, on all invoices that hold."""
    lines = InvoiceLine.objects.filter(invoice__organization=organization, service_period=MAY)
    held = list(lines.exclude(invoice__status="voided").exclude(kind=LineKind.BASE_FEE))
    return (
        sum(line.quantity for line in held if line.kind == LineKind.INCLUDED),
        sum((line.amount for line in held), Decimal(0)),
    )


@pytest.mark.django_db
def test_included_tokens_of_voided_usage_are_taken_back() -> None:
    organization = billed()
    store(organization, million(millions=0.5), million("wrong"))
    first = invoiced(organization, MAY)
    assert (included_on(first), first.total) == ([(MAY, MILLION, Decimal(-2))], 1)
    assert said(void(organization, "wrong")) == ["voided"]
    second = invoiced(organization, JUNE)
    assert included_on(second) == [(MAY, -MILLION // 2, Decimal(1))]
    assert second.total == -1
    assert of_may(organization) == (MILLION // 2, 0)
    assert list(invoice_differences(organization.pk)) == []


@pytest.mark.django_db
def test_tokens_that_were_taken_back_are_there_for_what_comes_after() -> None:
    organization = billed()
    store(organization, million("wrong"))
    invoiced(organization, MAY)
    void(organization, "wrong")
    assert invoiced(organization, JUNE).total == 0
    assert of_may(organization) == (0, 0)
    store(organization, million(millions=1.5), received_at=AFTER_JUNE)
    assert invoiced(organization, JULY).total == 1
    assert of_may(organization) == (MILLION, 1)


@pytest.mark.django_db
def test_where_usage_stays_above_what_is_included_only_its_price_comes_back() -> None:
    organization = billed()
    store(organization, million(millions=3), million("wrong"))
    assert invoiced(organization, MAY).total == 6
    void(organization, "wrong")
    second = invoiced(organization, JUNE)
    assert (included_on(second), second.total) == ([], -2)


@pytest.mark.django_db
def test_a_lower_price_takes_back_what_included_tokens_were_worth_too_much() -> None:
    organization = billed()
    store(organization, million(millions=2))
    assert invoiced(organization, MAY).total == 2
    model = LlmModel.objects.get(name="gpt-4o")
    PriceFactory(model=model, valid_from=datetime(2026, 5, 1, tzinfo=UTC), input="0.000001")
    raise_price_list_version()
    rerated(model)
    second = invoiced(organization, JUNE)
    # No token more or less is included; half of them cost a dollar less than what was taken off.
    assert (included_on(second), second.total) == ([(MAY, 0, Decimal(1))], -1)
    assert of_may(organization) == (MILLION, 1)
    assert list(invoice_differences(organization.pk)) == []


@pytest.mark.django_db
def test_an_invoice_voided_after_its_adjustment_is_made_anew_with_what_is_left_included() -> None:
    organization = billed()
    store(organization, million(millions=0.5), million("wrong"))
    first = invoiced(organization, MAY)
    void(organization, "wrong")
    invoiced(organization, JUNE)
    void_invoice(invoice_id=first.pk, reason="wrong address")
    again = invoiced(organization, MAY)
    assert (included_on(again), again.total) == ([(MAY, MILLION, Decimal(-2))], 1)
    assert of_may(organization) == (MILLION // 2, 0)
    assert list(invoice_differences(organization.pk)) == []


@pytest.mark.django_db
def test_what_was_billed_in_another_currency_is_converted_by_the_months_rates() -> None:
    organization = billed()
    store(organization, million(millions=1.5), million("wrong", 0.5))
    invoiced(organization, MAY)
    Organization.objects.filter(pk=organization.pk).update(currency="EUR")
    organization.refresh_from_db()
    ExchangeRate.objects.create(
        currency="EUR", rate_date=date(2026, 1, 1), units_per_usd="0.5", source="test"
    )
    void(organization, "wrong")
    assert invoiced(organization, JUNE).total == Decimal("-0.50")


class TestAnyVoids(TestCase):
    @settings(max_examples=8, deadline=None)
    @given(
        sizes=st.lists(st.integers(min_value=1, max_value=900), min_size=1, max_size=5),
        steps=st.lists(
            st.tuples(
                st.sets(st.integers(min_value=0, max_value=9)), st.sampled_from(["", "void", "discard"])
            ),
            max_size=3,
        ),
        included=st.sampled_from([1, 500_000, 5 * MILLION]),
    )
    def test_the_invoices_of_a_month_add_up_to_one_of_what_is_left(
        self, sizes: list[int], steps: list[tuple[set[int], str]], included: int
    ) -> None:
        MEMORY.forget()
        organization = billed(included_tokens=included)
        names = [f"{organization.pk}-{number}" for number in range(len(sizes))]
        # Hundreds of tokens by the thousand: no line is rounded to the cent.
        store(
            organization,
            *(million(name, size / 100) for name, size in zip(names, sizes, strict=True)),
        )
        self._bill(organization, MAY)
        for number, (voided, fate) in enumerate(steps):
            if chosen := [names[index] for index in voided if index < len(names)]:
                void(organization, *chosen)
            store(organization, million(millions=number / 10), received_at=LATE)
            self._bill(organization, date(2026, 6 + number, 1), fate)
        numbers = list(range(1, 20))
        terms = Terms(
            period=MAY,
            currency="USD",
            base_fee=Decimal(0),
            plan_name="",
            tax_name="",
            tax_rate=Decimal(0),
            months={MAY: MonthTerms(units_per_usd=Decimal(1), included_tokens=included, billed=Billed())},
        )
        lines = calculate(charges_of(organization.pk, {MAY: numbers}), terms).lines
        expected = [line.quantity for line in lines if line.kind is LineKind.INCLUDED]
        assert of_may(organization) == (sum(expected), sum(line.amount for line in lines))
        assert list(invoice_differences(organization.pk)) == []

    def _bill(self, organization: Organization, period: date, fate: str = "") -> None:
        draft = close_month(organization=organization, period=period, now=LATE)
        if draft is None or not fate:
            if draft:
                finalize_invoice(invoice_id=draft.pk)
            return
        if fate == "discard":
            discard_draft(invoice_id=draft.pk)
        else:
            void_invoice(invoice_id=finalize_invoice(invoice_id=draft.pk).pk, reason="wrong")
        # Made anew at once: what it said is said by its successor.
        self._bill(organization, period)
