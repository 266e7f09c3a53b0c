"""Which database the installation uses, and that it is there before anyone asks for it."""

import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn, Ping

from config.embedded_postgres import PORT, SUPERUSER, embedded_cluster, embedded_folder, socket_folder
from config.problems import SetupProblem

OLDEST_SERVER = 15
CONNECT_SECONDS = 10
RECOVERY_SECONDS = 60
LOOK_SECONDS = 0.1
EMBEDDED_NAME = "ledger"
EXAMPLE = "postgresql://user:password@host:5432/name"
# What Django has its own setting for; every other part of the URL goes to the driver as it is.
DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database_settings(url: str, *, var_dir: Path) -> dict[str, Any]:
    """Django's DATABASES entry for ``url``, or for the embedded server when it is empty. Touches nothing."""
    parts = read_url(url) if url else embedded_parts(var_dir)
    entry: dict[str, Any] = {django: str(parts.pop(libpq, "")) for libpq, django in DJANGO_NAMES.items()}
    return entry | {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {"connect_timeout": CONNECT_SECONDS} | parts,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def read_url(url: str) -> dict[str, Any]:
    """The parts of a connection URL under libpq's names."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise SetupProblem(
            f"DATABASE_URL is not the address of a PostgreSQL database; it looks like {EXAMPLE}."
        )
    try:
        parts = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.ProgrammingError as error:
        # The driver's own words may quote the password.
        raise SetupProblem(f"DATABASE_URL cannot be read; it looks like {EXAMPLE}.") from error
    if not all(is_port(port) for port in str(parts.get("port") or PORT).split(",")):
        raise SetupProblem(f"DATABASE_URL has no valid port; it looks like {EXAMPLE}.")
    if not parts.get("dbname"):
        raise SetupProblem(f"DATABASE_URL names no database; it looks like {EXAMPLE}.")
    return parts


def is_port(text: str) -> bool:
    """Whether ``text`` is a number that a server can listen on."""
    return text.isascii() and text.isdecimal() and 0 < int(text) < 65536


def embedded_parts(var_dir: Path) -> dict[str, Any]:
    """How the embedded server is reached, in libpq's names."""
    host = socket_folder(embedded_folder(var_dir))
    return {"dbname": EMBEDDED_NAME, "user": SUPERUSER, "host": host, "port": PORT}


def ensure_database() -> None:
    """See that the configured database answers, starting the embedded server where no other is configured.

    Cheap when it already runs, and safe to call from many processes at once.
    """
    from django.conf import settings

    if settings.DATABASE_URL:
        check_server(settings.DATABASE_URL)
    else:
        ensure_embedded(var_dir=Path(settings.VAR_DIR))


def ensure_embedded(*, var_dir: Path) -> None:
    """Start the embedded server unless it runs, and make its database on first use."""
    parts = embedded_parts(var_dir)
    if reachable(parts):
        return
    embedded_cluster(var_dir=var_dir).start()
    make_database(parts)


def stop_embedded(*, var_dir: Path) -> None:
    """Stop the embedded server if it runs."""
    embedded_cluster(var_dir=var_dir).stop()


def make_database(parts: dict[str, Any]) -> None:
    """Create the database named in ``parts`` unless it is there."""
    try:
        with psycopg.connect(**parts | {"dbname": "postgres"}, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {parts['dbname']}")
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        pass  # Made before, or by another process just now.
    except psycopg.OperationalError as error:
        raise SetupProblem(f"the embedded PostgreSQL does not answer ({cause(error)}).") from error


def check_server(url: str) -> None:
    """Connect once, and refuse servers that lack what the schema needs."""
    parts = {"connect_timeout": CONNECT_SECONDS} | read_url(url)
    password = str(parts.get("password", ""))
    try:
        with connect_patiently(parts) as connection:
            version = connection.info.server_version // 10000
    except psycopg.Error as error:
        raise SetupProblem(
            f"the database of DATABASE_URL cannot be reached ({cause(error, hide=password)})."
        ) from error
    if version < OLDEST_SERVER:
        raise SetupProblem(
            f"the database of DATABASE_URL runs PostgreSQL {version}; "
            f"version {OLDEST_SERVER} or newer is needed."
        )


def connect_patiently(parts: dict[str, Any]) -> psycopg.Connection[Any]:
    """A connection, also from a server that is only starting: after a crash it turns everyone away for a moment.

    Raises ``psycopg.OperationalError`` for every other reason.
    """
    deadline = time.monotonic() + RECOVERY_SECONDS
    place = make_conninfo(**parts).encode()
    again = True  # once more where it may have started between the two looks
    while True:
        try:
            return psycopg.connect(**parts)
        except psycopg.OperationalError:
            state = PGconn.ping(place)
            is_starting = state == Ping.REJECT or (state == Ping.OK and again)
            if not is_starting or time.monotonic() > deadline:
                raise
            again = state == Ping.REJECT
        time.sleep(LOOK_SECONDS)


def reachable(parts: dict[str, Any]) -> bool:
    """Whether the database accepts a connection, once it has started if it is about to."""
    try:
        connect_patiently(parts | {"connect_timeout": CONNECT_SECONDS}).close()
    except psycopg.OperationalError:
        return False
    return True


def cause(error: Exception, *, hide: str = "") -> str:
    """The first line of the driver's message, which names the cause; the others are advice."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    line = line.removeprefix("connection failed: ").strip().rstrip(".")
    return line.replace(hide, "…") if hide else line
