"""Takes events back: by rows of the opposite sign beside them, never by changing or removing one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from teams.models import ApiKey, Organization, User
from teams.services.audit import record_audit
from usage.corrections import MAX_VOIDS, Negation, VoidOutcome, correction_fingerprint, is_possible_id
from usage.corrections_sql import DAYS_STAGED, PRICES_STAGED, stage_corrections
from usage.enums import Correction, EventSource, VoidAnswer
from usage.locks import LOCK_ALONE, LOCK_SHARED, PRICE_LIST_LOCK, corrections_lock, period_lock
from usage.models import SpendTouch
from usage.month_sql import take_back_sums
from usage.queries.corrections import Correctable, correctable, positions, waiting_in_quarantine
from usage.queries.unit_prices import rows_at_rates
from usage.services.ingest_statement import StagedBatch, insert_keys, store_staged
from usage.services.ledger_guard import open_staging
from usage.staging import new_event_ids
from usage.unit_prices import UnitPriceLists, unit_price_parameters

ATTEMPTS: Final = 8
_IDS_AT_A_TIME: Final = 10_000


class AlreadyCorrected(Exception):
    """An event stands under the id that a correction would have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A call of ``void_events``; ``places`` are where the ids that are known stand, each id once."""

    organization_id: int
    transaction_ids: Sequence[str]
    places: dict[str, tuple[date, UUID]]
    reason: str
    actor: User | None
    api_key: ApiKey | None
    received_at: datetime
    source: EventSource


def void_events(
    *,
    organization_id: int,
    transaction_ids: Sequence[str],
    reason: str,
    actor: User | None = None,
    api_key: ApiKey | None = None,
    received_at: datetime | None = None,
    source: EventSource = EventSource.CORRECTION,
) -> list[VoidOutcome]:
    """Void up to 10,000 events of one organization, and say for each id, in order, what became of it.

    All of it is stored or, on an exception, nothing; said again it changes nothing. What was voided stands in one
    entry of the audit history, with the ``reason`` and ``source``, the door that the wish came by. The voids carry
    the close numbers of now: what was invoiced is adjusted by the next invoice. Raises ``ValueError`` for more ids.
    """
    if len(transaction_ids) > MAX_VOIDS:
        raise ValueError(f"at most {MAX_VOIDS} events are voided at a time")
    possible = {name for name in transaction_ids if is_possible_id(name)}
    request = _Request(
        organization_id=organization_id,
        transaction_ids=transaction_ids,
        places=positions(organization_id, possible) if possible else {},
        reason=reason,
        actor=actor,
        api_key=api_key,
        received_at=received_at or timezone.now(),
        source=source,
    )
    return _void_patiently(request)


def _void_patiently(request: _Request) -> list[VoidOutcome]:
    """Again, when a rival's locks stood crosswise or a client has taken the id of a void meanwhile."""
    for _attempt in range(ATTEMPTS):
        try:
            return _void(request)
        except AlreadyCorrected:
            continue
        except OperationalError as error:
            if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                raise
    raise OperationalError("the ledger changed faster than events could be voided")


def _void(request: _Request) -> list[VoidOutcome]:
    places = request.places.values()
    if places:
        open_staging()
    with transaction.atomic():
        if places:
            lock_for_corrections(request.organization_id, {month for month, _event_id in places})
        found = correctable(request.organization_id, places) if places else {}
        to_void = [item for item in found.values() if _refusal(item) is None and not item.is_voided]
        if to_void:
            store_corrections(
                organization_id=request.organization_id,
                correction=Correction.VOID,
                rows=[row for item in to_void for row in item.rows],
                received_at=request.received_at,
                api_key_id=request.api_key.pk if request.api_key else 0,
            )
        outcomes = _outcomes(request, found)
        _record(request, outcomes)
        return outcomes


def lock_for_corrections(organization_id: int, months: Iterable[date]) -> None:
    """Take the organization's corrections alone, then the locks of ingest in its order, until the transaction ends.

    Sums that are kept of the months count no longer.
    """
    months = sorted(months)
    shared = [PRICE_LIST_LOCK, *(period_lock(organization_id, month) for month in months)]
    with connection.cursor() as cursor:
        cursor.execute(
            "; ".join([LOCK_ALONE, *(LOCK_SHARED for _key in shared)]),
            [corrections_lock(organization_id), *shared],
        )
        if months:
            cursor.execute(take_back_sums(organization_id, months))


