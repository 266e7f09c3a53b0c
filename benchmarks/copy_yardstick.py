"""The yardstick of what PostgreSQL itself can take: the same rows by a raw ``COPY``, nothing computed.

Events, keys and messages are read back as the product stored them and written, batch by batch, into empty
copies of the three tables with all their indexes.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import psycopg

from benchmarks.database import Server
from usage.staged_columns import EVENT_COLUMNS

_MESSAGE_COLUMNS: Final = (
    "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns "
    "WHERE table_name = 'usage_message' AND column_name <> 'xid'"
)
_KEY_COLUMNS: Final = "organization_id, transaction_id, fingerprint, event_id, period, received_at"

# Encoded rows of one batch: (COPY statement, COPY text) per table.
Batch = list[tuple[str, bytes]]


class CopyYardstick:
    """Reads what the product has stored since the last look, and copies it into tables of its own."""

    def __init__(self, server: Server, database: str, *, connections: int) -> None:
        self.reader = server.connect(database, autocommit=True)
        self.writers = [server.connect(database) for _ in range(connections)]
        (partition,) = self._one(
            "SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'usage_event'::regclass"
        )
        for table, like in (
            ("copied_event", partition),
            ("copied_event_key", "usage_event_key"),
            ("copied_message", partition.replace("usage_event", "usage_message")),
        ):
            self.reader.execute(f"CREATE TABLE {table} (LIKE {like} INCLUDING ALL)")
        (message_columns,) = self._one(_MESSAGE_COLUMNS)
        event_columns = ", ".join(EVENT_COLUMNS)
        self.sources = (
            (
                f"SELECT xid, {event_columns} FROM usage_event WHERE xid >= '{{last}}' ORDER BY id",
                f"COPY copied_event ({event_columns}) FROM STDIN",
            ),
            (
                f"SELECT e.xid, {', '.join('k.' + name for name in _KEY_COLUMNS.split(', '))} "
                "FROM usage_event_key k JOIN usage_event e ON e.organization_id = k.organization_id "
                "AND e.period = k.period AND e.id = k.event_id WHERE e.xid >= '{last}' ORDER BY k.transaction_id",
                f"COPY copied_event_key ({_KEY_COLUMNS}) FROM STDIN",
            ),
            (
                f"SELECT xid, {message_columns} FROM usage_message m WHERE xid >= '{{last}}' AND NOT EXISTS "
                "(SELECT FROM copied_message c WHERE c.organization_id = m.organization_id "
                "AND c.period = m.period AND c.id = m.id) ORDER BY id",
                f"COPY copied_message ({message_columns}) FROM STDIN",
            ),
        )
        self.skip()

    def close(self) -> None:
        for connection in (self.reader, *self.writers):
            connection.close()

    def skip(self) -> None:
        """Leave out what has been stored until now."""
        (self.last,) = self._one("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")

    def encoded(self) -> list[Batch]:
        """The rows that the product stored since, by the transaction that stored them: its batches."""
        batches: dict[bytes, Batch] = {}
        for source, statement in self.sources:
            lines: dict[bytes, list[bytes]] = {}
            with self.reader.cursor().copy(f"COPY ({source.format(last=self.last)}) TO STDOUT") as copy:
                for line in b"".join(copy).splitlines(keepends=True):
                    xid, row = line.split(b"\t", 1)
                    lines.setdefault(xid, []).append(row)
            for xid, rows in lines.items():
                batches.setdefault(xid, []).append((statement, b"".join(rows)))
        self.skip()
        return list(batches.values())

    def write(self, batches: Sequence[Batch]) -> float:
        """Seconds that it takes to copy the batches in, each in a transaction of its own."""
        count = len(self.writers)
        with ThreadPoolExecutor(count) as threads:
            began = time.perf_counter()
            list(threads.map(lambda n: _write_share(self.writers[n], batches[n::count]), range(count)))
            return time.perf_counter() - began

    def counts(self) -> tuple[int, int, int]:
        """Rows written so far: events, keys, messages."""
        return self._one(
            "SELECT (SELECT count(*) FROM copied_event), (SELECT count(*) FROM copied_event_key), "
            "(SELECT count(*) FROM copied_message)"
        )

    def _one(self, query: str) -> Any:
        return self.reader.execute(query).fetchone()


def _write_share(connection: psycopg.Connection[Any], batches: Sequence[Batch]) -> None:
    for batch in batches:
        with connection.transaction(), connection.cursor() as cursor:
            for statement, rows in batch:
                with cursor.copy(statement) as copy:
                    copy.write(rows)
