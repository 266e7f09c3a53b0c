"""Figures as people read them: nothing is lost in full forms, nothing misleads in short ones."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teams import formatting
from teams.formatting import BILLION, GROUP, MILLION, MINUS, Direction

LOCALES = st.sampled_from(["en", "de"])
COUNTS = st.integers(min_value=-(10**15), max_value=10**15)
COSTS = st.decimals(min_value=Decimal("-1e12"), max_value=Decimal("1e12"), places=15)


def read_back(written: str, *, locale: str) -> Decimal:
    """The number that a person reads, with its sign."""
    digits = re.search(r"\d+(?:[.,]\d+)*", written.replace(GROUP, ""))
    assert digits is not None
    number = Decimal(digits[0].replace(",", "." if locale == "de" else ""))
    return -number if MINUS in written else number


@given(value=COUNTS, locale=LOCALES)
def test_a_count_in_full_loses_nothing(value: int, locale: str) -> None:
    written = formatting.count(value, locale=locale)
    assert read_back(written, locale=locale) == value
    assert not set(written) & {",", "."}


@given(value=COSTS, locale=LOCALES)
def test_exact_money_loses_nothing_and_keeps_the_currencys_places(value: Decimal, locale: str) -> None:
    written = formatting.money_exact(value, currency="USD", locale=locale)
    assert read_back(written, locale=locale) == value
    assert "$" in written
    assert re.search(r"[.,]\d{2,}", written)


@given(value=COSTS, locale=LOCALES, currency=st.sampled_from(["USD", "EUR", "JPY", "KWD"]))
def test_money_never_shows_zero_for_something(value: Decimal, locale: str, currency: str) -> None:
    written = formatting.money(value, currency=currency, locale=locale)
    assert (read_back(written, locale=locale) == 0) == (value == 0)


@given(value=st.integers(min_value=1, max_value=10**15), locale=LOCALES)
def test_a_short_count_is_within_half_a_percent(value: int, locale: str) -> None:
    written = formatting.count_short(value, locale=locale)
    scale = formatting.count_scale(value)
    assert abs(read_back(written, locale=locale) * scale - value) <= value * Decimal("0.005")


@given(value=st.decimals(min_value=Decimal("0.01"), max_value=Decimal("1e11"), places=4))
def test_short_money_is_within_half_a_percent_or_half_a_cent(value: Decimal) -> None:
    written = formatting.money_short(value, currency="USD", locale="en")
    scale = {"K": 1000, "M": MILLION, "B": BILLION}.get(written[-1], 1)
    slack = max(value * Decimal("0.005"), Decimal("0.005"))
    assert abs(read_back(written, locale="en") * scale - value) <= slack


@given(part=st.integers(min_value=0, max_value=10**12), whole=st.integers(min_value=1, max_value=10**12))
def test_a_part_never_reads_as_none_or_as_all(part: int, whole: int) -> None:
    part = min(part, whole)
    written = formatting.percent(Decimal(part) / whole, locale="en")
    assert (written == "0.0%") == (part == 0)
    assert (written == "100.0%") == (part == whole)


@given(now=COSTS, before=COSTS)
def test_a_changes_sign_and_arrow_agree(now: Decimal, before: Decimal) -> None:
    change = formatting.change(now=now, before=before, locale="en")
    if now == before:
        assert (change.direction, change.arrow) == (Direction.SAME, "→")
    elif before <= 0:
        assert (change.direction, change.text) == (Direction.NEW, "")
    else:
        assert ("+" in change.text, change.arrow) == ((True, "↑") if now > before else (False, "↓"))


@pytest.mark.parametrize(
    ("value", "currency", "locale", "expected"),
    [
        ("1234.567", "USD", "en", f"$1{GROUP}234.57"),
        ("1234.567", "USD", "de", f"1{GROUP}234,57\u00a0$"),
        ("0.004", "USD", "en", "< $0.01"),
        ("-0.004", "USD", "en", f"> {MINUS}$0.01"),
        ("0", "USD", "en", "$0.00"),
        ("0.4", "JPY", "en", "< ¥1"),
        ("1.2345", "KWD", "en", "KWD\u00a01.234"),
        ("1000000000", "IDR", "en", f"IDR\u00a01{GROUP}000{GROUP}000{GROUP}000.00"),
    ],
)
def test_money(value: str, currency: str, locale: str, expected: str) -> None:
    assert formatting.money(Decimal(value), currency=currency, locale=locale) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.001", "< $0.01"),
        ("4.2", "$4.20"),
        ("99.994", "$99.99"),
        ("432.19", "$432"),
        ("999.6", "$1.00K"),
        ("12345.67", "$12.3K"),
        ("999999", "$1.00M"),
        ("1234567", "$1.23M"),
        ("-12345", f"{MINUS}$12.3K"),
    ],
)
def test_short_money(value: str, expected: str) -> None:
    assert formatting.money_short(Decimal(value), currency="USD", locale="en") == expected


def test_short_money_in_german_has_no_word_for_a_thousand() -> None:
    assert formatting.money_short(Decimal("12345"), currency="EUR", locale="de") == f"12{GROUP}300\u00a0€"
    assert formatting.money_short(Decimal("1234567"), currency="EUR", locale="de") == "1,23\u00a0Mio.\u00a0€"


def test_figures_of_one_panel_share_a_scale() -> None:
    counts = (18_305_956, 785_412, 512, 0)
    written = [formatting.count_short(value, of=max(counts), locale="en") for value in counts]
    assert written == ["18.3M", "0.785M", "512", "0"]


def test_tiny_changes_keep_their_sign() -> None:
    assert formatting.change(now=100_001, before=100_000, locale="en").text == "< +0.1%"
    assert formatting.change(now=99_999, before=100_000, locale="en").text == f"> {MINUS}0.1%"


def test_dates_in_both_languages() -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 23)
    noon = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)
    assert formatting.day(last, locale="en") == "Mon, Nov 23"
    assert formatting.month(first, locale="de") == "November 2026"
    assert formatting.day_range(first, last, locale="en") == "Nov 1\u2009–\u200923, 2026"
    assert formatting.short_range(first, last, locale="en") == "Nov 1\u2009–\u200923"
    assert formatting.short_day(last, locale="de") == "23. Nov."
    assert formatting.instant(noon, time_zone="Asia/Kathmandu", locale="en") == "Nov 23, 2026, 17:50"


def test_per_cent_that_somebody_set_have_no_decimals() -> None:
    assert formatting.whole_percent(75, locale="en") == "75%"
    assert formatting.whole_percent(1000, locale="de") == "1000\u00a0%"


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1000, "1 sec"),
        (3_449, "3.4 sec"),
        (59_949, "59.9 sec"),
        (59_950, "1 min"),
        (125_400, "2 min 5 sec"),
        (3_599_600, "1 hr"),
        (3_600_000, "1 hr"),
        (3_660_000, "1 hr 1 min"),
        (86_399_999, "1 day"),
        (3 * 86_400_000 + 4 * 3_600_000, "3 days 4 hr"),
        (400 * 86_400_000, "400 days"),
    ],
)
def test_durations_have_their_two_largest_units(milliseconds, written):
    assert formatting.duration(milliseconds, locale="en") == written


def test_durations_are_in_the_readers_language():
    assert formatting.duration(3_400, locale="de") == "3,4 Sek."
