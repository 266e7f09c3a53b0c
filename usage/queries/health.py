"""Data health: per day and door what came in and what became of it, and when each key was last heard of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import connection

from teams.enums import KeyScope
from teams.models import ApiKey
from teams.queries.together import Question, asked_together
from usage.enums import EventSource, QuarantineReason, QuarantineStatus
from usage.health import Counts, KeyState, is_silent
from usage.health_findings import Facts, Finding, findings_of
from usage.progress import Days
from usage.queries.sightings import DoubleSightings, double_sightings, sighting_sums
from usage.queries.snapshot import one_snapshot

HABITS_KNOWN: Final = timedelta(days=90)
"""How far back the days of a key are read; one that has been silent for longer is missed no more."""
_COUNTED: Final = tuple(field.name for field in fields(Counts))
# In SQL, for Django would take longer to compile these than the server to answer them.
_RECEIPTS: Final = f"""
SELECT received_on, source, api_key_id, last_received_at, last_occurred_at,
    {", ".join(_COUNTED)}
FROM receipt_daily WHERE organization_id = %s AND received_on BETWEEN %s AND %s
ORDER BY received_on DESC, source, api_key_id
"""
_HEARD: Final = """
SELECT api_key_id, max(last_received_at), max(last_occurred_at) FROM receipt_daily
WHERE organization_id = %s AND api_key_id > 0 GROUP BY api_key_id
"""
_ACTIVE: Final = """
SELECT DISTINCT api_key_id, received_on FROM receipt_daily
WHERE organization_id = %s AND received_on >= %s AND api_key_id > 0
"""
_WAITING: Final = """
SELECT reason, count(*) FROM usage_quarantine WHERE organization_id = %s AND status = %s GROUP BY reason
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The way that events came in: a source and, for the API, the key. ``key_name`` is empty without one."""

    source: EventSource
    api_key_id: int
    key_name: str
    key_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came by one door on one UTC day (None: on all days shown)."""

    day: date | None
    door: Door
    counts: Counts
    last_received_at: datetime
    last_occurred_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHealth:
    """When an API key was last heard of, over all time. ``last_used_at`` counts reading too, to the minute."""

    id: int
    name: str
    prefix: str
    scopes: tuple[KeyScope, ...]
    state: KeyState
    last_received_at: datetime | None
    last_occurred_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataHealth:
    """An organization's receipts on some UTC days, all read at one moment.

    ``receipts`` by day and door, the latest first; ``doors`` the same over all days. ``waiting`` is what stands
    open in quarantine now, conflicts apart (``waiting_conflicts``), whenever it came.
    """

    as_of: datetime
    days: Days
    totals: Counts
    receipts: tuple[Receipt, ...]
    doors: tuple[Receipt, ...]
    keys: tuple[KeyHealth, ...]
    waiting: int
    waiting_conflicts: int
    sightings: DoubleSightings
    findings: tuple[Finding, ...]


def data_health(*, organization_id: int, days: Days, now: datetime, sightings: int = 20) -> DataHealth:
    """Everything about the receipts of an organization, with up to so many ``sightings``.

    As many queries however many days, doors and keys there are.
    """
    with one_snapshot():
        keys = list(ApiKey.objects.filter(organization_id=organization_id).order_by("name", "id"))
        doors = _Doors(keys)
        receipts = _receipts(organization_id, days, doors)
        heard, active, waiting_by_reason, *seen = asked_together(
            _heard_of(organization_id),
            _active_days(organization_id, now),
            _waiting(organization_id),
            *sighting_sums(organization_id, days),
        )
        healths = _keys(keys, _by_key(heard), _days_by_key(active), now)
        waiting, conflicts = _counted(waiting_by_reason)
        seen_twice = double_sightings(
            seen, organization_id=organization_id, days=days, limit=sightings, keys=doors.names
        )
    totals = sum((receipt.counts for receipt in receipts), Counts())
    return DataHealth(
        as_of=now,
        days=days,
        totals=totals,
        receipts=receipts,
        doors=_over_all_days(receipts),
        keys=healths,
        waiting=waiting,
        waiting_conflicts=conflicts,
        sightings=seen_twice,
        findings=findings_of(
            Facts(
                counts=totals,
                waiting=waiting,
                silent_keys=sum(key.state is KeyState.SILENT for key in healths),
                double_sightings=seen_twice.count,
            )
        ),
    )


