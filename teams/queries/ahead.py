"""Statements that are sent before their answers are needed: the server works on them while Python goes on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg.pq import PipelineStatus

Rows = list[tuple[Any, ...]]


@contextmanager
def ahead() -> Iterator[None]:
    """In here ``sent`` does not wait. All other reads work as ever, and wait for what was sent before them, too."""
    connection.ensure_connection()
    driver = connection.connection
    if driver.pgconn.pipeline_status != PipelineStatus.OFF:
        yield
        return
    with driver.pipeline():
        yield


def sent(sql: str, arguments: Sequence[Any] | Mapping[str, Any]) -> Callable[[], Rows]:
    """Sends a statement; what is given back gives its rows, once. Outside of ``ahead`` it has them already."""
    cursor = connection.cursor()
    cursor.execute(sql, arguments)

    def rows() -> Rows:
        with cursor:
            return cursor.fetchall()

    return rows
