"""The PostgreSQL server that a benchmark runs on: one of its own, or one that it is given."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from config.database import cause, read_url
from config.embedded_postgres import PORT, SUPERUSER, Cluster, embedded_cluster
from config.problems import SetupProblem, writable_folder

BASE_DIR: Final = Path(__file__).resolve().parent.parent
SETTINGS: Final = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_level",
    "shared_buffers",
    "max_wal_size",
    "checkpoint_timeout",
    "wal_buffers",
    "work_mem",
    "jit",
    "autovacuum",
)


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server. ``parts`` say in libpq's names how it is reached; ``postmaster`` is None on another machine.

    ``template`` is the database that has the product's tables and prices already, "" where there is none.
    """

    parts: dict[str, Any]
    postmaster: int | None = None
    template: str = ""

    def url(self, database: str) -> str:
        """The DATABASE_URL of one of its databases."""
        parts = self.parts | {"dbname": database}
        options = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parts.items())
        return f"postgresql://?{options}"

    def connect(self, database: str, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        return psycopg.connect(**self.parts | {"dbname": database}, autocommit=autocommit)

    def settings(self) -> dict[str, str]:
        """Those settings that decide how dear a commit is, as the server shows them."""
        with self.connect("postgres") as connection:
            rows = connection.execute(
                "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [list(SETTINGS)]
            ).fetchall()
        return dict(sorted(rows))

    def processor_seconds(self) -> float:
        """Processor time that all its processes have used up so far; 0 where they cannot be seen."""
        if self.postmaster is None:
            return 0.0
        parent = psutil.Process(self.postmaster)
        return sum(_processor_seconds(process) for process in (parent, *parent.children()))


def _processor_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@contextmanager
def server(database_url: str) -> Iterator[Server]:
    """The server of ``database_url``, or a fresh embedded one on a real disk that is removed afterwards.

    It must write as carefully as a ledger needs: fsync and synchronous_commit on.
    """
    if database_url:
        found = Server(parts=read_url(database_url))
        _check(found)
        yield found
        return
    var_dir = writable_folder(Path(os.environ.get("VAR_DIR") or BASE_DIR / "var"))
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=var_dir) as folder:
        cluster = embedded_cluster(var_dir=Path(folder))
        cluster.start()
        try:
            yield started(cluster)
        finally:
            cluster.stop()


def started(cluster: Cluster) -> Server:
    return Server(
        parts={"user": SUPERUSER, "host": str(cluster.socket_folder), "port": PORT},
        postmaster=int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0]),
    )


def _check(found: Server) -> None:
    try:
        settings = found.settings()
    except psycopg.OperationalError as error:
        raise SetupProblem(f"the database server cannot be reached ({cause(error)}).") from error
    off = [name for name in ("fsync", "synchronous_commit") if settings[name] != "on"]
    if off:
        raise SetupProblem(f"{' and '.join(off)} must be on, or the figures say nothing about a ledger.")


@contextmanager
def database(on: Server, name: str, *, template: str = "template0", is_kept: bool = False) -> Iterator[str]:
    """A fresh copy of ``template``, by default empty, dropped afterwards unless kept. Yields its DATABASE_URL."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with on.connect("postgres", autocommit=True) as connection:
        connection.execute(drop)
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield on.url(name)
    finally:
        if not is_kept:
            with on.connect("postgres", autocommit=True) as connection:
                connection.execute(drop)
