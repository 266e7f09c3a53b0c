"""The four URLs switch from what comes along to services of one's own, real ones here."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from tests.config.processes import RunningLauncher, assert_one_sentence, eventually, free_port, run
from tests.postgres import address, temporary_cluster

pytestmark = [pytest.mark.own_servers, pytest.mark.xdist_group("launcher")]

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[int]:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: b"PONG" in ask_redis(port, "PING"), what="starting Redis")
        yield port
    finally:
        server.terminate()
        server.wait()


def ask_redis(port: int, *command: str) -> bytes:
    result = subprocess.run(["redis-cli", "-p", str(port), *command], capture_output=True, check=False)
    return result.stdout


class Mailbox(Message):
    """Keeps what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.subjects: list[str] = []

    def handle_message(self, message) -> None:
        self.subjects.append(message["Subject"])


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


@pytest.fixture
def database_url() -> Iterator[str]:
    if not POSTGRES_15.exists():
        pytest.skip("PostgreSQL 15 is not installed")
    with temporary_cluster(POSTGRES_15) as cluster:
        with psycopg.connect(address(cluster, "postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE ledger")
        yield address(cluster)


QUEUE_MAIL = (
    "import django; django.setup()\n"
    "from teams.services.outbox import queue_email\n"
    "queue_email(to='a@example.com', kind='x', subject='From the outbox', text='Words')"
)


def test_launcher_uses_database_broker_and_mail_and_leaves_them_running(
    var_dir: Path, database_url: str, redis_port: int, mailbox: tuple[Mailbox, int]
):
    broker = f"redis://127.0.0.1:{redis_port}/0"
    box, smtp_port = mailbox
    own = {
        "DATABASE_URL": database_url,
        "BROKER_URL": broker,
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
    }
    with RunningLauncher(var_dir, **own) as launcher:
        launcher.wait_until_ready()
        worker_log = var_dir / "log" / "worker.log"
        eventually(lambda: f"@127.0.0.1:{redis_port}/0" in worker_log.read_text(), what="reaching the broker")
        queued = run("-c", QUEUE_MAIL, VAR_DIR=str(var_dir), **own)
        assert queued.returncode == 0, queued.stderr
        eventually(lambda: box.subjects == ["From the outbox"], what="delivering a queued mail")
        launcher.process.terminate()
        assert launcher.wait_until_ended() == 0

    assert not (var_dir / "postgres").exists()
    assert b"PONG" in ask_redis(redis_port, "PING")
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) > 0 FROM django_migrations").fetchone()
        assert row == (True,)


def test_a_database_of_ones_own_gets_no_demo_unasked(var_dir: Path, database_url: str):
    code = "from config.launcher import Launcher; print(repr(Launcher().environment['DEMO']))"

    assert run("-c", code, VAR_DIR=str(var_dir), DATABASE_URL=database_url).stdout == "''\n"
    assert run("-c", code, VAR_DIR=str(var_dir), DATABASE_URL=database_url, DEMO="1").stdout == "'1'\n"
    assert run("-c", code, VAR_DIR=str(var_dir)).stdout == "'1'\n"


def test_cache_and_mail(var_dir: Path, redis_port: int, mailbox: tuple[Mailbox, int]):
    box, smtp_port = mailbox
    code = (
        "import django; django.setup()\n"
        "from django.core.cache import cache; cache.set('seen', 1)\n"
        "from django.core.mail import send_mail; send_mail('Hello', 'words', None, ['a@example.com'])"
    )
    result = run(
        "-c",
        code,
        VAR_DIR=str(var_dir),
        CACHE_URL=f"redis://127.0.0.1:{redis_port}/1",
        EMAIL_URL=f"smtp://127.0.0.1:{smtp_port}",
    )

    assert result.returncode == 0, result.stderr
    assert b"seen" in ask_redis(redis_port, "-n", "1", "KEYS", "*")
    assert box.subjects == ["Hello"]


@pytest.mark.parametrize(
    ("name", "url", "says"),
    [
        ("EMAIL_URL", "carrier-pigeon://loft", "Invalid email schema"),
        ("CACHE_URL", "cupboard://kitchen", "Invalid cache schema"),
    ],
)
def test_broken_mail_and_cache_addresses(name: str, url: str, says: str, tmp_path: Path):
    result = run("manage.py", "migrate", VAR_DIR=str(tmp_path / "var"), **{name: url})

    assert_one_sentence(result, says)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("cupboard://kitchen", "BROKER_URL cannot be read"),
        ("redis://127.0.0.1:{port}/0", "cannot be reached"),
    ],
)
def test_broken_broker(url: str, says: str, tmp_path: Path):
    url = url.format(port=free_port())
    result = run(
        "-m", "config.launcher", "run", VAR_DIR=str(tmp_path / "var"), BROKER_URL=url, PORT=str(free_port())
    )

    assert_one_sentence(result, says)
    assert not (tmp_path / "var" / "postgres").exists()
