"""Fills a database with millions of events as the product itself would have left them.

The product stores one organization's 13 months. Sets of SQL then give every other organization the same rows in
every table that ingest writes: events, keys, messages, chats, files, rollups, receipts. So the fill needs to know no
column, and its rows are right by themselves.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import Any, Final

import psycopg
from psycopg import sql

from benchmarks.product import Installation, Sender
from benchmarks.sample import usage_events
from benchmarks.web import Web
from usage.periods import add_months, month_of

MONTHS: Final = 13
"""With the current one."""
# An organization of this size has a dozen people, not the 300 of the sample.
MEMBERS: Final = 12
DEPARTMENTS: Final = 3
OPENING: Final = time_of_day(7)
WORKING_DAY: Final = timedelta(hours=10)
CONNECTIONS: Final = 2
AT_ONCE: Final = 5
"""Organizations per transaction."""

_TABLES: Final = """
    SELECT c.relname FROM pg_class c
    JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND a.attnum = ANY(i.indkey)
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND i.indnkeyatts > 1 AND c.relname <> 'usage_period' ORDER BY c.relname
"""
"""What is kept per organization under a key that holds it. Periods are made with the organizations."""

COLUMNS: Final = """
    SELECT column_name FROM information_schema.columns
    WHERE table_name = %s AND udt_name <> 'xid8' AND is_generated = 'NEVER' ORDER BY ordinal_position
"""


def ledger_tables(connection: psycopg.Connection[Any]) -> list[str]:
    """The tables that ingest fills."""
    return [name for (name,) in connection.execute(_TABLES).fetchall()]


def fill(product: Installation, served: Web, *, stored: int, batch: int) -> dict[str, Any]:
    """Fill up to about ``stored`` events over all organizations. Gives what there is now and how long it took."""
    began = time.perf_counter()
    template, *others = [organization.id for organization in product.organizations]
    with ExitStack() as sending:
        writers = product.organizations[:1]
        sender = Sender(sending, on=product.on, to=served, writers=writers, batch=batch)
        sender.send(list(_history(max(1, stored // len(product.organizations)))))
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        shares = [others[number::CONNECTIONS] for number in range(CONNECTIONS)]
        list(threads.map(lambda share: _multiply(product, template, share), shares))
    with product.on.connect(product.database, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
        events, size = connection.execute(
            "SELECT (SELECT count(*) FROM usage_event), pg_database_size(current_database())"
        ).fetchone() or (0, 0)
    return {
        "events": events,
        "organizations": len(product.organizations),
        "gigabytes": round(size / 2**30, 2),
        "fill_seconds": round(time.perf_counter() - began),
    }


def empty(product: Installation, tables: Iterable[str]) -> None:
    """Take everything out of the ledger."""
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    with product.on.connect(product.database) as connection:
        connection.execute(sql.SQL("TRUNCATE {}").format(names))


def _history(count: int) -> Iterator[dict[str, Any]]:
    """``count`` events of one small organization, in the working hours of the months' weekdays until yesterday."""
    end = datetime.now(UTC) - timedelta(minutes=5)
    first = add_months(month_of(end.date()), 1 - MONTHS)
    # From its second day: the first of the month is another day east and west of here.
    kept = [first + timedelta(days=day) for day in range(1, (end.date() - first).days)]
    days = [day for day in kept if day.weekday() < 5]
    for number, event in enumerate(usage_events(count, prefix="old", end=end)):
        member = int(event["member_id"].rpartition("-")[2]) % MEMBERS
        day, into = divmod(number * len(days) / count, 1)
        moment = datetime.combine(days[int(day)], OPENING, tzinfo=UTC) + into * WORKING_DAY
        yield event | {
            "occurred_at": moment.isoformat().replace("+00:00", "Z"),
            "member_id": f"member-{member:03d}",
            "department_id": f"department-{member % DEPARTMENTS}",
        }


def _multiply(product: Installation, template: int, organizations: Sequence[int]) -> None:
    with product.on.connect(product.database) as connection:
        connection.execute("SET synchronous_commit = off")
        statements = [copying(connection, table) for table in ledger_tables(connection)]
        connection.commit()
        for start in range(0, len(organizations), AT_ONCE):
            for statement in statements:
                chosen = list(organizations[start : start + AT_ONCE])
                connection.execute(statement, {"template": template, "organizations": chosen})
            connection.commit()


def copying(connection: psycopg.Connection[Any], table: str) -> sql.Composed:
    names = [name for (name,) in connection.execute(COLUMNS, [table]).fetchall()]
    values = []
    for name in names:
        value: sql.Composable = sql.Identifier("row", name)
        if name == "organization_id":
            value = sql.SQL("organization.id")
        elif name == "scope_id":
            value = sql.SQL(
                "CASE row.scope_kind WHEN 'organization' THEN organization.id ELSE row.scope_id END"
            )
        elif (table, name) == ("usage_chat", "id") or name == "chat_id":
            # The product derives them from the organization, too: no two organizations have one in common.
            value = sql.SQL(
                "CASE {id} WHEN '00000000-0000-0000-0000-000000000000' THEN {id} "
                "ELSE md5(organization.id::text || {id}::text)::uuid END"
            ).format(id=value)
        values.append(value)
    return sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {values} FROM unnest(%(organizations)s::bigint[]) AS organization(id) "
        "CROSS JOIN {table} AS row WHERE row.organization_id = %(template)s"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=sql.SQL(", ").join(values),
    )
