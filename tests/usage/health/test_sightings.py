"""One call that came by two doors: found, counted, and forgotten once one of its events is voided."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from teams.models import Organization
from tests.threads import at_once
from tests.usage.ledger_fixtures import RECEIVED, event, open_ledger
from usage.enums import EventSource
from usage.events import Event
from usage.models import DoubleSighting, SightingSweep, UsageEvent
from usage.services.corrections import void_events
from usage.services.ingest import store_events
from usage.services.sightings import sweep_all_sightings, sweep_sightings
from usage.tasks import sweep_sightings as sweep_task

GATEWAY, APP = 7, 8
SOON = RECEIVED + timedelta(hours=1)


@pytest.fixture
def organization(db: None) -> Organization:
    return open_ledger()


def report(
    organization: Organization, key: int, *events: Event, at: datetime = RECEIVED, **options: Any
) -> None:
    store_events(
        organization_id=organization.pk,
        events=events,
        source=options.get("source", EventSource.NATIVE),
        api_key_id=key,
        received_at=at,
    )


def call(response_id: str = "resp-1", **changed: Any) -> Event:
    return event(response_id=response_id, **changed)


def sweep(organization: Organization, now: datetime = SOON) -> int:
    return sweep_sightings(organization_id=organization.pk, now=now)


def everything() -> list[tuple[Any, ...]]:
    return list(DoubleSighting.objects.order_by("organization", "provider_name", "response_id").values_list())


def test_one_call_by_two_keys_is_found_with_what_counts_twice(organization: Organization) -> None:
    report(organization, GATEWAY, call(transaction_id="gw"))
    report(
        organization, APP, call(transaction_id="app", input_tokens=900), at=RECEIVED + timedelta(minutes=3)
    )
    assert sweep(organization) == 1
    found = DoubleSighting.objects.get()
    assert (found.provider_name, found.response_id, found.times) == ("openai", "resp-1", 2)
    assert (found.first_received_at, found.last_received_at) == (RECEIVED, RECEIVED + timedelta(minutes=3))
    # 900 × $2 and 100 × $10 per million: what the second report added.
    assert (found.doubled_tokens, found.doubled_cost, found.doubled_unpriced) == (1000, Decimal("0.0028"), 0)
    names = UsageEvent.objects.filter(id__in=found.event_ids).order_by("id").values_list("transaction_id")
    assert [name for (name,) in names] == ["gw", "app"]


def test_two_sources_are_two_doors_though_neither_has_a_key(organization: Organization) -> None:
    report(organization, 0, call())
    report(organization, 0, call(), source=EventSource.FILE)
    assert sweep(organization) == 1


def test_what_is_no_double_sighting(organization: Organization) -> None:
    report(organization, APP, call("parts"), call("parts"), call("provider"), event(), event())
    report(organization, GATEWAY, call("provider", provider_name="azure"), call("alone"), event())
    assert sweep(organization) == 0


def test_a_voided_report_counts_no_longer(organization: Organization) -> None:
    report(organization, GATEWAY, call(transaction_id="gw"))
    report(organization, APP, call(transaction_id="app"))
    sweep(organization)
    void_events(
        organization_id=organization.pk, transaction_ids=["gw"], reason="Counted twice", received_at=SOON
    )
    assert sweep(organization, SOON + timedelta(minutes=15)) == 1
    assert everything() == []
    # A sweep from the beginning on comes to the same.
    SightingSweep.objects.all().delete()
    assert sweep(organization, SOON + timedelta(minutes=15)) == 0


def test_a_void_weeks_later_is_seen_too(organization: Organization) -> None:
    report(organization, GATEWAY, call(transaction_id="gw"))
    report(organization, APP, call(transaction_id="app"))
    sweep(organization)
    later = SOON + timedelta(days=40)
    sweep(organization, later)
    assert len(everything()) == 1
    void_events(
        organization_id=organization.pk, transaction_ids=["app"], reason="Counted twice", received_at=later
    )
    sweep(organization, later + timedelta(minutes=15))
    assert everything() == []


def test_a_third_report_after_the_window_joins_the_two(organization: Organization) -> None:
    report(organization, GATEWAY, call())
    report(organization, APP, call())
    sweep(organization)
    much_later = RECEIVED + timedelta(days=5)
    report(organization, 9, call(), at=much_later)
    sweep(organization, much_later)
    found = DoubleSighting.objects.get()
    assert (found.times, found.doubled_tokens, found.last_received_at) == (3, 2200, much_later)


def test_reports_months_apart_in_time_and_in_the_ledger_are_brought_together(
    organization: Organization,
) -> None:
    """A late report belongs to another billing month; what counts is when both were received."""
    report(organization, GATEWAY, call(occurred_at=datetime(2026, 4, 30, 23, 59, tzinfo=UTC)))
    report(
        organization, APP, call(occurred_at=datetime(2026, 5, 1, tzinfo=UTC)), at=RECEIVED + timedelta(days=1)
    )
    sweep(organization, RECEIVED + timedelta(days=1, minutes=1))
    assert DoubleSighting.objects.get().times == 2


def test_an_unpriced_call_adds_tokens_and_no_cost(organization: Organization) -> None:
    for key in (GATEWAY, APP):
        report(organization, key, call(response_model="mystery"))
    sweep(organization)
    found = DoubleSighting.objects.get()
    assert (found.doubled_tokens, found.doubled_cost, found.doubled_unpriced) == (1100, 0, 1)


def test_a_repeated_sweep_changes_nothing_and_goes_on_where_it_was(organization: Organization) -> None:
    report(organization, GATEWAY, *(call(f"resp-{number}") for number in range(5)))
    report(organization, APP, *(call(f"resp-{number}") for number in range(3)))
    assert sweep(organization) == 3
    before = everything()
    assert sweep(organization) == 0
    assert sweep(organization, SOON + timedelta(minutes=5)) == 0
    report(organization, APP, call("resp-4"), at=SOON + timedelta(minutes=6))
    assert sweep(organization, SOON + timedelta(minutes=7)) == 1
    assert everything()[:3] == before
    assert SightingSweep.objects.get().swept_until == SOON + timedelta(minutes=7)


def test_weeks_are_caught_up_with_in_one_sweep_as_in_many(organization: Organization) -> None:
    for day in range(20):
        moment = RECEIVED - timedelta(days=20 - day)
        report(organization, GATEWAY, call(f"resp-{day}"), at=moment)
        report(organization, APP, call(f"resp-{day}"), at=moment + timedelta(hours=30))
    sweep(organization, RECEIVED + timedelta(days=1))
    at_once_found = everything()
    assert len(at_once_found) == 20
    DoubleSighting.objects.all().delete()
    SightingSweep.objects.all().delete()
    for hour in range(0, 24 * 23, 31):
        sweep(organization, RECEIVED - timedelta(days=21) + timedelta(hours=hour))
    assert everything() == at_once_found


def test_organizations_are_kept_apart(organization: Organization) -> None:
    other = open_ledger()
    report(organization, GATEWAY, call())
    report(other, APP, call())
    assert sweep_all_sightings(now=SOON) == 0
    report(other, GATEWAY, call(), at=SOON)
    assert sweep_all_sightings(now=SOON) == 1
    assert DoubleSighting.objects.get().organization_id == other.pk


def test_the_worker_sweeps_by_itself(organization: Organization) -> None:
    sweep_task()
    assert SightingSweep.objects.get().swept_until is not None


@pytest.mark.django_db(transaction=True)
def test_rival_sweeps_find_each_call_once_while_ingest_runs() -> None:
    organization = open_ledger()
    batches = [[call(f"resp-{start + number}") for number in range(40)] for start in range(0, 160, 40)]
    for batch in batches:
        report(organization, GATEWAY, *batch)
    twins = [[call(one.response_id) for one in batch] for batch in batches]
    results = at_once(
        *(lambda twin=twin: report(organization, APP, *twin) for twin in twins),
        *(lambda: sweep(organization, RECEIVED + timedelta(minutes=1)) for _ in range(4)),
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    at_once(*(lambda: sweep(organization, RECEIVED + timedelta(minutes=2)) for _ in range(3)))
    assert DoubleSighting.objects.count() == 160
    assert set(DoubleSighting.objects.values_list("times", "doubled_tokens")) == {(2, 1100)}
