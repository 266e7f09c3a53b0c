"""A temporary PostgreSQL of another version to run tests against.

    python -m tests.postgres /usr/lib/postgresql/15/bin pytest -m "not browser"

starts a fresh cluster with these binaries, runs the command with DATABASE_URL pointing at it, and removes it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from config.embedded_postgres import SUPERUSER, Cluster, tuning
from config.problems import told_plainly


@contextmanager
def temporary_cluster(binaries: Path) -> Iterator[Cluster]:
    """A running cluster in a folder of its own. It need not survive a power cut, so no write waits."""
    base = Path(tempfile.mkdtemp(prefix="ledger-pg-")).resolve()
    settings = tuning() | {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = ("--locale=C.UTF-8",)
    cluster = Cluster(folder=base / "postgres", binaries=binaries, settings=settings, initdb_options=options)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(base, ignore_errors=True)


def address(cluster: Cluster, name: str = "ledger") -> str:
    """The DATABASE_URL of a database in ``cluster``."""
    return f"postgresql://{SUPERUSER}@{quote(str(cluster.socket_folder), safe='')}/{name}"


def main(arguments: list[str]) -> int:
    binaries, *command = arguments
    with told_plainly(), temporary_cluster(Path(binaries)) as cluster:
        with psycopg.connect(address(cluster, "postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE ledger")
        return subprocess.run(
            command, env=os.environ | {"DATABASE_URL": address(cluster)}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
