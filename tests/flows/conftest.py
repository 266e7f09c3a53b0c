"""A running product: gunicorn with two workers on the database of the test."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from teams.models import User
from tests.config.processes import ROOT, environment, eventually, free_port
from tests.mail_peer import Peer


@dataclass(frozen=True, slots=True)
class RunningProduct:
    """A running web server, asked as clients and browsers ask; ``pid`` is its first process, the workers' parent."""

    port: int
    pid: int

    def ask(
        self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and text of one HTTP request."""
        client = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            client.request(method, path, body=body, headers=headers or {})
            answer = client.getresponse()
            return answer.status, answer.read().decode()
        finally:
            client.close()

    def page(self, path: str, *, user: User) -> tuple[int, str]:
        """A page as ``user`` sees it, signed in by a session of the shared database."""
        session = Client()
        session.force_login(user)
        cookie = f"{settings.SESSION_COOKIE_NAME}={session.cookies[settings.SESSION_COOKIE_NAME].value}"
        return self.ask("GET", path, headers={"Cookie": cookie})


@pytest.fixture
def product(transactional_db: None, tmp_path: Path) -> Iterator[RunningProduct]:
    """The product over real HTTP. Its workers see what the test commits, and the test what they commit."""
    port = free_port()
    log = tmp_path / "web.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn"],
            cwd=ROOT,
            env=environment(
                DATABASE_URL=database_of_the_test(),
                PORT=str(port),
                VAR_DIR=str(tmp_path / "var"),
                SECRET_KEY=settings.SECRET_KEY,
                DEMO="1",
            ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    running = RunningProduct(port, server.pid)
    try:
        eventually(lambda: _is_up(running) or server.poll() is not None, what="the web server")
        assert server.poll() is None, log.read_text()
        yield running
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def worker(transactional_db: None, peer: Peer, tmp_path: Path) -> Iterator[None]:
    """A worker with its schedule, as on one machine without a broker, whose mail goes to ``peer``."""
    log = tmp_path / "worker.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "worker", "-B", "--concurrency", "1"],
            cwd=ROOT,
            env=environment(
                DATABASE_URL=database_of_the_test(),
                EMAIL_URL=f"smtp://127.0.0.1:{peer.port}",
                VAR_DIR=str(tmp_path / "worker"),
                SECRET_KEY=settings.SECRET_KEY,
            ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield
        assert process.poll() is None, log.read_text()
    finally:
        process.terminate()
        process.wait(30)


def _is_up(running: RunningProduct) -> bool:
    try:
        return running.ask("GET", "/healthz")[0] == 200
    except OSError:
        return False


def database_of_the_test() -> str:
    parts: dict[str, Any] = connection.settings_dict
    login = quote(parts["USER"], safe="") + (
        f":{quote(parts['PASSWORD'], safe='')}" if parts["PASSWORD"] else ""
    )
    where = urlencode({"host": parts["HOST"], "port": parts["PORT"]}) if parts["HOST"] else ""
    return f"postgresql://{login}@/{parts['NAME']}?{where}"
