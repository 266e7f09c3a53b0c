"""The rules of spikes: what is out of the ordinary, and what is not."""

from datetime import date, timedelta

import pytest

from usage.panels.service_spikes import (
    CallCounts,
    HealthState,
    Spike,
    SpikeKind,
    judged,
    silence_before,
)
from usage.progress import Days

DAY = date(2026, 5, 20)


def history(*calls, failures=0, until=DAY):
    """Calls on the days before ``until``, the last one the day before."""
    first = until - timedelta(days=len(calls))
    return {
        first + timedelta(days=index): CallCounts(count, min(failures, count))
        for index, count in enumerate(calls)
    }


def on(day, calls, failures=0):
    return {day: CallCounts(calls, failures)}


def spikes_of(by_day, day):
    """Those of one day alone, without silence."""
    found = judged(by_day, shown=Days(day, day), today=day).spikes
    return [spike for spike in found if spike.kind is not SpikeKind.SILENCE]


def kinds(by_day, day=DAY):
    return [spike.kind for spike in spikes_of(by_day, day)]


@pytest.mark.parametrize(("calls", "is_spike"), [(200, False), (201, True), (150, False)])
def test_more_than_twice_the_usual_volume(calls, is_spike):
    assert (kinds(history(*[100] * 28) | on(DAY, calls)) == [SpikeKind.VOLUME]) is is_spike


def test_a_small_service_needs_twenty_calls_more():
    assert kinds(history(*[1] * 28) | on(DAY, 20)) == []
    assert kinds(history(*[1] * 28) | on(DAY, 21)) == [SpikeKind.VOLUME]


def test_what_varies_a_lot_is_no_spike():
    """The median is 100 and the median distance from it 50: four spreads are 296.52."""
    wild = history(*[50, 150] * 14)
    assert kinds(wild | on(DAY, 396)) == []
    assert kinds(wild | on(DAY, 397)) == [SpikeKind.VOLUME]


def test_one_spike_does_not_hide_the_next():
    days = [100] * 28
    days[-3] = 5000
    assert kinds(history(*days) | on(DAY, 900)) == [SpikeKind.VOLUME]


def test_without_seven_days_nothing_is_judged():
    assert kinds(history(*[100] * 6) | on(DAY, 9000, 9000)) == []
    assert kinds(history(*[100] * 7) | on(DAY, 9000)) == [SpikeKind.VOLUME]


def test_days_without_calls_count_from_the_first_with_calls_on():
    weekdays = history(*[100, 100, 100, 100, 100, 0, 0] * 4)
    assert kinds(weekdays | on(DAY, 190)) == []
    # Four of seven days are rest: none is usual.
    assert kinds(history(*[100, 0, 0, 0, 100, 0, 100] * 4) | on(DAY, 20)) == [SpikeKind.VOLUME]


@pytest.mark.parametrize(
    ("calls", "failures", "is_spike"),
    [(100, 6, False), (100, 7, True), (19, 19, False), (20, 4, False), (20, 5, True)],
)
def test_errors_beside_a_usual_rate_of_one_in_a_hundred(calls, failures, is_spike):
    """More than twice the usual, and more than 5 points above: from 6 in a hundred on, of 20 calls at least."""
    found = kinds(history(*[100] * 28, failures=1) | on(DAY, calls, failures))
    assert (found == [SpikeKind.ERRORS]) is is_spike


def test_a_service_that_always_fails_often_needs_twice_as_much():
    assert kinds(history(*[100] * 28, failures=20) | on(DAY, 100, 40)) == []
    assert kinds(history(*[100] * 28, failures=20) | on(DAY, 100, 41)) == [SpikeKind.ERRORS]


def test_the_spike_says_what_and_what_is_usual():
    (spike,) = spikes_of(history(*[100] * 28, failures=1) | on(DAY, 100, 30), DAY)
    assert spike == Spike(SpikeKind.ERRORS, DAY, 0.3, 0.01)


def test_silence_is_longer_than_ever_before():
    weekdays = history(*[100, 100, 100, 100, 100, 0, 0] * 4)
    sunday = DAY - timedelta(days=1)
    assert silence_before(weekdays, sunday) is None
    assert silence_before(weekdays, DAY) == Spike(SpikeKind.SILENCE, DAY - timedelta(days=2), 3, 100)
    assert silence_before(history(*[100] * 28), DAY) is None
    assert silence_before(history(*[100] * 28), DAY + timedelta(days=1)) == Spike(
        SpikeKind.SILENCE, DAY, 2, 100
    )


def test_nothing_at_all_is_no_silence():
    assert silence_before({}, DAY) is None
    assert silence_before(history(5, 5), DAY + timedelta(days=9)) is None


def state(by_day, *, today=DAY, days=10):
    return judged(by_day, shown=Days(DAY - timedelta(days=days - 1), DAY), today=today).state


def test_states():
    usual = history(*[100] * 28, failures=1)
    assert state(usual | on(DAY, 100)) is HealthState.OK
    assert state(usual | on(DAY, 100, 10)) is HealthState.WARNING
    assert state(usual | on(DAY, 100, 25)) is HealthState.CRITICAL
    assert state(usual | on(DAY, 5, 5)) is HealthState.CRITICAL
    assert state(usual | on(DAY, 4, 4)) is HealthState.OK
    assert state(history(*[100] * 3)) is HealthState.NEW
    assert state({}) is HealthState.UNUSED
    assert state(history(*[100] * 28, until=DAY - timedelta(days=1)), today=DAY) is HealthState.OK
    silent = history(*[100] * 28, until=DAY - timedelta(days=2))
    assert state(silent, today=DAY + timedelta(days=1)) is HealthState.WARNING


def test_what_lies_more_than_a_week_back_is_told_but_no_warning():
    old = history(*[100] * 28, until=DAY - timedelta(days=7)) | on(DAY - timedelta(days=7), 1000)
    since = {DAY - timedelta(days=back): CallCounts(100) for back in range(7)}
    found = judged(old | since, shown=Days(DAY - timedelta(days=20), DAY), today=DAY)
    assert (found.state, [spike.day for spike in found.spikes]) == (
        HealthState.OK,
        [DAY - timedelta(days=7)],
    )


def test_the_latest_spike_stands_first():
    by_day = history(*[100] * 28) | on(DAY, 500) | on(DAY + timedelta(days=1), 600)
    found = judged(by_day, shown=Days(DAY, DAY + timedelta(days=1)), today=DAY + timedelta(days=1))
    assert [spike.value for spike in found.spikes] == [600, 500]


def test_the_last_92_days_of_a_range_are_judged_each_by_its_own_four_weeks():
    by_day = history(*[10, 20, 30, 500] * 40)
    shown = Days(DAY - timedelta(days=120), DAY - timedelta(days=1))
    days = [shown.last - timedelta(days=back) for back in range(92)]
    alone = [spike for day in days for spike in spikes_of(by_day, day)]
    assert judged(by_day, shown=shown, today=DAY).spikes == tuple(alone)
    assert [spike.day for spike in alone] == days[::4]
