"""Several reads that must agree with each other."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import IsolationLevel


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Let all reads inside see the same committed state, so that breakdowns add up while events come in.

    Read only. Inside a transaction that is already open nothing can be promised, so nothing is done.
    """
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    driver = connection.connection
    # Said with BEGIN: a statement of its own would be one more way to the server.
    standing = driver.isolation_level, driver.read_only
    driver.isolation_level, driver.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with transaction.atomic():
            yield
    finally:
        if not driver.closed:
            driver.isolation_level, driver.read_only = standing
