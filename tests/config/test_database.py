"""DATABASE_URL: what it becomes, and what is said when it does not work."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.pq import Ping

from config import database
from config.database import connect_patiently, database_settings
from config.problems import SetupProblem
from tests.config.processes import assert_one_sentence, free_port, run

PASSWORD = "s3cr3t-and-long"


def test_without_url_the_embedded_server_is_used():
    entry = database_settings("", var_dir=Path("/srv/ledger/var"))

    assert entry["HOST"] == "/srv/ledger/var/postgres"
    assert entry["NAME"] == "ledger"
    assert entry["CONN_MAX_AGE"] is None
    assert entry["CONN_HEALTH_CHECKS"] is True


def test_settings_touch_nothing(tmp_path: Path):
    database_settings("", var_dir=tmp_path / "var")

    assert list(tmp_path.iterdir()) == []


def test_url_is_taken_apart(tmp_path: Path):
    entry = database_settings(
        "postgresql://ann:p%40ss@db.example:6543/books?sslmode=require", var_dir=tmp_path
    )

    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("db.example", "6543", "books")
    assert (entry["USER"], entry["PASSWORD"]) == ("ann", "p@ss")
    assert entry["OPTIONS"]["sslmode"] == "require"


def test_url_may_name_a_socket_folder(tmp_path: Path):
    entry = database_settings("postgres://postgres@%2Frun%2Fpg/books", var_dir=tmp_path)

    assert entry["HOST"] == "/run/pg"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"mysql://ann:{PASSWORD}@db/books", "is not the address of a PostgreSQL database"),
        ("books", "is not the address of a PostgreSQL database"),
        (f"postgresql://ann:{PASSWORD}@db:many/books", "has no valid port"),
        (f"postgresql://ann:{PASSWORD}@db:70000/books", "has no valid port"),
        (f"postgresql://ann:{PASSWORD}%zz@db/books", "cannot be read"),
        (f"postgresql://ann:{PASSWORD}@[::1/books", "cannot be read"),
        (f"postgresql://ann:{PASSWORD}@db/books?colour=blue", "cannot be read"),
        (f"postgresql://ann:{PASSWORD}@db", "names no database"),
    ],
)
def test_broken_url_is_explained_without_its_password(url: str, says: str, tmp_path: Path):
    with pytest.raises(SetupProblem) as problem:
        database_settings(url, var_dir=tmp_path)

    assert says in str(problem.value)
    assert PASSWORD not in str(problem.value)


@pytest.mark.own_servers
@pytest.mark.parametrize(
    "arguments",
    [
        ("manage.py", "migrate"),
        ("-m", "config.launcher", "run"),
        ("-m", "celery", "-A", "config", "worker"),
    ],
    ids=["manage.py", "make run", "worker"],
)
def test_every_entrance_says_a_broken_url_in_one_sentence(arguments: tuple[str, ...], tmp_path: Path):
    result = run(*arguments, DATABASE_URL="postgresql://ann@db:many/books", VAR_DIR=str(tmp_path / "var"))

    assert_one_sentence(result, "DATABASE_URL has no valid port")


@pytest.mark.own_servers
def test_web_worker_says_a_broken_url_once_and_gunicorn_gives_up(tmp_path: Path):
    values = {
        "DATABASE_URL": "books",
        "VAR_DIR": str(tmp_path / "var"),
        "PORT": str(free_port()),
        "WEB_WORKERS": "1",
    }
    result = run("-m", "gunicorn", "-c", "python:config.gunicorn", **values)

    assert result.returncode == 3
    assert result.stderr.count("Token Ledger cannot start: DATABASE_URL is not the address") == 1
    assert "Traceback" not in result.stderr


@pytest.mark.own_servers
@pytest.mark.parametrize("arguments", [("manage.py", "migrate"), ("-m", "config.launcher", "run")])
def test_unreachable_server(arguments: tuple[str, ...], tmp_path: Path):
    url = f"postgresql://ann:{PASSWORD}@127.0.0.1:{free_port()}/books"
    result = run(*arguments, DATABASE_URL=url, VAR_DIR=str(tmp_path / "var"), PORT=str(free_port()))

    assert_one_sentence(result, "cannot be reached", "Connection refused")
    assert PASSWORD not in result.stderr


@pytest.mark.own_servers
def test_unknown_host(tmp_path: Path):
    result = run(
        "manage.py", "migrate", DATABASE_URL="postgresql://db.invalid/books", VAR_DIR=str(tmp_path / "var")
    )

    assert_one_sentence(result, "cannot be reached", "db.invalid")


@pytest.mark.own_servers
def test_server_that_is_too_old(tmp_path: Path):
    with pretended_server(version="14.9") as port:
        url = f"postgresql://ann@127.0.0.1:{port}/books?sslmode=disable"
        result = run("manage.py", "migrate", DATABASE_URL=url, VAR_DIR=str(tmp_path / "var"))

    assert_one_sentence(result, "runs PostgreSQL 14; version 15 or newer is needed")


def test_a_server_that_is_only_starting_is_waited_for(monkeypatch: pytest.MonkeyPatch):
    states = [Ping.REJECT, Ping.REJECT, Ping.OK]
    pinged: list[bytes] = []

    def ping(place: bytes) -> Ping:
        pinged.append(place)
        return states[len(pinged) - 1]

    connected = SimpleNamespace()

    def connect(**parts: str) -> SimpleNamespace:
        if len(pinged) < len(states):
            raise psycopg.OperationalError("the database system is starting up")
        return connected

    monkeypatch.setattr(database, "PGconn", SimpleNamespace(ping=ping))
    monkeypatch.setattr(database.psycopg, "connect", connect)
    assert connect_patiently({"dbname": "books"}) is connected  # type: ignore[comparison-overlap]


@pytest.mark.parametrize("state", [Ping.NO_RESPONSE, Ping.OK])
def test_any_other_reason_is_told_at_once(state: Ping, monkeypatch: pytest.MonkeyPatch):
    def connect(**parts: str) -> None:
        raise psycopg.OperationalError("password authentication failed")

    monkeypatch.setattr(database, "PGconn", SimpleNamespace(ping=lambda place: state))
    monkeypatch.setattr(database.psycopg, "connect", connect)
    with pytest.raises(psycopg.OperationalError):
        connect_patiently({"dbname": "books"})


def test_commands_that_need_no_database_start_none(tmp_path: Path):
    result = run("manage.py", "check", VAR_DIR=str(tmp_path / "var"))

    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "var" / "postgres").exists()


def test_folder_that_cannot_be_made(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    result = run("manage.py", "migrate", VAR_DIR=str(tmp_path / "file" / "var"))

    assert_one_sentence(result, "cannot be made", str(tmp_path / "file"))


@contextmanager
def pretended_server(*, version: str) -> Iterator[int]:
    """Speaks just enough of PostgreSQL's protocol to let a client in and tell it a version."""

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    class Greeter(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!i", self.rfile.read(4))
            self.rfile.read(length - 4)
            parameters = {
                "server_version": version,
                "client_encoding": "UTF8",
                "standard_conforming_strings": "on",
            }
            self.wfile.write(message(b"R", struct.pack("!i", 0)))
            for name, value in parameters.items():
                self.wfile.write(message(b"S", f"{name}\0{value}\0".encode()))
            self.wfile.write(message(b"K", struct.pack("!ii", 1, 1)) + message(b"Z", b"I"))
            self.rfile.read(1)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Greeter) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
