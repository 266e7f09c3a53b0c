"""PostgreSQL dies under the running product and comes back: what clients are told meanwhile, and that all goes on."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from config.database import embedded_parts, ensure_embedded
from config.embedded_postgres import embedded_cluster
from tests.config.processes import ROOT, environment, eventually, free_port, run

pytestmark = pytest.mark.own_servers

MAKE = """
import django; django.setup()
from teams.enums import KeyScope
from teams.services.keys import create_api_key
from teams.services.organizations import create_organization
made = create_organization(name="Acme", slug="acme", time_zone="UTC")
print(create_api_key(organization=made, name="app", scopes=[KeyScope.USAGE_WRITE]).secret)
"""
QUEUE = """
import django; django.setup()
from teams.services.outbox import queue_email
queue_email(to="a@example.com", kind="x", subject="{0}", text="Words")
"""
SENT = "SELECT count(*) FROM teams_outboxmessage WHERE subject = %s AND status = 'sent'"


class Product:
    """Web and worker on the embedded server of ``var_dir``, as ``make run`` starts them."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.port = free_port()
        self.values = {"VAR_DIR": str(var_dir), "PORT": str(self.port), "DEMO": "", "WEB_WORKERS": "1"}
        self.line = HTTPConnection("127.0.0.1", self.port, timeout=60)

    @contextmanager
    def process(self, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.var_dir / f"{arguments[1]}.log").open("wb") as log:
            started = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=environment(**self.values),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield started
        finally:
            started.terminate()
            started.wait(60)

    def ask(self, method: str, path: str, **options: Any) -> tuple[HTTPResponse, str]:
        """An answer on the one connection that is kept."""
        self.line.request(method, path, **options)
        answer = self.line.getresponse()
        return answer, answer.read().decode()

    def status(self, path: str) -> int:
        try:
            return self.ask("GET", path)[0].status
        except OSError:
            self.line.close()
            return 0

    def report(self, secret: str, name: str) -> tuple[HTTPResponse, str]:
        occurred = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
        body = json.dumps([{"transaction_id": name, "occurred_at": occurred, "member_id": name}])
        headers = {"Authorization": f"Bearer {secret}"}
        return self.ask("POST", "/api/v1/usage/events", body=body, headers=headers)

    def kill_database(self) -> None:
        pid = (self.var_dir / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0]
        postmaster = psutil.Process(int(pid))
        postmaster.send_signal(signal.SIGQUIT)
        eventually(lambda: not embedded_cluster(var_dir=self.var_dir).running(), what="the end of PostgreSQL")

    def python(self, code: str) -> str:
        done = run("-c", code, **self.values)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def was_sent(self, subject: str) -> bool:
        with psycopg.connect(**embedded_parts(self.var_dir)) as connection:
            row = connection.execute(SENT, [subject]).fetchone()
        return row == (1,)


def test_the_product_outlives_its_database(installed: Path) -> None:
    product = Product(installed)
    ensure_embedded(var_dir=installed)
    secret = product.python(MAKE)
    with ExitStack() as parts:
        web = parts.enter_context(product.process("-m", "gunicorn", "-c", "python:config.gunicorn"))
        worker = parts.enter_context(
            product.process("-m", "celery", "-A", "config", "worker", "-B", "--concurrency", "1")
        )
        parts.callback(product.line.close)
        eventually(lambda: product.status("/healthz") == 200, what="the web server")
        assert json.loads(product.report(secret, "before")[1])["stored"] == 1
        product.python(QUEUE.format("Before"))
        eventually(lambda: product.was_sent("Before"), seconds=120, what="the first mail")

        product.kill_database()
        check_refusals(product, secret)
        # A worker that dies now is followed by one that cannot look at the database, and serves all the same.
        (process,) = psutil.Process(web.pid).children()
        process.kill()
        product.line.close()
        eventually(lambda: product.status("/healthz") == 503, what="the worker that follows")
        check_refusals(product, secret)

        embedded_cluster(var_dir=installed).start()
        answer, text = product.report(secret, "after")
        assert (answer.status, json.loads(text)["stored"]) == (200, 1), text
        assert json.loads(product.report(secret, "before")[1])["conflict"] == 1
        product.python(QUEUE.format("After"))
        eventually(lambda: product.was_sent("After"), seconds=120, what="the mail after the outage")
        assert web.poll() is None and worker.poll() is None


def check_refusals(product: Product, secret: str) -> None:
    """API, pages and the health check say that it is a matter of moments."""
    for answer, text in (product.report(secret, "meanwhile"), product.report(secret, "meanwhile")):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5"), text
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(text)["title"] == "Service Unavailable"
    answer, text = product.ask("GET", "/", headers={"Cookie": "sessionid=" + "x" * 32})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"].startswith("text/html") and "Traceback" not in text
    assert product.ask("GET", "/healthz")[0].status == 503
