"""Lines, included tokens and taxes, with no database."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from billing.enums import ChargeCategory, LineKind
from billing.invoice_lines import Charge, MonthTerms, Terms, calculate, digest
from billing.invoice_terms import terms_from_json, terms_to_json
from usage.enums import ChargeKind

MAY, APRIL = date(2026, 5, 1), date(2026, 4, 1)


def charge(**changed: Any) -> Charge:
    fields: dict[str, Any] = {
        "service_period": MAY,
        "model_id": 1,
        "provider_name": "openai",
        "model_name": "gpt-4o",
        "service_tier": "",
        "kind": ChargeKind.INPUT,
        "price_id": 7,
        "rate_id": 0,
        "quantity": 1_000_000,
        "unit_price": Decimal("0.000002"),
        "cost": Decimal(2),
    }
    return Charge(**(fields | changed))


def terms(**changed: Any) -> Terms:
    fields: dict[str, Any] = {
        "period": MAY,
        "currency": "EUR",
        "base_fee": Decimal(20),
        "plan_name": "Team",
        "tax_name": "VAT",
        "tax_rate": Decimal(19),
        "months": {
            MAY: MonthTerms(units_per_usd=Decimal("0.9")),
            APRIL: MonthTerms(units_per_usd=Decimal("0.8")),
        },
    }
    return Terms(**(fields | changed))


def test_fee_usage_adjustment_and_tax() -> None:
    found = calculate([charge(service_period=APRIL, quantity=-500_000, cost=Decimal(-1)), charge()], terms())
    assert [(line.kind, line.charge_category, line.service_period, line.amount) for line in found.lines] == [
        (LineKind.BASE_FEE, ChargeCategory.PURCHASE, MAY, Decimal(20)),
        (LineKind.USAGE, ChargeCategory.USAGE, MAY, Decimal("1.80")),
        (LineKind.USAGE, ChargeCategory.ADJUSTMENT, APRIL, Decimal("-0.80")),
    ]
    assert (found.net_total, found.tax_total, found.total) == (Decimal(21), Decimal("3.99"), Decimal("24.99"))
    assert found.usage_total == Decimal(1)


def test_included_tokens_take_off_their_part_of_what_tokens_cost() -> None:
    months = {MAY: MonthTerms(units_per_usd=Decimal(1), included_tokens=500_000)}
    fee = charge(kind=ChargeKind.WEB_SEARCH, quantity=10, unit_price=Decimal("0.01"), cost=Decimal("0.1"))
    found = calculate([charge(), charge(kind=ChargeKind.OUTPUT), fee], terms(months=months))
    included = [line for line in found.lines if line.kind is LineKind.INCLUDED]
    # A quarter of two million tokens that cost 4; the search fee is no token.
    assert [(line.quantity, line.amount) for line in included] == [(500_000, Decimal("-1.00"))]
    assert found.usage_total == Decimal("3.10")


def test_more_included_than_used_takes_off_all_tokens_and_no_more() -> None:
    months = {MAY: MonthTerms(units_per_usd=Decimal(1), included_tokens=10**12)}
    found = calculate([charge(quantity=3, cost=Decimal("0.006"))], terms(months=months, base_fee=Decimal(0)))
    assert [(line.quantity, line.amount) for line in found.lines] == [
        (3, Decimal("0.01")),
        (3, Decimal("-0.01")),
    ]
    assert found.total == 0


def test_unpriced_usage_stands_there_at_nothing() -> None:
    found = calculate([charge(price_id=0, unit_price=None, cost=Decimal(0))], terms(base_fee=Decimal(0)))
    assert [(line.quantity, line.unit_price, line.amount) for line in found.lines] == [
        (1_000_000, None, Decimal("0.00"))
    ]


def test_calls_without_a_fee_and_empty_rows_are_no_lines() -> None:
    calls = charge(kind=ChargeKind.CALL, quantity=9, unit_price=Decimal(0), cost=Decimal(0))
    nothing = charge(quantity=0, cost=Decimal(0))
    assert calculate([calls, nothing], terms(base_fee=Decimal(0))).lines == ()


def test_terms_survive_being_kept() -> None:
    assert terms_from_json(terms_to_json(terms())) == terms()


CHARGES = st.lists(
    st.builds(
        lambda quantity, price, month, kind, model: charge(
            quantity=quantity,
            unit_price=Decimal(price).scaleb(-15),
            cost=quantity * Decimal(price).scaleb(-15),
            service_period=month,
            kind=kind,
            model_id=model,
            price_id=model,
        ),
        quantity=st.integers(min_value=-(10**9), max_value=10**12),
        price=st.integers(min_value=0, max_value=10**12),
        month=st.sampled_from([MAY, APRIL]),
        kind=st.sampled_from(list(ChargeKind)),
        model=st.integers(min_value=1, max_value=5),
    ),
    max_size=20,
    unique_by=lambda one: (one.service_period, one.kind, one.model_id),
)


@given(charges=CHARGES, data=st.data())
def test_order_does_not_matter_and_totals_are_sums_of_what_is_shown(
    charges: list[Charge], data: st.DataObject
) -> None:
    found = calculate(charges, terms())
    again = calculate(data.draw(st.permutations(charges)), terms())
    assert digest(found.lines) == digest(again.lines)
    assert found.net_total == sum(line.amount for line in found.lines)
    assert found.total == found.net_total + sum(tax.tax_amount for tax in found.taxes)
    assert all(line.amount == line.amount.quantize(Decimal("0.01")) for line in found.lines)
