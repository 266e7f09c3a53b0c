"""The PostgreSQL that comes with the product, started for real."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, LiteralString

import psycopg
import pytest

from config import embedded_postgres
from config.database import embedded_parts, ensure_embedded, reachable, stop_embedded
from config.embedded_postgres import Cluster, embedded_cluster
from config.problems import SetupProblem
from tests.config.processes import ROOT, assert_one_sentence, environment, run

pytestmark = pytest.mark.own_servers


def ask(var_dir: Path, query: LiteralString) -> Any:
    with psycopg.connect(**embedded_parts(var_dir)) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_starts_keeps_data_and_stops(var_dir: Path):
    ensure_embedded(var_dir=var_dir)
    with psycopg.connect(**embedded_parts(var_dir)) as connection:
        connection.execute("CREATE TABLE note AS SELECT 'kept' AS words")

    stop_embedded(var_dir=var_dir)
    assert not reachable(embedded_parts(var_dir))

    ensure_embedded(var_dir=var_dir)
    assert ask(var_dir, "SELECT words FROM note") == "kept"


def test_writes_are_safe_and_nobody_else_gets_in(var_dir: Path):
    ensure_embedded(var_dir=var_dir)

    assert ask(var_dir, "SHOW fsync") == "on"
    assert ask(var_dir, "SHOW synchronous_commit") == "on"
    assert ask(var_dir, "SHOW listen_addresses") == ""
    assert ask(var_dir, "SHOW server_encoding") == "UTF8"
    assert (var_dir / "postgres").stat().st_mode & 0o077 == 0


def test_many_processes_may_start_it_at_once(var_dir: Path):
    code = "import sys, pathlib, config.database as d; d.ensure_embedded(var_dir=pathlib.Path(sys.argv[1]))"
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: run("-c", code, str(var_dir)), range(6)))

    assert [result.returncode for result in results] == [0] * 6, results
    assert ask(var_dir, "SELECT count(*) FROM pg_database WHERE datname = 'ledger'") == 1


def test_recovers_after_a_crash(var_dir: Path):
    ensure_embedded(var_dir=var_dir)
    with psycopg.connect(**embedded_parts(var_dir)) as connection:
        connection.execute("CREATE TABLE note AS SELECT 'kept' AS words")
    pid = int((var_dir / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, 9)

    ensure_embedded(var_dir=var_dir)
    assert ask(var_dir, "SELECT words FROM note") == "kept"


def test_attempt_that_was_cut_off_is_begun_again(var_dir: Path):
    cluster = embedded_cluster(var_dir=var_dir)
    ensure_embedded(var_dir=var_dir)
    stop_embedded(var_dir=var_dir)
    cluster.data.rename(cluster.folder / "data.new")
    (cluster.folder / "data.new" / "PG_VERSION").unlink()

    ensure_embedded(var_dir=var_dir)
    assert ask(var_dir, "SELECT 1") == 1


def test_deep_folder_gets_a_short_socket(var_dir: Path):
    deep = var_dir / ("d" * 60) / ("e" * 60)
    try:
        ensure_embedded(var_dir=deep)
        assert ask(deep, "SELECT 1") == 1
    finally:
        stop_embedded(var_dir=deep)
        shutil.rmtree(embedded_cluster(var_dir=deep).socket_folder)


def test_folder_with_a_blank_and_an_apostrophe(var_dir: Path):
    odd = var_dir / "it's a folder"
    try:
        ensure_embedded(var_dir=odd)
        assert ask(odd, "SELECT 1") == 1
    finally:
        stop_embedded(var_dir=odd)


@pytest.mark.parametrize("name", ['"quoted"', "$(touch x)", "`id`"])
def test_folder_that_a_shell_would_change(name: str, var_dir: Path):
    with pytest.raises(SetupProblem, match="choose one without quotes"):
        ensure_embedded(var_dir=var_dir / name)


def test_lock_file_of_a_program_that_is_not_a_server(var_dir: Path):
    """After the machine crashed, the server's old process number may be anybody's."""
    ensure_embedded(var_dir=var_dir)
    lock = var_dir / "postgres" / "data" / "postmaster.pid"
    lines = lock.read_text().splitlines(keepends=True)
    stop_embedded(var_dir=var_dir)
    lock.write_text("".join([f"{os.getpid()}\n", *lines[1:]]))

    ensure_embedded(var_dir=var_dir)
    assert ask(var_dir, "SELECT 1") == 1


def test_data_of_another_version(var_dir: Path):
    ensure_embedded(var_dir=var_dir)
    stop_embedded(var_dir=var_dir)
    (var_dir / "postgres" / "data" / "PG_VERSION").write_text("16\n")

    result = run("manage.py", "migrate", VAR_DIR=str(var_dir))

    assert_one_sentence(result, "was made by PostgreSQL 16, but PostgreSQL 18 is installed", str(var_dir))


def test_something_else_in_the_place_of_the_data(var_dir: Path):
    data = var_dir / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "photo.jpg").write_text("")

    result = run("manage.py", "migrate", VAR_DIR=str(var_dir))

    assert_one_sentence(result, "is in the way", str(data))
    assert (data / "photo.jpg").exists()


def test_server_that_refuses_to_start_names_its_reason(var_dir: Path):
    ensure_embedded(var_dir=var_dir)
    stop_embedded(var_dir=var_dir)
    with (var_dir / "postgres" / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write("\nno_such_setting = 1\n")

    result = run("manage.py", "migrate", VAR_DIR=str(var_dir))

    assert_one_sentence(result, "PostgreSQL does not start", "server.log")


def test_nearly_full_disk(var_dir: Path, monkeypatch: pytest.MonkeyPatch):
    full = SimpleNamespace(free=3 * embedded_postgres.MEGABYTE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)

    with pytest.raises(SetupProblem, match=r"no space is left .* \(3 MB free, 200 MB needed\)"):
        ensure_embedded(var_dir=var_dir)


def test_set_up_that_runs_out_of_space(var_dir: Path):
    """What initdb says on a full disk, whatever the machine allows us to mount."""
    binaries = var_dir.with_name("bin")
    binaries.mkdir()
    for name, script in {
        "initdb": "echo 'initdb: error: could not write: No space left on device' >&2; exit 1",
        "pg_isready": "exit 2",
        "postgres": "exit 1",
    }.items():
        (binaries / name).write_text(f"#!/bin/sh\n{script}\n")
        (binaries / name).chmod(0o755)

    with pytest.raises(SetupProblem, match=f"no space is left on the disk that holds {var_dir}"):
        Cluster(folder=var_dir / "postgres", binaries=binaries).start()

    assert not (var_dir / "postgres" / "data").exists()


# An ordinary user may mount in a user namespace, here one that keeps their number. Containers may forbid it.
ORDINARY_USER = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
NAMESPACE = ["unshare", *ORDINARY_USER, "--mount"]
PROBE = [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]

if shutil.which("unshare") and subprocess.run(PROBE, capture_output=True, check=False).returncode == 0:

    def test_disk_that_fills_up_while_the_data_is_made(var_dir: Path):
        """A real, tiny file system, which ends with the command."""
        var_dir.mkdir()
        code = (
            "import sys, pathlib, config.database as d, config.embedded_postgres as e\n"
            "from config.problems import told_plainly\n"
            "e.LEAST_FREE_SPACE = 0\n"
            "with told_plainly(): d.ensure_embedded(var_dir=pathlib.Path(sys.argv[1]))"
        )
        mount = f'mount -t tmpfs -o size=20m none "{var_dir}" && exec "$@"'
        result = subprocess.run(
            [*NAMESPACE, "sh", "-c", mount, "sh", sys.executable, "-c", code, str(var_dir)],
            cwd=ROOT,
            env=environment(),
            text=True,
            capture_output=True,
            check=False,
        )

        assert_one_sentence(result, f"no space is left on the disk that holds {var_dir}")
