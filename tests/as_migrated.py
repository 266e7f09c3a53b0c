"""Puts the test database back as migrations left it, after a test that committed.

Django truncates every table with all their partitions for that, and makes content types and permissions anew: a second,
after each of hundreds of tests. Here rows are deleted where there are any, and those of the migrations put back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

KEPT: Final = "as_migrated"
"""The schema with a copy of each table that was not empty then."""

_TABLES: Final = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace
        AND relname <> 'django_migrations' ORDER BY relname
"""


def keep() -> None:
    """Remember the rows of a fresh database. What was remembered stays."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s)", [KEPT])
        if cursor.fetchone()[0]:
            return
        cursor.execute(f"CREATE SCHEMA {KEPT}")
        for name in _with_rows(cursor):
            cursor.execute(f'CREATE TABLE {KEPT}."{name}" AS TABLE public."{name}"')


def put_back() -> None:
    """Delete what there is and insert what was remembered. For superusers, whom no trigger or foreign key stops."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in _with_rows(cursor):
            cursor.execute(f'DELETE FROM public."{name}"')
        for name in _tables(cursor, KEPT):
            cursor.execute(f'INSERT INTO public."{name}" SELECT * FROM {KEPT}."{name}"')


@contextmanager
def put_back_quickly() -> Iterator[None]:
    """In here tests of transactions end with ``put_back``, as far as the database lets us."""
    case_class: Any = TransactionTestCase
    original = case_class._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        if case.available_apps is None and _is_superuser():
            put_back()
        else:
            original(case)

    case_class._fixture_teardown = teardown
    try:
        yield
    finally:
        case_class._fixture_teardown = original


def _is_superuser() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        return bool(cursor.fetchone()[0] == "on")


def _tables(cursor: CursorWrapper, schema: str) -> list[str]:
    cursor.execute(_TABLES, [schema])
    return [name for (name,) in cursor.fetchall()]


def _with_rows(cursor: CursorWrapper) -> list[str]:
    some = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM public.\"{name}\")" for name in _tables(cursor, "public")
    )
    cursor.execute(some)
    return [name for (name,) in cursor.fetchall()]
