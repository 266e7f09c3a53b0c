"""A PostgreSQL and a gunicorn of the run's own, on this machine, that can be killed and started again."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg

from benchmarks.database import BASE_DIR, Server
from config.embedded_postgres import PORT, SUPERUSER, Cluster, embedded_cluster
from config.problems import SetupProblem, writable_folder

NAME: Final = "soak"
LOOK_SECONDS: Final = 0.02
WAIT_SECONDS: Final = 60


class SoakProblem(Exception):
    """The run cannot go on: something did not come back, or ended by itself."""


def wait_until(happened: Callable[[], Any], what: str, *, seconds: float = WAIT_SECONDS) -> float:
    """Poll until ``happened`` is true. Returns the seconds that it took."""
    began = time.monotonic()
    while not happened():
        if time.monotonic() - began > seconds:
            raise SoakProblem(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - began


class Stage:
    """Both servers. Killing is immediate, nothing is given a chance to tidy up."""

    def __init__(self, folder: Path, *, workers: int) -> None:
        self.folder = folder
        self.workers = workers
        self.cluster: Cluster = embedded_cluster(var_dir=folder)
        self.server = Server(parts={"user": SUPERUSER, "host": str(self.cluster.socket_folder), "port": PORT})
        self.port = _free_port()
        self.web: subprocess.Popen[bytes] | None = None
        self.environment = {
            "DATABASE_URL": self.server.url(NAME),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": secrets.token_hex(),
            "VAR_DIR": str(folder),
        }

    def start_database(self) -> None:
        self.cluster.start()

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0]))

    def shut_database_down(self) -> None:
        """What ``pg_ctl stop --mode=immediate`` sends: processes are ended without a checkpoint, as in a crash."""
        postmaster = self.postmaster()
        postmaster.send_signal(signal.SIGQUIT)
        wait_until(lambda: not _is_alive(postmaster), "the end of PostgreSQL")

    def answers(self) -> bool:
        """Whether the database takes connections."""
        try:
            self.server.connect(NAME).close()
        except psycopg.OperationalError:
            return False
        return True

    def start_web(self) -> None:
        """Start gunicorn as the product is served, again and again until it stays: its port may not be free yet."""
        wait_until(self._web_is_up, "the start of the web server")

    def _web_is_up(self) -> bool:
        if self.web is None or self.web.poll() is not None:
            own = {
                "HOST": "127.0.0.1",
                "PORT": str(self.port),
                "WEB_WORKERS": str(self.workers),
                "LOG_LEVEL": "WARNING",
            }
            command = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn"]
            with (self.folder / "web.log").open("ab") as log:
                self.web = subprocess.Popen(
                    command, cwd=BASE_DIR, env=os.environ | self.environment | own, stdout=log, stderr=log
                )
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def web_workers(self) -> list[psutil.Process]:
        """gunicorn's workers. Fails when gunicorn has ended by itself, which no fault excuses."""
        assert self.web is not None
        if self.web.poll() is not None:
            raise SoakProblem(f"gunicorn ended by itself with exit code {self.web.returncode}")
        return list(psutil.Process(self.web.pid).children())

    def kill_web(self) -> None:
        """Kill gunicorn's first process. Its workers notice and end by themselves, and give the port back."""
        assert self.web is not None
        workers = self.web_workers()
        self.web.kill()
        self.web.wait()
        wait_until(lambda: not any(map(_is_alive, workers)), "the end of the web workers")

    def last_words(self) -> str:
        """The last traceback in the web server's log, or its end."""
        log = self.folder / "web.log"
        words = log.read_text(errors="replace") if log.exists() else ""
        return words[max(words.rfind("Traceback"), 0) :][:8_000] if "Traceback" in words else words[-4_000:]

    def stop(self) -> None:
        if self.web is not None and self.web.poll() is None:
            self.web.terminate()
            self.web.wait()
        self.cluster.stop()


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def stage(*, workers: int) -> Iterator[Stage]:
    """Both servers, started, with an empty database; all of it is removed afterwards. fsync is on."""
    var_dir = writable_folder(Path(os.environ.get("VAR_DIR") or BASE_DIR / "var"))
    with tempfile.TemporaryDirectory(prefix="soak-", dir=var_dir) as folder:
        made = Stage(Path(folder), workers=workers)
        try:
            made.start_database()
            with made.server.connect("postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {NAME}")
            settings = made.server.settings()
            print(f"PostgreSQL: {', '.join(f'{key} {value}' for key, value in settings.items())}", flush=True)
            if settings["fsync"] != "on":
                raise SetupProblem("fsync is off: a crash of the server would prove nothing.")
            yield made
        except SoakProblem as problem:
            raise SoakProblem(f"{problem}\n{made.last_words()}") from problem
        finally:
            made.stop()
