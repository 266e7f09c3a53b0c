"""``make run`` and ``make stop``: the whole product on one machine, in the foreground.

python -m config.launcher run     database, web and worker until Ctrl-C
python -m config.launcher stop    ends a running one, and the embedded database with it
"""

import fcntl
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from textwrap import indent
from typing import IO, Any

from config.broker import check_broker
from config.child_process import Child, ask_to_end, start_child
from config.database import check_server, ensure_embedded, is_port, stop_embedded
from config.problems import SetupProblem, told_plainly, writable_folder

BASE_DIR = Path(__file__).resolve().parent.parent
READY_SECONDS = 60
LOOK_SECONDS = 0.2
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """A person asked to stop before everything was up."""


class Launcher:
    """Starts the parts in order, watches them, and stops them in the opposite order."""

    def __init__(self) -> None:
        self.var_dir = writable_folder(Path(os.environ.get("VAR_DIR") or BASE_DIR / "var"))
        self.database_url = os.environ.get("DATABASE_URL", "")
        self.host = os.environ.get("HOST") or "127.0.0.1"
        self.port = read_port(os.environ.get("PORT") or "8000")
        self.environment = self.child_environment()
        self.stop_asked = threading.Event()

    def child_environment(self) -> dict[str, str]:
        """The demo is for an empty installation of our own; a database of yours gets it only on request."""
        return {
            "DEMO": "" if self.database_url else "1",
            "SITE_URL": f"http://localhost:{self.port}",
            "PYTHONUNBUFFERED": "1",
            **os.environ,
            "VAR_DIR": str(self.var_dir),
            "HOST": self.host,
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def run(self) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, lambda *_: self.stop_asked.set())
        try:
            with self.only_one(), ExitStack() as parts:
                self.check_port()
                if broker_url := os.environ.get("BROKER_URL"):
                    check_broker(broker_url)
                self.start_database(parts)
                words = self.prepare(parts)
                children = [self.start_web(parts), self.start_worker(parts)]
                parts.callback(ask_to_end, children)
                self.wait_until(self.answers, children)
                self.greet(words)
                self.wait_until(self.stop_asked.is_set, children, seconds=None)
        except Stopped:
            pass
        print("Token Ledger has stopped.", flush=True)

    @contextmanager
    def only_one(self) -> Iterator[None]:
        """Two at once would share a database that the first Ctrl-C stops."""
        with (self.var_dir / "run.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SetupProblem("it already runs from this folder: stop it with `make stop`.") from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield
            lock.truncate(0)

    def check_port(self) -> None:
        with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise SetupProblem(
                    f"port {self.port} cannot be used ({error.strerror}): "
                    f"end what uses it or choose another, for example PORT={self.port % 65535 + 1} make run."
                ) from error

    def start_database(self, parts: ExitStack) -> None:
        if self.database_url:
            check_server(self.database_url)
        else:
            say("Starting PostgreSQL …")
            parts.callback(stop_embedded, var_dir=self.var_dir)
            ensure_embedded(var_dir=self.var_dir)

    def prepare(self, parts: ExitStack) -> str:
        """Migrate and load the demo. Progress shows at once; what it says in the end is for the greeting."""
        say("Preparing the database …")
        with tempfile.TemporaryFile("w+") as words:  # An API key may be among them: never a lasting file.
            child = self.start(parts, "the preparation", ["manage.py", "prepare"], output=words, errors=None)
            self.wait_until(lambda: child.process.poll() is not None, [], seconds=None)
            if child.process.returncode != 0:
                raise SetupProblem(
                    f"preparing the database failed (exit code {child.process.returncode}), see above."
                )
            words.seek(0)
            return words.read().strip()

    def start_web(self, parts: ExitStack) -> Child:
        say("Starting web and worker …")
        return self.start_logged(parts, "web", ["-m", "gunicorn", "-c", "python:config.gunicorn"])

    def start_worker(self, parts: ExitStack) -> Child:
        command = ["-m", "celery", "-A", "config", "worker", "-B", "--concurrency", "1", "--loglevel", "INFO"]
        return self.start_logged(parts, "worker", command)

    def start_logged(self, parts: ExitStack, name: str, arguments: Sequence[str]) -> Child:
        """The terminal stays readable: each part writes a log of its own, and the last run's log is kept."""
        log = self.var_dir / "log" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        with log.open("w") as output:
            return self.start(parts, f"the {name} process", arguments, output=output, errors=output, log=log)

    def start(self, parts: ExitStack, name: str, arguments: Sequence[str], **streams: Any) -> Child:
        child = start_child(name, [sys.executable, *arguments], self.environment, **streams)
        parts.callback(child.stop)
        return child

    def wait_until(
        self,
        happened: Callable[[], bool],
        children: Sequence[Child],
        *,
        seconds: float | None = READY_SECONDS,
    ) -> None:
        """Wait while ``children`` live. A request to stop ends the wait, unless it is what we wait for."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not happened():
            for child in children:
                child.check()
            if self.stop_asked.wait(LOOK_SECONDS) and not happened():
                raise Stopped
            if deadline and time.monotonic() > deadline:
                raise SetupProblem(
                    f"the web process gave no answer for {seconds:.0f} seconds; see {self.var_dir}/log."
                )

    def answers(self) -> bool:
        """Whether the web process serves requests; an answer that refuses us is one too."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        host = f"[{host}]" if ":" in host else host
        try:
            with urllib.request.urlopen(f"http://{host}:{self.port}/healthz", timeout=10):
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    def greet(self, words: str) -> None:
        site = self.environment["SITE_URL"].rstrip("/")
        print(
            f"\nToken Ledger is running.\n\n"
            f"  Web app    {site}/\n"
            f"  Admin      {site}/admin/\n"
            f"  API docs   {site}/api/v1/docs\n"
            + (f"\n{indent(words, '  ')}\n" if words else "")
            + f"\nLogs are in {self.var_dir / 'log'}. Ctrl-C stops everything; the data stays.",
            flush=True,
        )


def read_port(text: str) -> int:
    if not is_port(text):
        raise SetupProblem(f"PORT is {text!r}; it must be a number between 1 and 65535.")
    return int(text)


def say(words: str) -> None:
    print(words, flush=True)


def stop() -> None:
    """End the launcher of this folder and wait for it; without one, stop the embedded server alone."""
    var_dir = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").absolute()
    lock_path = var_dir / "run.lock"
    if lock_path.exists():
        with lock_path.open("r+") as lock:
            pid = lock.read().strip()
            if pid and not free(lock):
                os.kill(int(pid), signal.SIGTERM)
                fcntl.flock(lock, fcntl.LOCK_EX)
    if var_dir.exists():
        stop_embedded(var_dir=var_dir)
    say("Token Ledger has stopped.")


def free(lock: IO[str]) -> bool:
    """Whether nobody holds the lock."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(lock, fcntl.LOCK_UN)
    return True


def main(arguments: list[str]) -> None:
    with told_plainly():
        if arguments == ["run"]:
            Launcher().run()
        elif arguments == ["stop"]:
            stop()
        else:
            raise SetupProblem("say `run` or `stop`.")


if __name__ == "__main__":
    main(sys.argv[1:])
