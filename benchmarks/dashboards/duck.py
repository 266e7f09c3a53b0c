"""An organization's raw events in DuckDB's own format: the yardstick for every panel that adds something up.

Its types are those that serve DuckDB best: cost in 64 bits (an event costs less than 1,000 dollars), words that recur
as an enumeration, tools and files as lists of structures, rows in order of time.
"""

import tempfile
from pathlib import Path
from typing import Any, Final

import duckdb

from benchmarks.product import Installation

_COLUMNS: Final = {
    "occurred_at": "TIMESTAMPTZ",
    "local_date": "DATE",
    "hour_start": "TIMESTAMPTZ",
    "close_number": "INTEGER",
    "member_id": "BIGINT",
    "department_id": "BIGINT",
    "project_id": "BIGINT",
    "integration_id": "BIGINT",
    "model_id": "BIGINT",
    "feature": "VARCHAR",
    "platform": "VARCHAR",
    "chat_id": "UUID",
    "message_id": "UUID",
    "calls": "INTEGER",
    "failures": "INTEGER",
    "duration_ms": "BIGINT",
    "latency_bucket": "SMALLINT",
    "input_tokens": "BIGINT",
    "cache_read_input_tokens": "BIGINT",
    "cache_creation_5m_input_tokens": "BIGINT",
    "cache_creation_1h_input_tokens": "BIGINT",
    "audio_input_tokens": "BIGINT",
    "image_input_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "reasoning_output_tokens": "BIGINT",
    "audio_output_tokens": "BIGINT",
    "audio_seconds": "BIGINT",
    "web_search_calls": "BIGINT",
    "code_run_calls": "BIGINT",
    "list_cost": "DECIMAL(18, 15)",
    "contracted_cost": "DECIMAL(18, 15)",
    "unpriced": "SMALLINT",
    "contracted_price_id": "BIGINT",
    "rate_id": "BIGINT",
    "tools": "VARCHAR",
    "files": "VARCHAR",
}
_MADE_OF: Final = {
    "feature": "coalesce(feature, '')::feature_name AS feature",
    "platform": "coalesce(platform, '')::platform_name AS platform",
    "tools": 'json_transform(tools, \'[{"name": "VARCHAR", "calls": "BIGINT", "tokens": "BIGINT"}]\') AS tools',
    "files": (
        'json_transform(files, \'[{"id": "UUID", "uses": "BIGINT", "tokens": "BIGINT", "cache_read_tokens": "BIGINT", '
        '"cost": "DECIMAL(18, 15)", "processing_cost": "DECIMAL(18, 15)"}]\') AS files'
    ),
}


def load_events(product: Installation, *, into: Path) -> int:
    """Copy all events of the measured organization into the DuckDB file ``into``; gives how many.

    A file that stands is read as it is, unless its table has other columns than are asked for by now.
    """
    if not (into.exists() and _has_columns(into)):
        with tempfile.NamedTemporaryFile(suffix=".csv", dir=into.parent) as copied:
            _copy_out(product, Path(copied.name))
            _read_in(Path(copied.name), into)
    with duckdb.connect(str(into), read_only=True) as connection:
        row = connection.execute("SELECT count(*) FROM events").fetchone()
    return int(row[0]) if row else 0


def _has_columns(path: Path) -> bool:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'")
        return {name for (name,) in found.fetchall()} == set(_COLUMNS)


def _copy_out(product: Installation, to: Path) -> None:
    copy = (
        f"COPY (SELECT {', '.join(_COLUMNS)} FROM usage_event WHERE organization_id = "
        f"{int(product.organizations[0].id)} ORDER BY period, occurred_at) TO STDOUT (FORMAT csv)"
    )
    with product.on.connect(product.database) as connection, to.open("wb") as file:
        connection.execute("SET work_mem = '256MB'")
        with connection.cursor().copy(copy) as rows:
            for part in rows:
                file.write(part)


def _read_in(copied: Path, into: Path) -> None:
    columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in _COLUMNS.items()) + "}"
    source = f"read_csv('{copied}', header = false, columns = {columns})"
    values = ", ".join(_MADE_OF.get(name, name) for name in _COLUMNS)
    unfinished = into.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with duckdb.connect(str(unfinished)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TEMP TABLE raw AS SELECT * FROM {source}")
        for name in ("feature", "platform"):
            connection.execute(
                f"CREATE TYPE {name}_name AS ENUM (SELECT DISTINCT coalesce({name}, '') FROM raw ORDER BY 1)"
            )
        connection.execute(f"CREATE TABLE events AS SELECT {values} FROM raw")
        connection.execute("CHECKPOINT")
    unfinished.rename(into)


def open_events(path: Path, *, threads: int) -> Any:
    """A connection that reads them with so many threads."""
    connection = duckdb.connect(str(path), read_only=True)
    connection.execute(f"SET threads = {int(threads)}")
    connection.execute("SET TimeZone = 'UTC'")
    return connection
