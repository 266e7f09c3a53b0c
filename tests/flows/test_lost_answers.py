"""Answers that never arrive, connections that break, keys that end: over real HTTP, with two workers."""

import json
import socket
import struct
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from http.client import HTTPException
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from teams.enums import KeyScope
from teams.services.keys import create_api_key, revoke_api_key, rotate_api_key
from tests.config.processes import eventually
from tests.flows.conftest import RunningProduct
from tests.usage.ledger.ledgers import damaged_relations
from tests.usage.ledger_fixtures import open_ledger
from usage.models import EventKey, SpendDaily, UsageEvent

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/v1/usage/events"
GONE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing resets the connection, as a phone does that loses its network."""


def batch(name: str, count: int = 20) -> bytes:
    common = {
        "occurred_at": "2026-05-20T12:00:00Z",
        "provider_name": "openai",
        "response_model": "gpt-4o",
        "conversation_id": "c",
        "input_tokens": 10,
        "output_tokens": 1,
    }
    return json.dumps([common | {"transaction_id": f"{name}-{number}"} for number in range(count)]).encode()


def send(product: RunningProduct, secret: str, body: bytes, *, whole: bool = True) -> socket.socket:
    """Send a request, or half of it, and leave its answer unread."""
    client = socket.create_connection(("127.0.0.1", product.port), timeout=30)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, GONE)
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    client.sendall(head.encode() + (body if whole else body[: len(body) // 2]))
    return client


def ask(product: RunningProduct, secret: str, body: bytes) -> tuple[int, dict[str, Any]]:
    status, text = product.ask("POST", PATH, body=body, headers={"Authorization": f"Bearer {secret}"})
    return status, json.loads(text)


def is_stored(name: str) -> bool:
    return UsageEvent.objects.filter(transaction_id__startswith=f"{name}-").count() == 20


def test_an_answer_that_nobody_reads_was_given_once(product: RunningProduct) -> None:
    organization = open_ledger()
    secret = create_api_key(organization=organization, name="phone", scopes=[KeyScope.USAGE_WRITE]).secret
    for number in range(5):
        body = batch(f"lost{number}")
        client = send(product, secret, body)
        eventually(partial(is_stored, f"lost{number}"), what="the commit")
        client.close()
        status, answer = ask(product, secret, body)
        assert (status, answer["duplicate"], answer["stored"]) == (200, 20, 0)
    for number in range(5):
        body = batch(f"half{number}")
        send(product, secret, body, whole=False).close()
        assert ask(product, secret, body)[1]["stored"] == 20
    # Gone before anybody can know whether it was read.
    bodies = [batch(f"gone{number}") for number in range(20)]
    for body in bodies:
        send(product, secret, body).close()
    answers = [ask(product, secret, body)[1] for body in bodies]
    assert all(answer["stored"] + answer["duplicate"] == 20 for answer in answers)
    assert UsageEvent.objects.count() == EventKey.objects.count() == 30 * 20
    assert SpendDaily.objects.filter(scope_kind="organization").aggregate(Sum("calls"))["calls__sum"] == 600
    assert damaged_relations(organization) == set()


def end_connections() -> None:
    """End all connections that the workers hold to the database of the test, whatever they are doing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_connections_that_break_at_any_moment_lose_and_double_nothing(product: RunningProduct) -> None:
    organization = open_ledger()
    secret = create_api_key(organization=organization, name="gateway", scopes=[KeyScope.USAGE_WRITE]).secret
    said: Counter[str] = Counter()

    def report(client: int) -> None:
        for number in range(25):
            body = batch(f"{client}-{number}")
            while True:
                try:
                    status, answer = ask(product, secret, body)
                except (OSError, HTTPException):
                    continue
                if status == 200:
                    said.update({name: answer[name] for name in ("stored", "duplicate")})
                    break
                assert status >= 500, answer
                said["failed"] += 1

    def is_time(moment: int) -> bool:
        return UsageEvent.objects.count() >= moment or all(one.done() for one in working)

    with ThreadPoolExecutor(3) as pool:
        working = [pool.submit(report, client) for client in range(3)]
        for moment in range(50, 1_400, 50):
            eventually(partial(is_time, moment), what="usage")
            end_connections()
        for one in working:
            one.result(timeout=60)
    assert said["failed"] > 0
    assert said["stored"] + said["duplicate"] == 3 * 25 * 20 == UsageEvent.objects.count()
    assert damaged_relations(organization) == set()


def test_a_key_that_was_revoked_ends_at_once_in_every_worker(product: RunningProduct) -> None:
    organization = open_ledger()
    key = create_api_key(organization=organization, name="app", scopes=[KeyScope.USAGE_WRITE])

    def statuses(secret: str) -> set[int]:
        return {ask(product, secret, batch("k", 1))[0] for _ in range(12)}

    assert statuses(key.secret) == {200}
    key.key.refresh_from_db()
    assert key.key.last_used_at is not None
    new = rotate_api_key(key.key, overlap=timedelta(hours=1))
    assert statuses(key.secret) == statuses(new.secret) == {200}
    revoke_api_key(key.key)
    assert statuses(key.secret) == {401} and statuses(new.secret) == {200}
    last = rotate_api_key(new.key, overlap=timedelta())
    assert statuses(new.secret) == {401} and statuses(last.secret) == {200}
    reader = create_api_key(organization=organization, name="reader", scopes=[KeyScope.USAGE_READ])
    assert statuses(reader.secret) == {403}