def store_corrections(
    *,
    organization_id: int,
    correction: Correction,
    rows: Sequence[Negation],
    received_at: datetime,
    api_key_id: int = 0,
) -> None:
    """Take rows of the ledger back: each by its negation, at its own price, stamped with the close number of now.

    For services that correct: call it in a transaction, after ``open_staging`` and ``lock_for_corrections``.
    Raises ``AlreadyCorrected`` when the id of one is taken; the transaction must then be rolled back.
    """
    with connection.cursor() as cursor:
        cursor.execute(stage_corrections(organization_id), _made(rows, correction, received_at))
        cursor.execute(DAYS_STAGED)
        ((first_day, last_day),) = cursor.fetchall()
        if insert_keys(cursor, organization_id, received_at) != len(rows):
            raise AlreadyCorrected
        staged = StagedBatch(
            organization_id=organization_id,
            received_at=received_at,
            source=EventSource.CORRECTION.value,
            api_key_id=api_key_id,
            correction=correction.value,
            unit_prices=_unit_prices_staged(cursor),
        )
        store_staged(cursor, staged)
    SpendTouch.objects.create(
        id=_new_ids(1, received_at)[0],
        organization_id=organization_id,
        first_day=first_day,
        last_day=last_day,
        recorded_at=received_at,
    )


def _made(rows: Sequence[Negation], correction: Correction, received_at: datetime) -> dict[str, Any]:
    transaction_ids = [row.transaction_id(correction) for row in rows]
    periods = [row.period for row in rows]
    return {
        "ids": _new_ids(len(rows), received_at),
        "transaction_ids": transaction_ids,
        "fingerprints": [correction_fingerprint(transaction_id) for transaction_id in transaction_ids],
        "row_ids": [row.row_id for row in rows],
        "periods": periods,
        "corrects": [row.corrects for row in rows],
        "months": sorted(set(periods)),
    }


def _new_ids(count: int, received_at: datetime) -> list[str]:
    starts = range(0, count, _IDS_AT_A_TIME)
    counts = [min(_IDS_AT_A_TIME, count - start) for start in starts]
    return [made for some in counts for made in new_event_ids(count=some, received_at=received_at)]


def _unit_prices_staged(cursor: CursorWrapper) -> UnitPriceLists:
    cursor.execute(PRICES_STAGED)
    return unit_price_parameters(rows_at_rates(cursor.fetchall()))


def _refusal(item: Correctable) -> str | None:
    if item.is_correction:
        return _("It is a correction itself. A correction cannot be voided.")
    if item.is_taken:
        return _("Another event has the id that its void would have.")
    return None


def _outcomes(request: _Request, found: dict[UUID, Correctable]) -> list[VoidOutcome]:
    """One per id, in order; of a repeated id the later ones come after the first has been voided."""
    unknown = [
        name for name in request.transaction_ids if name not in request.places and is_possible_id(name)
    ]
    waiting = waiting_in_quarantine(request.organization_id, unknown) if unknown else set()
    seen: set[str] = set()
    outcomes = []
    for name in request.transaction_ids:
        place = request.places.get(name)
        item = found.get(place[1]) if place else None
        if place and item is None:
            reason = _("Its month has been put away. It can no longer be voided.")
            outcomes.append(VoidOutcome(name, VoidAnswer.REFUSED, place[1], reason))
            continue
        outcomes.append(_outcome(name, item, is_waiting=name in waiting, is_repeat=name in seen))
        seen.add(name)
    return outcomes


def _outcome(name: str, item: Correctable | None, *, is_waiting: bool, is_repeat: bool) -> VoidOutcome:
    if item is None and is_waiting:
        reason = _("It waits in quarantine and counts nowhere. Have it discarded there instead.")
        return VoidOutcome(name, VoidAnswer.REFUSED, reason=reason)
    if item is None:
        reason = _("This organization has no event with that transaction id.")
        return VoidOutcome(name, VoidAnswer.UNKNOWN, reason=reason)
    refusal = _refusal(item)
    if refusal is not None:
        return VoidOutcome(name, VoidAnswer.REFUSED, item.event_id, refusal)
    is_old = item.is_voided or is_repeat
    return VoidOutcome(name, VoidAnswer.ALREADY_VOIDED if is_old else VoidAnswer.VOIDED, item.event_id)


def _record(request: _Request, outcomes: Sequence[VoidOutcome]) -> None:
    """One audit entry for what this call has voided; none when it changed nothing."""
    voided = [outcome for outcome in outcomes if outcome.answer is VoidAnswer.VOIDED]
    if not voided:
        return
    subject = voided[0].transaction_id if len(voided) == 1 else _("%(count)s events") % {"count": len(voided)}
    facts: dict[str, Any] = {
        "source": request.source.value,
        "months": sorted({request.places[outcome.transaction_id][0] for outcome in voided}),
        "events": {outcome.transaction_id: outcome.event_id for outcome in voided},
    }
    if request.api_key is not None:
        facts["api_key"] = str(request.api_key)
    record_audit(
        action="usage_event.voided",
        subject=subject,
        actor=request.actor,
        organization=Organization.objects.get(pk=request.organization_id),
        reason=request.reason,
        facts=facts,
    )
