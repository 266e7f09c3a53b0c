"""Statements that are sent ahead: the server works meanwhile, and what goes wrong is told as ever."""

from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from teams.queries.ahead import ahead, sent

LOCK = 7_301_991


@pytest.fixture
def rival(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another connection to the same database."""
    connection.ensure_connection()
    with psycopg.connect(
        connection.connection.info.dsn, password=connection.connection.info.password, autocommit=True
    ) as other:
        yield other


def test_python_goes_on_while_the_server_waits(rival: psycopg.Connection) -> None:
    rival.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    with connection.cursor() as cursor:
        # Were it waited for, this would end it.
        cursor.execute("SET statement_timeout = '20s'")
    with transaction.atomic(), ahead():
        locked = sent("SELECT 'locked', pg_advisory_xact_lock(%s)::text", [LOCK])
        beside = sent("SELECT %(one)s::int + 1", {"one": 1})
        rival.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        assert locked() == [("locked", "")]
        assert beside() == [(2,)]
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")


@pytest.mark.django_db
def test_other_reads_work_beside_what_is_sent_and_inside_another() -> None:
    with ahead():
        first = sent("SELECT generate_series(1, 3)", [])
        with ahead(), connection.cursor() as cursor:
            cursor.execute("SELECT 5")
            assert cursor.fetchall() == [(5,)]
        assert first() == [(1,), (2,), (3,)]
    assert sent("SELECT 7", [])() == [(7,)]


def test_a_failure_is_told_once_and_the_connection_stays_good(transactional_db: None) -> None:
    def divided() -> None:
        with transaction.atomic(), ahead():
            read = [sent("SELECT 1 / %s", [divisor]) for divisor in (1, 0, 1)]
            for rows in read:
                rows()

    with pytest.raises(DatabaseError, match="division by zero"):
        divided()
    assert sent("SELECT 1", [])() == [(1,)]


def test_what_is_never_read_harms_nobody(transactional_db: None) -> None:
    with suppress(KeyError), transaction.atomic(), ahead():
        sent("SELECT generate_series(1, 1000)", [])
        raise KeyError
    with transaction.atomic(), ahead():
        sent("SELECT 1", [])
    assert sent("SELECT 2", [])() == [(2,)]
