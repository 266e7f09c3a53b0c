"""Which days are asked for, which keys are missed, and what is said about what was found."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from usage.health import BadDays, Counts, asked_days, is_silent
from usage.health_findings import Facts, FindingKind, Severity, findings_of

TODAY = date(2026, 11, 23)
FRIDAY = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


def before(last: datetime, *days: int) -> set[date]:
    """The UTC day of ``last`` and those so many days before it."""
    return {last.date() - timedelta(days=day) for day in (0, *days)}


def weekdays(last: datetime) -> set[date]:
    return {day for day in before(last, *range(1, 28)) if day.weekday() < 5}


def missed_after(active: set[date], last: datetime, **quiet: float) -> bool:
    return is_silent(active, last_received_at=last, now=last + timedelta(**quiet))


def test_a_key_of_every_day_is_missed_after_a_day() -> None:
    daily = before(FRIDAY, *range(1, 10))
    assert not missed_after(daily, FRIDAY, hours=24)
    assert missed_after(daily, FRIDAY, hours=24, seconds=1)


def test_a_key_of_weekdays_is_not_missed_over_the_weekend() -> None:
    assert not missed_after(weekdays(FRIDAY), FRIDAY, hours=64)
    assert missed_after(weekdays(FRIDAY), FRIDAY, days=3, seconds=1)


def test_a_weekly_key_is_missed_after_three_weeks() -> None:
    weekly = before(FRIDAY, 7, 14, 21)
    assert not missed_after(weekly, FRIDAY, days=21)
    assert missed_after(weekly, FRIDAY, days=21, seconds=1)


@pytest.mark.parametrize(
    "active", [set(), before(FRIDAY), before(FRIDAY, 1, 2), before(FRIDAY, 40, 41, 42, 43)]
)
def test_without_a_habit_nobody_is_missed(active: set[date]) -> None:
    assert not missed_after(active, FRIDAY, days=365)


def test_days_default_to_the_last_week() -> None:
    def asked(first: str = "", last: str = "") -> tuple[date, date]:
        return tuple(asked_days(first=first, last=last, today=TODAY))  # type: ignore[return-value]

    assert asked() == (date(2026, 11, 17), TODAY)
    assert asked(last="2026-11-10") == (date(2026, 11, 4), date(2026, 11, 10))
    assert asked(first="2026-11-01") == (date(2026, 11, 1), TODAY)
    assert asked(first="2026-12-01") == (date(2026, 12, 1), date(2026, 12, 1))
    assert asked(last="0001-01-02") == (date(1, 1, 1), date(1, 1, 2))
    assert asked(first="2026-08-24", last="2026-11-23")[0] == date(2026, 8, 24)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-8-1", "", "from"),
        ("", "2026-13-01", "to"),
        ("", "٢٠٢٦-١١-٠١", "to"),
        ("2026-11-23T00:00", "", "from"),
        ("2026-11-23", "2026-11-22", "to"),
        ("2026-08-23", "2026-11-23", "from"),
        ("0001-01-01", "", "from"),
    ],
)
def test_days_that_cannot_be_shown(first: str, last: str, field: str) -> None:
    with pytest.raises(BadDays) as raised:
        asked_days(first=first, last=last, today=TODAY)
    assert raised.value.field == field


def test_counts_add_up_or_say_that_they_do_not() -> None:
    counts = Counts(received=5, stored=2, duplicate=1, conflict=1, invalid=1, late=2, unpriced=1)
    assert counts.adds_up
    assert (counts + counts).received == 10
    assert not (counts + Counts(received=1)).adds_up


def facts(number: int) -> Facts:
    counts = Counts(conflict=number, invalid=number, unpriced=number, late=number, unattributed=number)
    return Facts(counts=counts, waiting=number, silent_keys=number, double_sightings=number)


def test_nothing_found_says_nothing() -> None:
    assert findings_of(facts(0)) == ()


@pytest.mark.parametrize(
    ("refused", "received", "severity"),
    [
        (1, 2263, Severity.WARNING),
        (9, 9, Severity.WARNING),
        (10, 1001, Severity.WARNING),
        (10, 1000, Severity.CRITICAL),
        (100, 1_000_000, Severity.WARNING),
        (101, 1_000_000, Severity.CRITICAL),
    ],
)
def test_refused_events_are_critical_only_when_many(refused: int, received: int, severity: Severity) -> None:
    counts = Counts(received=received, invalid=refused)
    (found,) = findings_of(Facts(counts=counts, waiting=0, silent_keys=0, double_sightings=0))
    assert found.severity is severity


@pytest.mark.parametrize("number", [1, 3])
def test_every_kind_has_its_sentences_the_gravest_first(number: int) -> None:
    with translation.override("en"):
        found = findings_of(facts(number))
    assert {finding.kind for finding in found} == set(FindingKind)
    order = list(Severity)
    severities = [order.index(finding.severity) for finding in found]
    assert severities == sorted(severities)
    for finding in found:
        assert finding.title.startswith(f"{number} ")
        assert finding.meaning.endswith(".")
        assert finding.advice.endswith(".")
    assert ("events" in found[0].title) is (number > 1)
