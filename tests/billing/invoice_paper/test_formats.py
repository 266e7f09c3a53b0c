"""Figures and dates on paper, in every language and currency."""

from datetime import date
from decimal import Decimal

import pytest

from billing import paper_formats as formats
from usage.enums import ChargeKind


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "written"),
    [
        ("1234.56", "EUR", "de", "1.234,56\u00a0€"),
        ("-1234.5", "EUR", "de", "−1.234,50\u00a0€"),
        ("1234.56", "USD", "en", "$1,234.56"),
        ("1235", "JPY", "en", "¥1,235"),
        ("1.234", "KWD", "en", "KWD\u00a01.234"),
        ("1000000000", "IDR", "en", "IDR\u00a01,000,000,000.00"),
    ],
)
def test_money_has_its_currency_and_its_places(amount, currency, locale, written):
    assert formats.money(Decimal(amount), currency=currency, locale=locale) == written


def test_a_column_leaves_the_currency_to_its_head():
    assert formats.figure(Decimal("-1234.5"), currency="EUR", locale="de") == "−1.234,50"
    assert formats.figure(Decimal("1234"), currency="JPY", locale="de") == "1.234"
    assert formats.figure(Decimal("0.1"), currency="KWD", locale="en") == "0.100"


def test_rates_of_tax_lose_their_needless_places():
    assert formats.percent(Decimal("19.000"), locale="en") == "19%"
    assert formats.percent(Decimal("8.125"), locale="de") == "8,125\u00a0%"


def test_shares_are_left_out_where_they_would_say_nothing():
    assert formats.share(Decimal(1), Decimal(3), locale="en") == "33.3%"
    assert formats.share(Decimal(-1), Decimal(3), locale="en") == ""
    assert formats.share(Decimal(1), Decimal(0), locale="en") == ""


def test_prices_are_for_a_million_tokens_a_thousand_calls_or_a_minute():
    assert formats.units_per_price(ChargeKind.CACHE_READ) == 1_000_000
    assert formats.units_per_price(ChargeKind.WEB_SEARCH) == 1_000
    assert formats.units_per_price(ChargeKind.AUDIO_SECOND) == 60


@pytest.mark.parametrize(
    ("unit_price", "units_per_usd", "quantity", "amount", "decimals"),
    [
        ("0.0000025", "1", 10**6, "2.50", 2),
        ("0.000000075", "1", 10**6, "0.08", 3),
        ("0.000001234567", "1", 10**6, "1.23", 6),
        ("0.0000025", "0.9123", 10**6, "2.28", 4),
        # 0.9123456789 × 2.5 has ten decimals; four of them give the same amount for a million tokens …
        ("0.0000025", "0.9123456789", 10**6, "2.28", 4),
        # … but not for a trillion, whose amount is 2.28086419725 × 1,000,000.
        ("0.0000025", "0.9123456789", 10**12, "2280864.20", 7),
    ],
)
def test_prices_have_the_decimals_that_give_their_amount(
    unit_price, units_per_usd, quantity, amount, decimals
):
    found = formats.price_decimals(
        unit_price=Decimal(unit_price),
        units_per_usd=Decimal(units_per_usd),
        per=10**6,
        quantity=quantity,
        amount=Decimal(amount),
        currency="EUR",
    )
    assert found == decimals


def test_exchange_rates_have_four_places_or_all_they_need():
    assert formats.exchange_rate(Decimal("0.9100000000"), locale="en") == "0.9100"
    assert formats.exchange_rate(Decimal("151.2345678000"), locale="de") == "151,2345678"


def test_months_end_on_their_last_day():
    assert formats.last_day(date(2028, 2, 1)) == date(2028, 2, 29)
    assert formats.last_day(date(2026, 12, 1)) == date(2026, 12, 31)
    assert formats.month_days(date(2026, 10, 1), locale="de") == "1.–31. Okt. 2026"


def test_account_numbers_are_grouped_when_they_are_ibans():
    assert formats.account_number("DE89370400440532013000") == "DE89 3704 0044 0532 0130 00"
    assert formats.account_number("001-234567/89") == "001-234567/89"
