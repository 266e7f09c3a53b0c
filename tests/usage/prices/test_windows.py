"""Prices that hold at some hours of the day."""

from datetime import timedelta, timezone

import pytest

from tests.usage.price_factories import PriceFactory, at, price_list, price_row
from usage.price_windows import DAY, MONDAY_TO_FRIDAY, DailyWindow, weekdays
from usage.queries.price_list import load_price_list

PEAK = DailyWindow(start=60, end=240, weekdays=MONDAY_TO_FRIDAY)
NIGHT = DailyWindow(start=990, end=30)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("2026-11-23T00:59:59.999999", False),
        ("2026-11-23T01:00", True),
        ("2026-11-23T03:59:59.999999", True),
        ("2026-11-23T04:00", False),
        ("2026-11-21T02:00", False),  # Saturday
        ("2026-11-22T02:00", False),  # Sunday
    ],
)
def test_a_window_of_working_days(text, inside):
    assert PEAK.contains(at(text)) is inside


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("2026-11-23T16:30", True),
        ("2026-11-24T00:29", True),
        ("2026-11-24T00:30", False),
        ("2026-11-23T16:29", False),
    ],
)
def test_a_window_past_midnight(text, inside):
    assert NIGHT.contains(at(text)) is inside


def test_past_midnight_the_day_is_the_one_on_which_the_window_began():
    friday = DailyWindow(start=1320, end=120, weekdays=weekdays([4]))
    assert friday.contains(at("2026-11-20T23:00"))
    assert friday.contains(at("2026-11-21T01:00"))
    assert not friday.contains(at("2026-11-20T01:00"))


def test_hours_are_utc_wherever_the_call_was_made():
    beijing = timezone(timedelta(hours=8))
    assert PEAK.contains(at("2026-11-23T01:00").astimezone(beijing))
    assert not PEAK.contains(at("2026-11-23T01:00").replace(tzinfo=beijing))


@pytest.mark.parametrize(
    "fields", [{"start": -1, "end": 5}, {"start": 0, "end": 0}, {"start": 0, "end": DAY + 1}]
)
def test_no_window_of_a_day(fields):
    with pytest.raises(ValueError, match="not a window"):
        DailyWindow(**fields)


def found_id(prices, when, *, tokens=10):
    row = prices.find(1, 0, "", when, tokens, 0)
    return row and row.id


def test_the_row_of_the_hour_comes_first_and_the_other_holds_at_the_rest():
    """Edge case 4, by the hour: before → old, at → new."""
    prices = price_list(price_row(id=1), price_row(id=2, window=PEAK))
    start = at("2026-11-23T01:00")
    assert [found_id(prices, start + n * TICK) for n in (-1, 0)] == [1, 2]
    assert found_id(prices, at("2026-11-23T04:00")) == 1


def test_a_window_belongs_to_the_price_set_of_its_time():
    monday = at("2026-11-23T02:00")
    earlier = price_list(price_row(id=1), price_row(id=2, window=PEAK), price_row(id=3, valid_from=monday))
    assert [found_id(earlier, monday + n * TICK) for n in (-1, 0)] == [2, 3]
    later = price_list(
        price_row(id=1), *(price_row(id=n, valid_from=monday, window=w) for n, w in ((2, None), (3, PEAK)))
    )
    assert [found_id(later, monday + n * TICK) for n in (-1, 0)] == [1, 3]


def test_long_contexts_have_hours_too_and_a_withdrawn_model_has_none():
    monday = at("2026-11-23T02:00")
    prices = price_list(
        price_row(id=1),
        price_row(id=2, window=PEAK),
        price_row(id=3, window=PEAK, context_threshold=100),
        price_row(id=4, valid_from=monday, withdrawn=True),
    )
    before = monday - TICK
    assert (found_id(prices, before), found_id(prices, before, tokens=101)) == (2, 3)
    assert found_id(prices, monday) is None


@pytest.mark.django_db
def test_windows_are_stored_and_loaded():
    price = PriceFactory.create()
    peak = PriceFactory.create(
        model=price.model, window_start=PEAK.start, window_end=PEAK.end, window_days=PEAK.weekdays
    )
    prices = load_price_list()
    rows = [prices.find(price.model_id, 0, "", at(f"2026-11-23T{hour}:00"), 1, 0) for hour in ("02", "05")]
    assert [row and row.id for row in rows] == [peak.id, price.id]
    assert rows[0] is not None
    assert rows[0].window == PEAK