class _Doors:
    """Doors by source and key; a key that is gone is called by its number."""

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self.names = {key.pk: (key.name, key.prefix) for key in keys}

    def find(self, source: str, api_key_id: int) -> Door:
        gone = (f"#{api_key_id}", "") if api_key_id else ("", "")
        name, prefix = self.names.get(api_key_id, gone)
        return Door(source=EventSource(source), api_key_id=api_key_id, key_name=name, key_prefix=prefix)


def _receipts(organization_id: int, days: Days, doors: _Doors) -> tuple[Receipt, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_RECEIPTS, [organization_id, *days])
        rows = cursor.fetchall()
    return tuple(
        Receipt(
            day=day,
            door=doors.find(source, api_key_id),
            counts=Counts(**dict(zip(_COUNTED, counted, strict=True))),
            last_received_at=last_received_at,
            last_occurred_at=last_occurred_at,
        )
        for day, source, api_key_id, last_received_at, last_occurred_at, *counted in rows
    )


def _over_all_days(receipts: Iterable[Receipt]) -> tuple[Receipt, ...]:
    """The receipts of each door together, those with most events first."""
    by_door: dict[Door, list[Receipt]] = defaultdict(list)
    for receipt in receipts:
        by_door[receipt.door].append(receipt)
    summed = [
        Receipt(
            day=None,
            door=door,
            counts=sum((one.counts for one in some), Counts()),
            last_received_at=max(one.last_received_at for one in some),
            last_occurred_at=max(
                (one.last_occurred_at for one in some if one.last_occurred_at), default=None
            ),
        )
        for door, some in by_door.items()
    ]
    return tuple(sorted(summed, key=lambda one: (-one.counts.received, one.door.source, one.door.api_key_id)))


def _heard_of(organization_id: int) -> Question:
    return Question(_HEARD, [organization_id], columns=3)


def _by_key(heard: Iterable[Any]) -> dict[int, tuple[datetime, datetime | None]]:
    """Key id → when it last sent anything, and when the latest event that it brought had happened."""
    return {key_id: (received, occurred) for key_id, received, occurred in heard}


def _active_days(organization_id: int, now: datetime) -> Question:
    since = (now - HABITS_KNOWN).astimezone(UTC).date()
    return Question(_ACTIVE, [organization_id, since], columns=2)


def _days_by_key(rows: Iterable[Any]) -> dict[int, list[date]]:
    active: dict[int, list[date]] = defaultdict(list)
    for key_id, day in rows:
        active[key_id].append(day)
    return active


def _keys(
    keys: Iterable[ApiKey],
    heard: Mapping[int, tuple[datetime, datetime | None]],
    active: Mapping[int, Sequence[date]],
    now: datetime,
) -> tuple[KeyHealth, ...]:
    """Those that have fallen silent first, what no longer works last."""
    healths = []
    for key in keys:
        received, occurred = heard.get(key.pk, (None, None))
        healths.append(
            KeyHealth(
                id=key.pk,
                name=key.name,
                prefix=key.prefix,
                scopes=tuple(KeyScope(scope) for scope in key.scopes),
                state=_state(key, received, active.get(key.pk, ()), now),
                last_received_at=received,
                last_occurred_at=occurred,
                last_used_at=key.last_used_at,
            )
        )
    order = (KeyState.SILENT, KeyState.ACTIVE, KeyState.UNUSED, KeyState.READ_ONLY, KeyState.EXPIRED)
    return tuple(
        sorted(healths, key=lambda one: order.index(one.state) if one.state in order else len(order))
    )


def _state(key: ApiKey, received: datetime | None, days: Sequence[date], now: datetime) -> KeyState:
    if key.revoked_at is not None:
        return KeyState.REVOKED
    if key.expires_at is not None and key.expires_at <= now:
        return KeyState.EXPIRED
    if received is None:
        return KeyState.UNUSED if KeyScope.USAGE_WRITE in key.scopes else KeyState.READ_ONLY
    silent = is_silent(days, last_received_at=received, now=now)
    return KeyState.SILENT if silent else KeyState.ACTIVE


def _waiting(organization_id: int) -> Question:
    return Question(_WAITING, [organization_id, QuarantineStatus.OPEN.value], columns=2)


def _counted(rows: Iterable[Any]) -> tuple[int, int]:
    """What waits, conflicts apart, and the conflicts."""
    by_reason = dict(rows)
    conflicts = by_reason.pop(QuarantineReason.CONFLICT.value, 0)
    return sum(by_reason.values()), conflicts
