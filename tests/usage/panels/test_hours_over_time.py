"""Usage hour by hour: days of any length, the hour in progress, who may tell hours apart by what, and the limit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import time_machine
from django.test import Client

from teams.enums import Role
from teams.models import Department, Member, Organization
from tests.teams.factories import MemberFactory, UserFactory
from tests.usage.ledger_fixtures import answers, event, open_ledger, store
from tests.usage.panels.followed import whole_series
from tests.usage.panels.further_checks import ALL, all_added_up, all_grouped, all_measured, all_told
from usage.models import UsageEvent

pytestmark = pytest.mark.django_db

NOW: Final = datetime(2026, 11, 2, 10, 20, tzinfo=UTC)
SPRING: Final = [datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 1, tzinfo=UTC)]
AUTUMN: Final = [datetime(2026, 10, 25, hour, 10, tzinfo=UTC) for hour in (0, 1, 22)]
TODAY: Final = [datetime(2026, 11, 2, 10, minute, tzinfo=UTC) for minute in (10, 16)]


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@dataclass(frozen=True)
class Asker:
    """Somebody of the organization, signed in."""

    member: Member
    client: Client

    @property
    def slug(self) -> str:
        return self.member.organization.slug

    def get(self, panel: str, **asked: Any) -> dict[str, Any]:
        response = self.client.get(f"/api/v1/usage/{panel}", {"organization": self.slug} | asked)
        assert response.status_code == 200, response.content
        body: dict[str, Any] = response.json()
        return body


def asker(organization: Organization, name: str, role: Role) -> Asker:
    user, client = UserFactory(), Client()
    client.force_login(user)
    return Asker(MemberFactory(organization=organization, external_id=name, user=user, role=role), client)


def scene(zone: str, *moments: datetime) -> list[tuple[Asker, list[UsageEvent]]]:
    """The owner, the lead of Research, who works in Legal as well, and Bob, each with the events that are theirs to
    see; something of everybody at each moment."""
    organization = open_ledger(time_zone=zone)
    owner = asker(organization, "owner", Role.OWNER)
    lead = asker(organization, "lead", Role.DEPARTMENT_LEAD)
    bob = asker(organization, "bob", Role.MEMBER)
    research = Department.objects.create(
        organization=organization, external_id="research", lead=lead.member
    ).pk
    sent = [
        event(
            occurred_at=moment,
            member_id=member,
            department_id=department,
            project_id="atlas",
            response_model=model,
            error_type="timeout" if member == "bob" else "",
            input_tokens=1000 + index,
            cache_read_input_tokens=10 + index,
            duration_ms=7,
        )
        for index, moment in enumerate(moments)
        for member, department, model in (
            ("bob", "research", "gpt-4o"),
            ("bob", "legal", "mystery"),
            ("lead", "legal", "gpt-4o"),
            ("lead", "research", "gpt-4o"),
            ("", "", "gpt-4o"),
        )
    ]
    assert set(answers(store(organization, *sent, received_at=NOW))) == {"stored"}
    stored = list(UsageEvent.objects.filter(organization=organization))
    of_lead = [one for one in stored if one.department_id == research or one.member_id == lead.member.pk]
    of_bob = [one for one in stored if one.member_id == bob.member.pk]
    return [(owner, stored), (lead, of_lead), (bob, of_bob)]


def by_hour(asker: Asker, first: str, last: str, **more: Any) -> dict[str, Any]:
    return whole_series(asker.get, bucket="hour", **{"from": first, "to": last}, **more)


def refused(asker: Asker, **asked: Any) -> dict[str, Any]:
    response = asker.client.get(
        "/api/v1/usage/timeseries", {"organization": asker.slug, "bucket": "hour"} | asked
    )
    assert response.status_code == 400, response.content
    problem: dict[str, Any] = response.json()
    return problem


def used(answer: dict[str, Any]) -> dict[str, Any]:
    """The hours with usage, as they are told, with all measures."""
    hours = [step["hour_start"] for step in answer["steps"]]
    totals = [all_told(step) for step in answer["totals"]]
    return {hour: sums for hour, sums in zip(hours, totals, strict=True) if any(sums)}


def test_a_day_has_the_hours_that_it_has() -> None:
    for asker, seen in scene("Europe/Berlin", *SPRING, *AUTUMN):
        for day, starts, count in (
            ("2026-03-29", ["01:00:00+01:00", "03:00:00+02:00"], 23),
            ("2026-10-25", ["02:00:00+02:00", "02:00:00+01:00", "23:00:00+01:00"], 25),
        ):
            answer = by_hour(asker, day, day, by="model", measures=ALL)
            assert len(answer["steps"]) == len(answer["totals"]) == count
            assert {(step["first"], step["last"]) for step in answer["steps"]} == {(day, day)}
            assert not any(step["is_partial"] or step["is_cut"] for step in answer["steps"])
            found = used(answer)
            assert list(found) == [f"{day}T{start}" for start in starts]
            among = [one for one in seen if f"{one.local_date}" == day]
            assert {datetime.fromisoformat(hour): sums for hour, sums in found.items()} == all_grouped(
                among, "hour_start"
            )
            for line in answer["series"]:
                is_priced = line["row"]["external_id"] == "gpt-4o"
                assert all_added_up(all_told(step) for step in line["measures"]) == all_measured(
                    one for one in among if (one.response_model == "gpt-4o") is is_priced
                )


def test_half_hour_zones_and_the_hour_in_progress() -> None:
    """It is 16:05 in Kathmandu."""
    for asker, seen in scene("Asia/Kathmandu", *TODAY):
        answer = by_hour(asker, "2026-11-02", "", measures=ALL)
        steps = answer["steps"]
        assert [step["hour_start"][11:] for step in steps] == [f"{hour:02}:00:00+05:45" for hour in range(17)]
        assert [step["is_partial"] for step in steps] == [False] * 16 + [True]
        assert list(used(answer).values()) == [
            all_measured(one for one in seen if one.occurred_at == moment) for moment in TODAY
        ]
        day = asker.get("timeseries", bucket="day", measures=ALL, **{"from": "2026-11-02"})
        assert all_told(day["totals"][0]) == all_measured(seen)


def test_hours_are_told_apart_by_what_they_are_kept_by() -> None:
    (owner, _all), (lead, _research), (bob, own) = scene("Asia/Kathmandu", *TODAY)
    for asker in (owner, lead):
        for dimension in ("member", "project"):
            problem = refused(asker, by=dimension)
            assert problem["errors"] == [{"field": dimension, "reason": "Hours are not kept by this."}]
            # Whether there is such usage or not.
            assert all(refused(asker, **{dimension: value}) == problem for value in ("bob", "atlas", "none"))
    for dimension, value in (("member", "bob"), ("project", "atlas")):
        answer = by_hour(bob, "2026-11-02", "", by=dimension, measures=ALL)
        assert [line["row"]["external_id"] for line in answer["series"]] == [value]
        assert [all_told(step) for step in answer["series"][0]["measures"] if step["calls"]] == [
            all_measured(one for one in own if one.occurred_at == moment) for moment in TODAY
        ]
    hidden, missing = (by_hour(bob, "2026-11-02", "", member=value) for value in ("lead", "none"))
    assert hidden == missing
    assert not any(step["calls"] for step in hidden["totals"])


def test_hours_of_a_month_at_most() -> None:
    (owner, _all), *_others = scene("Europe/Berlin", *AUTUMN)
    answer = by_hour(owner, "2026-10-01", "2026-10-31")
    assert len(answer["steps"]) == 31 * 24 + 1
    assert sum(step["calls"] for step in answer["totals"]) == 5 * len(AUTUMN)
    problem = refused(owner, **{"from": "2026-10-01", "to": "2026-11-01"})
    assert problem["errors"] == [
        {"field": "bucket", "reason": "Hours can be shown of at most 31 days at once."}
    ]
    # Before there was any calendar.
    assert len(by_hour(owner, "2020-02-29", "2020-02-29")["steps"]) == 24
    assert "hour, day, week, month" in refused(owner, bucket="minute")["detail"]
    assert refused(owner, measures="happiness")["errors"][0]["field"] == "measures"
