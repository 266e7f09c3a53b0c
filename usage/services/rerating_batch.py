"""Prices some events anew: what counts for each is taken back, and stored again at the price of now."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from usage.corrections import correction_fingerprint
from usage.enums import Correction, EventSource
from usage.pricing import decimal_text
from usage.queries.price_list import current_version
from usage.queries.rerating import PartPlace, ids_taken, rated_rows
from usage.rerating import Repriced, repriced
from usage.rerating_sql import EMPTY_STAGING, stage_rerated
from usage.services.corrections import AlreadyCorrected, store_corrections
from usage.services.ingest_statement import StagedBatch, insert_keys, store_staged
from usage.services.snapshots import MEMORY, PriceSnapshot
from usage.staging import new_event_ids
from usage.unit_prices import unit_price_parameters

AT_A_TIME: Final = 1_000
"""Events that are looked at, and at most re-rated, in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows: how many count for events, the last one's id, and those whose price differs.

    ``unpriced_left`` of the others have no price and get none: these are their events, and their tokens.
    """

    seen: int
    last_id: UUID | None
    changes: Sequence[Repriced]
    unpriced_left: int
    unpriced_tokens_left: int


def look_at_page(place: PartPlace, *, after: UUID | None) -> Page:
    """The next rows of a part, compared with the price list as it is now."""
    prices = _current_prices()
    page = rated_rows(place, after=after, limit=AT_A_TIME)
    found = [
        repriced(
            row,
            organization_id=place.organization_id,
            price_list=prices.price_list,
            contract_rates=prices.contract_rates,
        )
        for row in page.rows
    ]
    left = [row for row, change in zip(page.rows, found, strict=True) if change is None and row.unpriced]
    return Page(
        seen=len(page.rows),
        last_id=page.last_id,
        changes=[change for change in found if change is not None],
        unpriced_left=len(left),
        unpriced_tokens_left=sum(row.unpriced_tokens for row in left),
    )


def _current_prices() -> PriceSnapshot:
    prices = MEMORY.prices()
    return prices if prices.price_list.version == current_version() else MEMORY.renew_prices()


def store_changes(
    place: PartPlace, changes: Sequence[Repriced], *, received_at: datetime
) -> Sequence[Repriced]:
    """Store the changes of one page, and give those that were: an id that a client has taken leaves its event out.

    Call it in a transaction, after ``open_staging`` and ``lock_for_corrections`` of the month. Each change is two
    rows, the negation at the old price and the same quantities at the new one, both with the close number of now.
    Raises ``AlreadyCorrected`` when an id was taken this very moment; the transaction must then be rolled back.
    """
    free = _free(place.organization_id, changes)
    if not free:
        return []
    store_corrections(
        organization_id=place.organization_id,
        correction=Correction.RERATING,
        rows=[change.before.negation for change in free],
        received_at=received_at,
    )
    used = {(row.id, row.rate_id): row for change in free if (row := change.row) is not None}
    with connection.cursor() as cursor:
        cursor.execute(EMPTY_STAGING)
        cursor.execute(stage_rerated(place.organization_id), _made(place, free, received_at))
        if insert_keys(cursor, place.organization_id, received_at) != len(free):
            raise AlreadyCorrected
        staged = StagedBatch(
            organization_id=place.organization_id,
            received_at=received_at,
            source=EventSource.CORRECTION.value,
            correction=Correction.RERATING.value,
            unit_prices=unit_price_parameters(used.values()),
        )
        store_staged(cursor, staged)
    return free


def _free(organization_id: int, changes: Sequence[Repriced]) -> Sequence[Repriced]:
    taken = ids_taken(organization_id, [name for change in changes for name in _ids(change)])
    return [change for change in changes if taken.isdisjoint(_ids(change))]


def _ids(change: Repriced) -> tuple[str, str]:
    return change.before.negation.transaction_id(Correction.RERATING), change.before.transaction_id


def _made(place: PartPlace, changes: Sequence[Repriced], received_at: datetime) -> dict[str, Any]:
    names = [change.before.transaction_id for change in changes]
    rows = [change.row for change in changes]
    return {
        "period": place.period,
        "ids": new_event_ids(count=len(changes), received_at=received_at),
        "transaction_ids": names,
        "fingerprints": [correction_fingerprint(name) for name in names],
        "row_ids": [change.before.id for change in changes],
        "corrects": [change.before.corrects for change in changes],
        "list_price_ids": [change.list_price_id for change in changes],
        "contracted_price_ids": [row.id if row else 0 for row in rows],
        "rate_ids": [row.rate_id if row else 0 for row in rows],
        "list_costs": [_written(change.list_cost) for change in changes],
        "contracted_costs": [_written(change.contracted_cost) for change in changes],
        "unpriced": [change.unpriced for change in changes],
        "audio_seconds": [change.audio_seconds for change in changes],
        "files": [None if (files := change.files) is None else json.dumps(files) for change in changes],
    }


def _written(cost_in_scale: int | None) -> str | None:
    return None if cost_in_scale is None else decimal_text(cost_in_scale)
