"""Stores events: the one door into the ledger, for the API, importers and replays alike.

One call is one organization and one transaction. A batch is prepared from the worker's memory and stored under
shared locks once that memory has been found to be current; if it is not, the batch is prepared again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from usage.answers import (
    Outcome,
    all_outcomes,
    conflict,
    first_of_each,
    known_outcome,
    quarantined_outcome,
    settled_in_turns,
    stored_outcome,
)
from usage.decoding import Rejected
from usage.delivery import Delivery
from usage.enums import Answer, EventSource, QuarantineReason
from usage.events import Event
from usage.identity import UNKNOWN_FINGERPRINT, fingerprint
from usage.ledger_sql import SETTLE_HOLDS
from usage.models import EventKey
from usage.placement import Displaced, place
from usage.services.ingest_statement import (
    KeysMoved,
    StagedBatch,
    copy_lines,
    store_line,
    store_staged,
    take_out_known,
)
from usage.services.ledger_guard import LedgerTransaction, Stale, ledger_transaction, open_staging, take_locks
from usage.services.quarantine import keep_quarantined
from usage.services.receipts import count_receipts
from usage.services.snapshots import MEMORY, OrganizationSnapshot, PriceSnapshot
from usage.staged_chats import chat_parameters
from usage.staged_habits import Batch
from usage.staging import Placed, new_event_ids, staged_line
from usage.unit_prices import unit_price_parameters

ATTEMPTS: Final = 8


@dataclass(frozen=True, slots=True)
class _Request:
    """A call of ``store_events``; ``first`` maps each transaction id to the position of its first event."""

    delivery: Delivery
    events: Sequence[Event | Rejected]
    fingerprints: Sequence[bytes]
    first: dict[str, int]


def store_events(
    *,
    organization_id: int,
    events: Sequence[Event | Rejected],
    source: EventSource,
    api_key_id: int = 0,
    received_at: datetime | None = None,
) -> list[Outcome]:
    """Store a batch (at most 10,000 events) and say for each element, in order, what became of it.

    Either all of it is stored or, on an exception, nothing but what contradicts nothing else in it; sent again it
    counts once. ``received_at`` is for importers that stand in for the past; events later than it are bounded by it.
    """
    delivery = Delivery(
        organization_id=organization_id,
        source=source,
        api_key_id=api_key_id,
        received_at=received_at or timezone.now(),
    )
    fingerprints = [fingerprint(event) if isinstance(event, Event) else b"" for event in events]
    return settled_in_turns(events, fingerprints, partial(_store_patiently, delivery))


def _store_patiently(
    delivery: Delivery, events: Sequence[Event | Rejected], fingerprints: Sequence[bytes]
) -> list[Outcome]:
    """Again, when the worker's memory was old, keys were being mended, or a rival's locks stood crosswise."""
    request = _Request(delivery, events, fingerprints, first_of_each(events))
    for _attempt in range(ATTEMPTS):
        try:
            return _store(request)
        except Stale as stale:
            if stale.price_list:
                MEMORY.renew_prices()
            if stale.organization:
                MEMORY.renew_organization(delivery.organization_id)
        except KeysMoved:
            continue
        except OperationalError as error:
            if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                raise
    raise OperationalError("the ledger changed faster than a batch could be prepared")


def _store(request: _Request) -> list[Outcome]:
    delivery = request.delivery
    snapshot = MEMORY.organization(delivery.organization_id)
    prices = MEMORY.prices()
    placed, waiting = _placed(request, snapshot)
    if _is_out_of_range(waiting) and MEMORY.has_new_months(snapshot):
        raise Stale(price_list=False, organization=True)
    _make_placeholders([item.event for item in placed], snapshot, prices)
    batch = _batch(delivery, snapshot, prices)
    ids = new_event_ids(count=len(placed), received_at=delivery.received_at)
    lines = [staged_line(item, event_id, batch) for item, event_id in zip(placed, ids, strict=True)]
    open_staging()
    with ledger_transaction() as ledger:
        take_locks(
            ledger,
            organization_id=delivery.organization_id,
            price_list_version=prices.price_list.version,
            snapshot=snapshot,
            # Most events share their slots, and texts remember their hashes.
            slots={item.slot.columns: item.slot for item in placed}.values(),
        )
        settles_holds = any(item.event.hold_id for item in placed)
        known = _write(ledger.cursor, delivery, lines, batch, settles_holds=settles_holds)
        stored: Sequence[Placed] = placed
        if known:
            stored = [item for item, event_id in zip(placed, ids, strict=True) if event_id not in known]
            batch = _batch(delivery, snapshot, prices)
            for item in stored:
                staged_line(item, "", batch)
            if stored:
                store_staged(ledger.cursor, _staged_batch(delivery, batch))
        if settles_holds:
            _settle_holds(ledger.cursor, delivery)
        settled = {item.event.transaction_id: stored_outcome(item.event) for item in stored}
        settled |= {
            item.event.transaction_id: known_outcome(item.event, same=known[event_id])
            for item, event_id in (zip(placed, ids, strict=True) if known else ())
            if event_id in known
        }
        return _conclude(ledger, request, settled, stored, waiting, unpriced=batch.unpriced)


def _is_out_of_range(waiting: Sequence[Displaced]) -> bool:
    return any(item.reason is QuarantineReason.OUT_OF_RANGE for item in waiting)


def _batch(delivery: Delivery, snapshot: OrganizationSnapshot, prices: PriceSnapshot) -> Batch:
    return Batch(
        organization_id=delivery.organization_id,
        directory=snapshot,
        models=prices.models,
        price_list=prices.price_list,
        contract_rates=prices.contract_rates,
    )


def _placed(request: _Request, snapshot: OrganizationSnapshot) -> tuple[list[Placed], list[Displaced]]:
    """The first event of each transaction id, with its place or the reason why it has none."""
    placed: list[Placed] = []
    waiting: list[Displaced] = []
    tolerance = settings.INGEST_FUTURE_TOLERANCE
    for position in request.first.values():
        event = request.events[position]
        assert isinstance(event, Event)  # ``first`` names no rejected ones
        found = place(
            event,
            request.fingerprints[position],
            received_at=request.delivery.received_at,
            tolerance=tolerance,
            calendar=snapshot.calendar,
            has_partition=MEMORY.has_partition,
        )
        if isinstance(found, Placed):
            placed.append(found)
        else:
            waiting.append(found)
    return placed, waiting


def _make_placeholders(
    events: Sequence[Event], snapshot: OrganizationSnapshot, prices: PriceSnapshot
) -> None:
    """Give ids to whatever the events name and nobody knows, before the transaction that stores them."""
    snapshot.add_unknown(
        members={event.member_id for event in events} - {""},
        departments={event.department_id for event in events} - {""},
        projects={event.project_id for event in events} - {""},
        integrations={event.integration_id for event in events} - {""},
    )
    prices.add_unknown(
        {(event.provider_name, event.response_model or event.request_model) for event in events}
    )


def _write(
    cursor: CursorWrapper, delivery: Delivery, lines: Sequence[str], batch: Batch, *, settles_holds: bool
) -> dict[str, bool]:
    """Stage the lines and store them. Returns those whose key stood before: event id → same content.

    Where there are such, among others that are new, nothing but the keys is stored yet: what ``batch`` has
    collected tells of events that are not. Holds are settled from the staging table, so their events pass it.
    """
    if not lines:
        return {}
    staged = _staged_batch(delivery, batch)
    if len(lines) == 1 and not settles_holds:
        return store_line(cursor, lines[0], staged)
    copy_lines(cursor, "".join(lines))
    known = take_out_known(cursor, staged, count=len(lines))
    if not known:
        store_staged(cursor, staged)
    return known


def _staged_batch(delivery: Delivery, batch: Batch) -> StagedBatch:
    return StagedBatch(
        organization_id=delivery.organization_id,
        received_at=delivery.received_at,
        source=delivery.source.value,
        api_key_id=delivery.api_key_id,
        unit_prices=unit_price_parameters(batch.prices_used.values()),
        chats=chat_parameters(batch.conversations),
        shared_messages=list(batch.conversations.shared),
        has_lists=batch.has_lists,
    )


def _settle_holds(cursor: CursorWrapper, delivery: Delivery) -> None:
    statement = SETTLE_HOLDS.replace("{organization}", str(delivery.organization_id))
    cursor.execute(statement, {"received_at": delivery.received_at})


def _known_among(request: _Request, waiting: Sequence[Displaced]) -> dict[str, Outcome]:
    """Outcomes of displaced events whose id stands in the ledger: it is known, whatever time is sent with it now."""
    if not waiting:
        return {}
    sent = {item.event.transaction_id: item for item in waiting}
    keys = EventKey.objects.filter(
        organization_id=request.delivery.organization_id, transaction_id__in=list(sent)
    )
    return {
        known: known_outcome(
            sent[known].event, same=bytes(kept) in (UNKNOWN_FINGERPRINT, sent[known].fingerprint)
        )
        for known, kept in keys.values_list("transaction_id", "fingerprint")
    }


def _conclude(
    ledger: LedgerTransaction,
    request: _Request,
    settled: dict[str, Outcome],
    stored: Sequence[Placed],
    waiting: Sequence[Displaced],
    *,
    unpriced: int,
) -> list[Outcome]:
    """Keep what waits for a person, count the receipt, commit, and answer."""
    settled |= {item.event.transaction_id: quarantined_outcome(item) for item in waiting}
    settled |= _known_among(request, waiting)
    waiting = [item for item in waiting if settled[item.event.transaction_id].answer is Answer.QUARANTINED]
    outcomes = all_outcomes(request.events, request.fingerprints, request.first, settled)
    conflicts = [
        conflict(event, request.fingerprints[position])
        for position, (event, outcome) in enumerate(zip(request.events, outcomes, strict=True))
        if outcome.answer is Answer.CONFLICT and isinstance(event, Event)
    ]
    keep_quarantined(ledger.cursor, [*waiting, *conflicts], request.delivery)
    ledger.cursor.execute(
        count_receipts(outcomes, stored, request.delivery, unpriced=unpriced) + ledger.commit
    )
    return outcomes
