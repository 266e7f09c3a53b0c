"""Looks for calls that came by two doors, behind ingest's back: it pays nothing for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from teams.models import Organization
from usage.models import DoubleSighting, ReceiptDaily, SightingSweep
from usage.sightings import Sighted, Sighting, sighting_of
from usage.sightings_sql import CHANGED, FACTS, HAS_NEWS, NO_COMPILING, first_id_of

WINDOW: Final = timedelta(days=2)
"""Two reports of one call that come further apart than this are not brought together."""
LATE_COMMITS: Final = timedelta(minutes=15)
"""An id is drawn before its transaction commits; no ingest takes longer."""
STEP: Final = timedelta(days=1)
_CHUNK: Final = 1000

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the events of one response id stand; some may be named twice."""

    key: Key
    ids: Sequence[UUID]
    periods: Sequence[date]


def sweep_all_sightings(*, now: datetime | None = None) -> int:
    """Sweep every organization up to ``now``; the number of sightings that were found, changed or dropped."""
    moment = now or timezone.now()
    organizations = Organization.objects.order_by("pk").values_list("pk", flat=True)
    return sum(sweep_sightings(organization_id=pk, now=moment) for pk in organizations)


def sweep_sightings(*, organization_id: int, now: datetime) -> int:
    """Look through what was received since the last sweep; the number of sightings found, changed or dropped.

    Goes on where the last one ended, a day per transaction, so it can be killed and repeated at any time. Two at
    once do the same work one after the other.
    """
    changed, swept_until = 0, None
    SightingSweep.objects.bulk_create([SightingSweep(organization_id=organization_id)], ignore_conflicts=True)
    while swept_until is None or swept_until < now:
        with transaction.atomic():
            sweep = SightingSweep.objects.select_for_update().get(pk=organization_id)
            start = sweep.swept_until or _first_receipt(organization_id) or now
            until = max(start, min(start + STEP, now))
            changed += _look(organization_id, fresh=start - LATE_COMMITS, until=until)
            sweep.swept_until = swept_until = until
            sweep.save(update_fields=["swept_until"])
    return changed


def _first_receipt(organization_id: int) -> datetime | None:
    receipts = ReceiptDaily.objects.filter(organization_id=organization_id, stored__gt=0)
    first: date | None = receipts.aggregate(first=Min("received_on"))["first"]
    return datetime.combine(first, time(), tzinfo=UTC) if first else None


def _look(organization_id: int, *, fresh: datetime, until: datetime) -> int:
    """Bring the sightings up to date with what was received from ``fresh`` to ``until``."""
    with connection.cursor() as cursor:
        cursor.execute(NO_COMPILING)
    # The last instant itself belongs to the span.
    end = first_id_of(until + timedelta(milliseconds=1))
    span = {"since": first_id_of(fresh), "until": end}
    ((has_news,),) = _rows(HAS_NEWS, organization_id, span)
    if not has_news:
        return 0
    span = {"since": first_id_of(fresh - WINDOW), "until": end, "fresh": first_id_of(fresh)}
    found = iter([_Places((row[0], row[1]), row[2], row[3]) for row in _rows(CHANGED, organization_id, span)])
    changed = 0
    while chunk := list(islice(found, _CHUNK)):
        changed += _keep(organization_id, chunk)
    return changed


def _keep(organization_id: int, chunk: Sequence[_Places]) -> int:
    """Write what the events of ``chunk`` say, and drop what no longer counts twice."""
    events = _events(organization_id, chunk)
    rows, gone = [], []
    for places in chunk:
        sighting = sighting_of(events[places.key])
        if sighting is None:
            gone.append(places.key)
        else:
            rows.append(_row(organization_id, places.key, sighting, events[places.key]))
    standing = _standing(organization_id, (places.key for places in chunk))
    changed = [row for row in rows if standing.get((row.provider_name, row.response_id)) != _values(row)]
    DoubleSighting.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["organization", "provider_name", "response_id"],
        update_fields=_WRITTEN,
    )
    dropped = [key for key in gone if key in standing]
    for provider_name, response_ids in _by_provider(dropped).items():
        _kept(organization_id).filter(provider_name=provider_name, response_id__in=response_ids).delete()
    return len(changed) + len(dropped)


def _events(organization_id: int, chunk: Iterable[_Places]) -> dict[Key, list[Sighted]]:
    places = {place for entry in chunk for place in zip(entry.periods, entry.ids, strict=True)}
    asked = {"periods": [period for period, _id in places], "ids": [event_id for _period, event_id in places]}
    events: dict[Key, list[Sighted]] = defaultdict(list)
    for provider_name, response_id, *facts in _rows(FACTS, organization_id, asked):
        events[provider_name, response_id].append(Sighted(**dict(zip(_FACTS, facts, strict=True))))
    return events


_FACTS: Final = (
    "id", "period", "source", "api_key_id", "received_at", "member_id", "local_date",
    "tokens", "contracted_cost", "unpriced", "is_voided",
)  # fmt: skip
_WRITTEN: Final = (
    "event_ids", "periods", "times", "first_received_at", "last_received_at", "member_id", "local_date",
    "doubled_tokens", "doubled_cost", "doubled_unpriced",
)  # fmt: skip


def _row(organization_id: int, key: Key, sighting: Sighting, events: Sequence[Sighted]) -> DoubleSighting:
    return DoubleSighting(
        organization_id=organization_id,
        provider_name=key[0],
        response_id=key[1],
        event_ids=[event.id for event in events],
        periods=[event.period for event in events],
        times=sighting.times,
        first_received_at=sighting.first.received_at,
        last_received_at=sighting.last_received_at,
        member_id=sighting.first.member_id,
        local_date=sighting.first.local_date,
        doubled_tokens=sighting.doubled_tokens,
        doubled_cost=sighting.doubled_cost,
        doubled_unpriced=sighting.doubled_unpriced,
    )


def _standing(organization_id: int, keys: Iterable[Key]) -> dict[Key, tuple[Any, ...]]:
    rows = (
        row
        for provider_name, response_ids in _by_provider(keys).items()
        for row in _kept(organization_id).filter(provider_name=provider_name, response_id__in=response_ids)
    )
    return {(row.provider_name, row.response_id): _values(row) for row in rows}


def _kept(organization_id: int) -> "QuerySet[DoubleSighting]":
    return DoubleSighting.objects.filter(organization_id=organization_id)


def _by_provider(keys: Iterable[Key]) -> dict[str, list[str]]:
    """A thousand keys as pairs would be a thousand conditions; by provider they are a few."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for provider_name, response_id in keys:
        grouped[provider_name].append(response_id)
    return grouped


def _values(row: DoubleSighting) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _WRITTEN)


def _rows(statement: str, organization_id: int, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{organization}", str(int(organization_id))), parameters)
        return cursor.fetchall()
