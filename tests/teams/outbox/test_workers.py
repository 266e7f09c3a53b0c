"""Many workers, and workers that die: each message goes out, never twice at the same moment."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.db import connection, transaction

from teams.delivery import MAX_ATTEMPTS
from teams.enums import OutboxStatus
from teams.models import OutboxMessage
from teams.services.outbox import give_up_message, retry_message
from teams.services.outbox_delivery import deliver_due, lease
from tests.config.processes import ROOT
from tests.mail_peer import Peer
from tests.teams.outbox.factories import again, queue
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
DELIVER = (
    "import django; django.setup(); from teams.services.outbox_delivery import deliver_due; deliver_due()"
)


def database_url() -> str:
    """The test's own database, for another process."""
    parts = connection.settings_dict
    user = f"{quote(parts['USER'])}:{quote(parts['PASSWORD'])}"
    port = f":{parts['PORT']}" if parts["PORT"] else ""
    return f"postgresql://{user}@{quote(parts['HOST'], safe='')}{port}/{parts['NAME']}"


def start_worker(peer: Peer) -> "subprocess.Popen[bytes]":
    """A process of its own that delivers once."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database_url(),
        "EMAIL_URL": f"smtp://127.0.0.1:{peer.port}",
    }
    return subprocess.Popen([sys.executable, "-c", DELIVER], cwd=ROOT, env=environment)


def test_two_workers_send_each_message_once(peer: Peer) -> None:
    messages = [queue(f"user{number}@example.com") for number in range(40)]
    first, second = at_once(deliver_due, deliver_due)
    assert Counter(peer.recipients) == Counter(message.recipient for message in messages)
    assert first.sent + second.sent == 40
    assert min(first.sent, second.sent) > 0
    assert set(OutboxMessage.objects.values_list("status", "attempts")) == {(OutboxStatus.SENT, 1)}


def test_what_one_worker_is_sending_no_other_takes(peer: Peer) -> None:
    queue()
    arrived, go_on = Event(), Event()

    def wait() -> None:
        arrived.set()
        assert go_on.wait(30)

    peer.at_data = wait

    def rival() -> Any:
        assert arrived.wait(30)
        try:
            return deliver_due()
        finally:
            go_on.set()

    slow, other = at_once(deliver_due, rival)
    assert (slow.sent, other.tried) == (1, 0)
    assert len(peer.received) == 1


def test_a_killed_worker_leaves_the_message_to_the_next(peer: Peer) -> None:
    message = queue()
    worker = start_worker(peer)
    # It has handed the mail over, and dies before it can write that down.
    peer.at_data = lambda: os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait(timeout=60) == -signal.SIGKILL
    left = again(message)
    assert (left.status, left.attempts, len(peer.received)) == (OutboxStatus.PENDING, 1, 1)

    peer.at_data = lambda: None
    assert deliver_due().tried == 0
    with time_machine.travel(datetime.now(UTC) + lease()):
        assert deliver_due().sent == 1
    assert len(peer.received) == 2
    assert len(set(peer.message_ids)) == 1
    assert (again(message).status, again(message).attempts) == (OutboxStatus.SENT, 2)


def test_a_message_that_kills_every_worker_is_given_up_in_the_end(peer: Peer) -> None:
    message = queue()
    OutboxMessage.objects.filter(pk=message.pk).update(attempts=MAX_ATTEMPTS)
    assert deliver_due().dead == 1
    assert (again(message).status, peer.received) == (OutboxStatus.DEAD, [])
    assert "worker" in again(message).last_error


@pytest.mark.parametrize(
    ("second_reply", "status", "last_error"),
    [("250 OK", OutboxStatus.SENT, ""), ("451 Later", OutboxStatus.PENDING, "451 Later")],
)
def test_a_late_worker_does_not_overrule_what_came_after(
    peer: Peer, second_reply: str, status: OutboxStatus, last_error: str
) -> None:
    """Its lease ran out, a second worker tried, and only then the first one is refused for good."""
    message = queue()
    arrived, go_on = Event(), Event()

    async def stalling(server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if arrived.is_set():
            envelope.rcpt_tos.append(address)
            return second_reply
        arrived.set()
        # Only this conversation stalls: the server itself goes on.
        await asyncio.to_thread(go_on.wait, 30)
        return "550 Too late"

    peer.handle_RCPT = stalling  # type: ignore[method-assign]

    def second() -> Any:
        assert arrived.wait(30)
        now = datetime.now(UTC)
        OutboxMessage.objects.filter(pk=message.pk).update(next_attempt_at=now, leased_until=now)
        try:
            return deliver_due()
        finally:
            go_on.set()

    late, on_time = at_once(deliver_due, second)
    assert (late.tried, on_time.tried) == (1, 1)
    assert (again(message).status, again(message).last_error) == (status, last_error)


def test_trying_again_waits_for_a_worker_that_may_be_sending(peer: Peer) -> None:
    message = queue()
    leased_until = datetime.now(UTC) + timedelta(minutes=2)
    OutboxMessage.objects.filter(pk=message.pk).update(
        leased_until=leased_until, next_attempt_at=leased_until, attempts=1
    )
    give_up_message(message)
    assert retry_message(message).next_attempt_at == leased_until
    assert deliver_due().tried == 0


def test_a_mail_that_went_out_is_sent_even_if_somebody_gave_it_up_meanwhile(peer: Peer) -> None:
    message = queue()
    at_work, given_up = Event(), Event()

    def wait() -> None:
        at_work.set()
        assert given_up.wait(30)

    peer.at_data = wait

    def person() -> OutboxStatus:
        assert at_work.wait(30)
        give_up_message(message)
        status = OutboxStatus(again(message).status)
        given_up.set()
        return status

    delivery, status_meanwhile = at_once(deliver_due, person)
    assert (delivery.sent, status_meanwhile) == (1, OutboxStatus.DEAD)
    assert again(message).status == OutboxStatus.SENT


def test_delivery_does_not_run_inside_a_transaction(peer: Peer) -> None:
    queue()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        deliver_due()
    assert peer.received == []
