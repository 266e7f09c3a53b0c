"""Four workers store, repeat, contradict, void and close at once: the ledger is what a slow model of it says.

``FUZZ_EFFORT=50`` tries fifty times as many examples; ``make fuzz`` goes on for an hour.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Final
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from teams.models import Organization
from tests.threads import at_once
from tests.usage.fuzz.effort import whole_ledgers
from tests.usage.ingest.calls import calls
from tests.usage.ledger.ledgers import damaged_relations
from tests.usage.ledger_fixtures import RECEIVED, store
from tests.usage.ledger_model import Entry, LedgerModel, local_day
from tests.usage.ledger_prices import World
from tests.usage.ledger_tables import StandingTables, agreed_world, differences, organization_of
from usage.enums import Answer, Correction, VoidAnswer
from usage.events import Event
from usage.locks import LOCK_ALONE, period_lock
from usage.models import EventKey, ReceiptDaily, UsageEvent, UsagePeriod
from usage.services.corrections import void_events
from usage.services.snapshots import MEMORY

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS: Final = 4
ZONES: Final = ("UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "Europe/Berlin", "America/St_Johns")
MONTHS: Final = tuple(date(2026, month, 1) for month in (3, 4, 5, 6))


class Workers:
    """Four workers of one organization, and what they were answered."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.answers: list[tuple[Event, Answer]] = []
        self.voided: list[str] = []
        self.closed: list[tuple[date, int, set[UUID]]] = []

    def store(self, events: Sequence[Event]) -> None:
        outcomes = store(self.organization, *events)
        self.answers += [(one, outcome.answer) for one, outcome in zip(events, outcomes, strict=True)]

    def void(self, transaction_ids: Sequence[str]) -> None:
        outcomes = void_events(
            organization_id=self.organization.pk,
            transaction_ids=transaction_ids,
            reason="not ours",
            received_at=RECEIVED,
        )
        self.voided += [one.transaction_id for one in outcomes if one.answer is VoidAnswer.VOIDED]

    def close(self, month: date) -> None:
        """Take the month alone, note what the number that is closed holds, and count on."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK_ALONE, [period_lock(self.organization.pk, month)])
            period = UsagePeriod.objects.filter(organization=self.organization, period=month)
            number = period.values_list("close_number", flat=True).get()
            events = UsageEvent.objects.filter(
                organization=self.organization, period=month, close_number=number
            )
            self.closed.append((month, number, set(events.values_list("id", flat=True))))
            period.update(close_number=F("close_number") + 1)

    def run(self, steps: Sequence[Callable[[], None]]) -> None:
        """Deal the steps out to four workers that begin together."""
        parts = [steps[number::WORKERS] for number in range(WORKERS)]
        results = at_once(*(lambda part=part: [step() for step in part] for part in parts))
        for result in results:
            if isinstance(result, Exception):
                raise result


def planned(workers: Workers, events: Sequence[Event], chance: random.Random) -> list[Callable[[], None]]:
    """Every event once or more in batches of any size, with voids and closes in between, in any order."""
    sent = [one for one in events for _ in range(chance.choice((1, 1, 2, 3)))]
    chance.shuffle(sent)
    steps: list[Callable[[], None]] = []
    while sent:
        size = chance.choice((1, 2, 5, 30))
        batch, sent = sent[:size], sent[size:]
        steps.append(partial(workers.store, batch))
        if chance.random() < 0.4:
            names = [chance.choice(events).transaction_id for _ in range(chance.choice((1, 3)))]
            steps.append(partial(workers.void, names))
        if chance.random() < 0.2:
            steps.append(partial(workers.close, chance.choice(MONTHS)))
    return steps


# Not shrunk: what failed between four workers seldom fails again.
@whole_ledgers(8)
@given(
    sent=st.lists(calls(), min_size=15, max_size=40), zone=st.sampled_from(ZONES), seed=st.integers(0, 2**32)
)
def test_four_workers_make_the_ledger_of_the_model(sent: list[Event], zone: str, seed: int) -> None:
    MEMORY.forget()
    chance, world = random.Random(seed), agreed_world(zone)
    workers = Workers(organization_of(world))
    events = [replace(one, response_id=f"r{number}") for number, one in enumerate(sent)]
    workers.run(planned(workers, events, chance))
    # What had not come yet could not be voided; and a client that got no answer sends everything again.
    workers.void([one.transaction_id for one in chance.choices(events, k=5)])
    for one in events:
        workers.store([one])
    entries = check_identity(workers, world, events)
    expected = LedgerModel(world, entries).tables
    assert differences(expected, StandingTables(workers.organization, events).all()) == []
    assert damaged_relations(workers.organization) == set()


def check_identity(workers: Workers, world: World, events: Sequence[Event]) -> list[Entry]:
    """Each id is stored once, answered rightly, voided once, in its month, under a number that was open then."""
    rows = list(UsageEvent.objects.filter(organization=workers.organization))
    sent = {one.response_id: one for one in events}
    stored = {row.transaction_id: row for row in rows if not row.correction}
    voids = {row.corrects: row for row in rows if row.correction == Correction.VOID}
    assert len(rows) == len(stored) + len(voids)
    keys = EventKey.objects.filter(organization=workers.organization)
    assert set(keys.values_list("transaction_id", "event_id", "period")) == {
        (row.transaction_id, row.id, row.period) for row in rows
    }
    check_answers(workers, {name: sent[row.response_id] for name, row in stored.items()})
    assert Counter(workers.voided) == Counter(
        row.transaction_id for row in stored.values() if row.id in voids
    )
    entries = []
    for row in rows:
        one = sent[row.response_id]
        moment = min(one.occurred_at, RECEIVED)
        assert (row.occurred_at, row.local_date) == (moment, local_day(world, moment))
        assert row.period == row.local_date.replace(day=1)
        sign = -1 if row.correction else 1
        entries.append(Entry(event=one, occurred_at=moment, close_number=row.close_number, sign=sign))
    for month, number, held in workers.closed:
        assert {row.id for row in rows if (row.period, row.close_number) == (month, number)} == held
    return entries


def check_answers(workers: Workers, stored: dict[str, Event]) -> None:
    """Of everything sent under an id one is stored, once; the same is a duplicate, all else a conflict or waits."""
    answers: dict[str, Counter[Answer]] = defaultdict(Counter)
    for one, answer in workers.answers:
        answers[one.response_id][answer] += 1
    for one in {one.response_id: one for one, _answer in workers.answers}.values():
        found = answers[one.response_id]
        if stored.get(one.transaction_id) == one:
            assert found.pop(Answer.STORED) == 1
            assert set(found) <= {Answer.DUPLICATE}
        elif one.occurred_at > RECEIVED:
            assert set(found) <= {Answer.QUARANTINED, Answer.CONFLICT}
        else:
            assert set(found) == {Answer.CONFLICT}
    names = ("received", *(answer.value for answer in Answer))
    receipts = ReceiptDaily.objects.filter(organization=workers.organization)
    totals = receipts.aggregate(**{name: Sum(name) for name in names})
    counted = Counter(answer.value for _one, answer in workers.answers)
    assert totals == {name: counted[name] for name in names} | {"received": len(workers.answers)}
