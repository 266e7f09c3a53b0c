"""The locks of an ingest transaction, and the proof under them that the worker's memory is current."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final

import psycopg
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.pq import TransactionStatus

from usage.enums import MonthSums
from usage.locks import PRICE_LIST_LOCK, period_lock
from usage.month_sql import take_back_sums
from usage.periods import Period, Slot
from usage.services.snapshots import OrganizationSnapshot
from usage.staged_columns import CREATE_STAGED, STAGED

_PREPARED: Final = "_token_ledger_staging"

# The statements of ingest are short and always the same: compiling one takes longer than running it a hundred
# times, and so would planning it anew for its arguments.
_PLANNING: Final = "SET jit = off; SET plan_cache_mode = force_generic_plan"


class Stale(Exception):
    """The worker's memory is old: of the price list, of the organization, or of both."""

    def __init__(self, *, price_list: bool, organization: bool) -> None:
        super().__init__()
        self.price_list = price_list
        self.organization = organization


@dataclass(frozen=True, slots=True)
class LedgerTransaction:
    """A transaction whose beginning and end travel with its first and its last statement.

    ``begin`` goes before the text of the first, ``commit`` behind that of the last; both are empty inside of a
    caller's transaction. A round trip costs a request of one event as much as a good part of storing it.
    """

    cursor: CursorWrapper
    begin: str
    commit: str


@contextmanager
def ledger_transaction() -> Iterator[LedgerTransaction]:
    """All or nothing of what the block executes; committed at its end at the latest."""
    if connection.in_atomic_block:
        with transaction.atomic(), connection.cursor() as cursor:
            yield LedgerTransaction(cursor, "", "")
        return
    with connection.cursor() as cursor:
        try:
            yield LedgerTransaction(cursor, "BEGIN; ", "; COMMIT")
            if _is_open():
                cursor.execute("COMMIT")
        except BaseException:
            _roll_back()
            raise


def _is_open() -> bool:
    raw = connection.connection
    return raw is not None and raw.info.transaction_status != TransactionStatus.IDLE


def _roll_back() -> None:
    """Undo what was not committed; a connection that is broken is given up, so that the next use opens another."""
    try:
        if _is_open():
            connection.connection.rollback()
    except psycopg.Error:
        connection.close()
    else:
        if connection.connection is not None and connection.connection.closed:
            connection.close()


def open_staging() -> None:
    """Make the connection's staging table; call it before the transaction begins.

    Inside a caller's transaction the table could vanish with a rollback and keeps its rows from batch to batch,
    so there it is made and emptied each time.
    """
    connection.ensure_connection()
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"{_PLANNING}; {CREATE_STAGED}")
            cursor.execute(f"TRUNCATE {STAGED}")
    elif not getattr(connection.connection, _PREPARED, False):
        with connection.cursor() as cursor:
            cursor.execute(f"{_PLANNING}; {CREATE_STAGED}")
        setattr(connection.connection, _PREPARED, True)


def take_locks(
    ledger: LedgerTransaction,
    *,
    organization_id: int,
    price_list_version: int,
    snapshot: OrganizationSnapshot,
    slots: Collection[Slot],
) -> None:
    """Begin; take the shared locks, the price list's first, then those of the periods in order; compare versions.

    All in one round trip of separate statements: each sees what was committed while the one before waited.
    Sums that hold days of ``slots`` count no longer. Raises ``Stale`` when the batch was prepared from old memory.
    """
    used = {slot.period.month: slot.period for slot in slots}
    keys = [PRICE_LIST_LOCK, *(period_lock(organization_id, month) for month in sorted(used))]
    statements = [f"SELECT pg_advisory_xact_lock_shared({key})" for key in keys]
    statements.append(
        "SELECT (SELECT version FROM usage_pricelistversion), "
        f"(SELECT directory_version FROM teams_organization WHERE id = {organization_id})"
    )
    if used:
        statements.append(
            f"SELECT CASE WHEN sums <> '{MonthSums.NONE.value}' THEN summed_through END, "
            "period, time_zone, starts_at, ends_at, close_number FROM usage_period "
            f"WHERE organization_id = {organization_id} AND period IN ({', '.join(map(_literal, used))})"
        )
    cursor = ledger.cursor
    cursor.execute(ledger.begin + "; ".join(statements))
    for _before in keys if not ledger.begin else ("", *keys):
        cursor.nextset()
    ((version, directory_version),) = cursor.fetchall()
    rows = cursor.fetchall() if used and cursor.nextset() else []
    standing = {Period(*row[1:]) for row in rows}
    price_list_changed = (version or 0) != price_list_version
    organization_changed = directory_version != snapshot.directory.version or standing != set(used.values())
    if price_list_changed or organization_changed:
        raise Stale(price_list=price_list_changed, organization=organization_changed)
    touched = [month for through, month, *_rest in rows if through and _first_day(slots, month) <= through]
    if touched:
        cursor.execute(take_back_sums(organization_id, touched))


def _first_day(slots: Iterable[Slot], month: date) -> date:
    return date.fromisoformat(min(slot.local_date for slot in slots if slot.period.month == month))


def _literal(month: date) -> str:
    return f"'{month.isoformat()}'"
