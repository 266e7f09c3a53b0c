"""Long series come in pages: each step once, whole days of hours together, and the same figures as on one page."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from teams.enums import Role
from tests.teams.factories import MemberFactory, UserFactory
from tests.usage.ledger_fixtures import answers, event, open_ledger, store
from tests.usage.panels.followed import apart_from_time, cursor_of, whole_series
from usage.panels import step_pages
from usage.panels.buckets import steps_of
from usage.panels.filters import BadFilter
from usage.panels.paging import Position
from usage.panels.step_pages import MOST_ENTRIES, StepPage, asked_step_page
from usage.panels.vocabulary import Bucket
from usage.progress import Days

NOW: Final = datetime(2026, 11, 2, 10, 20, tzinfo=UTC)
LONG: Final = {"from": "2026-08-20", "to": "2026-11-02"}
HOURS: Final = {"from": "2026-10-20", "to": "2026-11-02"}
SMALL_PAGES: Final = 100
MOST: Final = {Bucket.HOUR: (7, 7), Bucket.DAY: (42, 92), Bucket.WEEK: (6, 26), Bucket.MONTH: (28, 28)}
"""Days of hours, and other steps of a page: of what days are read row by row for, and of what they are summed up by."""


@given(
    first=st.dates(date(2024, 1, 1), date(2026, 12, 31)),
    length=st.integers(1, 800),
    bucket=st.sampled_from(Bucket),
    week_start=st.integers(1, 7),
    columns=st.integers(1, 22),
    is_summed_up=st.booleans(),
)
def test_pages_cover_each_step_once(
    first: date, length: int, bucket: Bucket, week_start: int, columns: int, is_summed_up: bool
) -> None:
    days = Days(first, first + timedelta(days=length - 1))
    of: dict[str, Any] = {
        "bucket": bucket,
        "week_start": week_start,
        "columns": columns,
        "is_summed_up": is_summed_up,
    }
    pages = [*every_page(days, **of)]
    by_days = Bucket.DAY if bucket is Bucket.HOUR else bucket
    whole = steps_of(days, bucket=by_days, week_start=week_start, today=first)
    of_pages = [steps_of(page.days, bucket=by_days, week_start=week_start, today=first) for page in pages]
    assert [step for steps in of_pages for step in steps] == [*whole]
    for steps in of_pages:
        assert len(steps) * columns * (24 if bucket is Bucket.HOUR else 1) <= MOST_ENTRIES
        assert len(steps) <= MOST[bucket][is_summed_up]
    assert len({len(steps) for steps in of_pages[:-1]}) <= 1
    for before, page in pairwise(pages):
        assert asked(days, page.previous, **of) == before


def every_page(days: Days, **of: Any) -> Iterator[StepPage]:
    cursor = ""
    while True:
        page = asked(days, cursor, **of)
        assert bool(page.previous) is bool(cursor)
        yield page
        cursor = page.next
        if not cursor:
            return


def asked(days: Days, cursor: str, **of: Any) -> StepPage:
    return asked_step_page({"cursor": [cursor]}, days, **of)


@pytest.mark.parametrize(
    "cursor",
    [
        "-",
        "nonsense",
        f"-{Position('week', '2026-08-24', 0)}",
        str(Position("week", "2026-08-25", 0)),
        str(Position("week", "2026-11-09", 0)),
        str(Position("day", "2026-08-24", 0)),
        str(Position("week", "24 August", 0)),
        str(Position("week", ("2026-08-24", "2026-08-24"), 0)),
    ],
)
def test_what_is_no_page_of_a_series(cursor: str) -> None:
    days = Days(date(2026, 8, 20), date(2026, 11, 2))
    with pytest.raises(BadFilter) as caught:
        asked(days, cursor, bucket=Bucket.WEEK, week_start=1, columns=7, is_summed_up=True)
    assert caught.value.field == "cursor"


@pytest.mark.django_db
def test_figures_are_the_same_on_pages_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """With lines that are used on some pages alone, clocks put back, and the hour in progress."""
    with time_machine.travel(NOW, tick=False):
        get = owner_of_ten_weeks()
        for of in (
            LONG | {"bucket": "day", "by": "model"},
            LONG | {"bucket": "week", "by": "member", "lines": 1},
            LONG | {"bucket": "month", "by": "member", "lines": 20, "measures": "duration_ms"},
            HOURS | {"bucket": "hour"},
            HOURS | {"bucket": "hour", "by": "model", "lines": 1},
        ):
            with monkeypatch.context() as patched:
                patched.setattr(step_pages, "MOST_ENTRIES", 1_000_000)
                patched.setattr(step_pages, "MOST_DAYS", dict.fromkeys(step_pages.MOST_DAYS, 800))
                patched.setattr(step_pages, "MOST_DAYS_OF_ROWS", 800)
                at_once = get("timeseries", **of)
                assert at_once["page"] == {"next": None, "previous": None}
            for entries in (1, SMALL_PAGES):
                with monkeypatch.context() as patched:
                    patched.setattr(step_pages, "MOST_ENTRIES", entries)
                    in_pages = whole_series(get, **of)
                    assert cursor_of(get("timeseries", **of), "next") or entries > 1
                assert apart_from_time(without_nothing(in_pages)) == apart_from_time(at_once)
            assert sum(1 for step in at_once["totals"] if step["calls"]) > 1


def without_nothing(series: dict[str, Any]) -> dict[str, Any]:
    """Pages of further measures all have a line of what stands in no other, if only on one of them there is any."""
    lines = [
        line
        for line in series["series"]
        if line["row"]["entries"]
        or any(Decimal(value) for step in line["measures"] for value in step.values())
    ]
    return series | {"series": lines}


Get = Callable[..., dict[str, Any]]


def owner_of_ten_weeks() -> Get:
    """How the owner asks of an organization with some usage each week, of a model that comes late and of members who
    come and go."""
    organization = open_ledger(time_zone="Europe/Berlin")
    moments = [NOW - timedelta(days=7 * week, hours=5 * week) for week in range(10)]
    sent = [
        event(occurred_at=moment, member_id=f"member-{place % 4}", response_model=model, duration_ms=place)
        for place, moment in enumerate([*moments, NOW - timedelta(days=8), NOW - timedelta(hours=9)])
        for model in ("gpt-4o", "mystery")[: 2 if place < 3 else 1]
    ]
    assert set(answers(store(organization, *sent, received_at=NOW))) == {"stored"}
    user, client = UserFactory(), Client()
    client.force_login(user)
    MemberFactory(organization=organization, external_id="owner", user=user, role=Role.OWNER)

    def get(panel: str, **of: Any) -> dict[str, Any]:
        response = client.get(f"/api/v1/usage/{panel}", {"organization": organization.slug} | of)
        assert response.status_code == 200, response.content
        body: dict[str, Any] = response.json()
        return body

    return get
