"""What `make run` does, with the real processes."""

import os
import re
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest

from config.database import embedded_parts, reachable
from tests.config.processes import (
    ROOT,
    RunningLauncher,
    assert_one_sentence,
    environment,
    eventually,
    free_port,
    processes_of,
    run,
)

pytestmark = [pytest.mark.own_servers, pytest.mark.xdist_group("launcher")]


def nothing_is_left(var_dir: Path) -> bool:
    return not processes_of(var_dir)


def test_runs_until_stopped_and_keeps_data(var_dir: Path):
    with RunningLauncher(var_dir) as first:
        first.wait_until_ready()
        site = f"http://localhost:{first.port}"
        assert f"{site}/admin/" in first.said()
        with urllib.request.urlopen(f"{site}/accounts/login/") as page:
            assert page.status == 200
        with psycopg.connect(**embedded_parts(var_dir)) as connection:
            connection.execute("CREATE TABLE note AS SELECT 'kept' AS words")
        first.process.send_signal(signal.SIGINT)
        assert first.wait_until_ended() == 0
    assert first.said().endswith("Token Ledger has stopped.\n")
    eventually(lambda: nothing_is_left(var_dir), seconds=30, what="ending every process")

    with RunningLauncher(var_dir) as second:
        second.wait_until_ready()
        with psycopg.connect(**embedded_parts(var_dir)) as connection:
            assert connection.execute("SELECT words FROM note").fetchone() == ("kept",)
        second.process.send_signal(signal.SIGTERM)
        assert second.wait_until_ended() == 0


def test_ctrl_c_in_the_middle_of_starting(var_dir: Path):
    with RunningLauncher(var_dir) as launcher:
        eventually(lambda: "Preparing the database" in launcher.said(), what="preparing")
        # A terminal sends it to the whole foreground group.
        os.killpg(launcher.process.pid, signal.SIGINT)
        assert launcher.wait_until_ended() == 0
    assert "Traceback" not in launcher.said()
    eventually(lambda: nothing_is_left(var_dir), seconds=30, what="ending every process")


@pytest.mark.parametrize(("name", "pattern"), [("web", "gunicorn"), ("worker", "celery")])
def test_a_part_that_dies_ends_everything(name: str, pattern: str, installed: Path):
    with RunningLauncher(installed) as launcher:
        launcher.wait_until_ready()
        part = next(
            child
            for child in psutil.Process(launcher.process.pid).children()
            if pattern in " ".join(child.cmdline())
        )
        part.kill()
        assert launcher.wait_until_ended() == 1
    (line,) = launcher.errors.read_text().splitlines()
    assert line.startswith(f"Token Ledger cannot go on: the {name} process ended by itself (exit code -9)")
    assert f"{name}.log" in line
    eventually(lambda: nothing_is_left(installed), seconds=30, what="ending every process")


def test_a_launcher_that_is_killed_leaves_no_web_or_worker(installed: Path):
    with RunningLauncher(installed) as launcher:
        launcher.wait_until_ready()
        launcher.process.kill()
        launcher.process.wait()
    eventually(
        lambda: not [line for line in processes_of(installed) if "gunicorn" in line or "celery" in line],
        seconds=30,
        what="ending web and worker",
    )
    # The database alone may stay; the next start finds it, and stopping ends it.
    assert run("-m", "config.launcher", "stop", VAR_DIR=str(installed)).returncode == 0
    assert nothing_is_left(installed)


def test_make_stop_ends_a_running_one(installed: Path):
    with RunningLauncher(installed) as launcher:
        launcher.wait_until_ready()
        second = run("-m", "config.launcher", "run", VAR_DIR=str(installed), PORT=str(free_port()))
        assert_one_sentence(second, "already runs from this folder", "make stop")

        stopping = run("-m", "config.launcher", "stop", VAR_DIR=str(installed))
        assert stopping.returncode == 0, stopping.stderr
        assert launcher.wait_until_ended() == 0
    assert not reachable(embedded_parts(installed))


def test_stopping_what_never_ran(tmp_path: Path):
    result = run("-m", "config.launcher", "stop", VAR_DIR=str(tmp_path / "var"))

    assert (result.returncode, result.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_port_in_use(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("-m", "config.launcher", "run", VAR_DIR=str(tmp_path / "var"), PORT=str(port))

    assert_one_sentence(result, f"port {port} cannot be used (Address already in use)", "PORT=")
    assert not (tmp_path / "var" / "postgres").exists()


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_port_that_is_none(port: str, tmp_path: Path):
    result = run("-m", "config.launcher", "run", VAR_DIR=str(tmp_path / "var"), PORT=port)

    assert_one_sentence(result, f"PORT is '{port}'")


def test_data_of_another_version(var_dir: Path):
    folder = var_dir / "postgres" / "data"
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("16\n")

    result = run("-m", "config.launcher", "run", VAR_DIR=str(var_dir), PORT=str(free_port()))

    assert_one_sentence(result, "was made by PostgreSQL 16")


def test_help_lists_what_people_type():
    result = subprocess.run(
        ["make", "help"], cwd=ROOT, env=environment(), text=True, capture_output=True, check=True
    )

    targets = re.findall(r"make ([a-z]+)", result.stdout)
    assert {"setup", "run", "stop", "test", "lint"} <= set(targets)
