"""Makes rollups, messages, chats, file uses and receipts anew from the events, while events come in.

Days and messages are made anew month by month, with ingest of that month held off: the locks are those of
ingest, in its order, but the month's is taken alone. Chats, file uses and receipts reach over months; there the
rows themselves are locked, a few at a time. Whoever stores an event adds to these rows in the same transaction, so
once a row is locked, the events that are visible are exactly those that it contains.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from teams.models import Organization, User
from teams.services.audit import record_audit
from usage.derived_sql import RECEIPT_KEY
from usage.identity import NIL
from usage.locks import LOCK_ALONE, LOCK_SHARED, PRICE_LIST_LOCK, period_lock
from usage.models import UsagePeriod
from usage.month_sql import take_back_sums
from usage.periods import add_months, month_of
from usage.progress import Days
from usage.queries.unit_prices import unit_prices_of_events
from usage.rebuild_sql import (
    chat_statements,
    chats_touched,
    file_use_statements,
    message_statements,
    missing_chats,
    missing_file_uses,
    missing_files,
    missing_receipts,
    receipt_statements,
    rollup_statements,
)
from usage.rollups import DAILY_ROLLUPS

CHATS_AT_A_TIME: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was made anew: how many months, rows of daily rollups and chats; and how many receipts were wrong."""

    months: int
    rollup_rows: int
    chats: int
    receipts: int


def rebuild_rollups(
    *,
    organization: Organization,
    days: Days | None = None,
    actor: User | None = None,
    reason: str = "",
    on_step: Callable[[int, int], None] = lambda done, count: None,
) -> Rebuilt:
    """Make anew what an organization's events of the months that ``days`` touch (all by default) add up to.

    Titles, names and ids at the client are kept, and so is what receipts count beside stored events; receipts are
    those of the UTC days of ``days``. Keys are another matter: ``key_repair``. ``on_step`` hears how many of how many
    steps are done. Every month is one transaction; what was done before an error stays done, and the audit history
    says how far it came. Run it outside of a transaction, or ingest waits until all of it is over.
    """
    months = months_touched(organization.pk, days)
    batches = _chat_batches(organization.pk, months)
    count, done, rollup_rows, receipts = len(months) + len(batches) + 1, 0, 0, 0
    try:
        for month in months:
            rollup_rows += _rebuild_month(organization.pk, month)
            on_step(done := done + 1, count)
        for batch in batches:
            _rebuild_chats(organization.pk, batch)
            on_step(done := done + 1, count)
        receipts = _rebuild_receipts(organization.pk, days)
        on_step(done := done + 1, count)
    finally:
        facts = {"months": months, "steps": count, "steps_done": done, "rollup_rows": rollup_rows}
        record_audit(
            action="rollups.rebuilt",
            subject=organization,
            actor=actor,
            organization=organization,
            reason=reason,
            facts=facts,
        )
    chats = sum(len(batch) for batch in batches[:-1])
    return Rebuilt(months=len(months), rollup_rows=rollup_rows, chats=chats, receipts=receipts)


def months_touched(organization_id: int, days: Days | None) -> list[date]:
    """The billing months of an organization that ``days`` touch, by default all, in order."""
    periods = UsagePeriod.objects.filter(organization_id=organization_id)
    if days is not None:
        periods = periods.filter(period__range=(month_of(days.first), month_of(days.last)))
    return list(periods.order_by("period").values_list("period", flat=True))


def _chat_batches(organization_id: int, months: Sequence[date]) -> list[list[UUID]]:
    """The chats that the months touch, some at a time; the last batch stands for usage outside of chats."""
    if not months:
        return []
    with connection.cursor() as cursor:
        cursor.execute(chats_touched(organization_id, Days(months[0], _last_day(months[-1]))))
        chats = [chat_id for (chat_id,) in cursor.fetchall()]
    batches = [chats[start : start + CHATS_AT_A_TIME] for start in range(0, len(chats), CHATS_AT_A_TIME)]
    return [*batches, [NIL]]


def _last_day(month: date) -> date:
    return add_months(month, 1) - timedelta(days=1)


@transaction.atomic
def _rebuild_month(organization_id: int, month: date) -> int:
    """Rollups and messages of one billing month; returns the number of rollup rows written."""
    days = Days(month, _last_day(month))
    written = 0
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SHARED, [PRICE_LIST_LOCK])
        cursor.execute(LOCK_ALONE, [period_lock(organization_id, month)])
        cursor.execute(take_back_sums(organization_id, [month]))
        # Without statistics, as after a crash, a month is taken for a few rows and compared row by row: for minutes,
        # while its ingest waits.
        cursor.execute("SET LOCAL enable_nestloop = off")
        unit_prices = unit_prices_of_events(organization_id, days=days)
        for rollup in DAILY_ROLLUPS:
            delete, insert = rollup_statements(rollup, organization_id=organization_id, days=days)
            cursor.execute(delete)
            cursor.execute(insert, unit_prices)
            written += cursor.rowcount
        for statement in message_statements(organization_id=organization_id, days=days):
            cursor.execute(statement)
    return written


def _rebuild_chats(organization_id: int, chats: Sequence[UUID]) -> None:
    """Some chats and the uses of files in them.

    Missing rows are made and committed first, so that each transaction takes its row locks in one sorted
    statement, as ingest does, and nobody waits in a circle.
    """
    parameters = {"chats": list(chats)}
    _run(missing_chats(organization_id), parameters)
    _run_together(chat_statements(organization_id), parameters)
    _run(missing_files(organization_id), parameters)
    _run(missing_file_uses(organization_id), parameters)
    _run_together(file_use_statements(organization_id), parameters)


def _rebuild_receipts(organization_id: int, days: Days | None) -> int:
    """What receipts count of stored events; returns how many differed. The rows are made first, as for chats."""
    _run(missing_receipts(organization_id, days), {})
    lock, update = receipt_statements(organization_id, days)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(lock)
        # Only those that are locked: a row that has come since is its own transaction's.
        columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(RECEIPT_KEY)
        cursor.execute(
            update, {name: list(values) for name, values in zip(RECEIPT_KEY, columns, strict=True)}
        )
        return cursor.rowcount


def _run(statement: str, parameters: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _run_together(statements: Iterable[str], parameters: Mapping[str, Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)
