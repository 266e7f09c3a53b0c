"""A message is saved with what it tells about, once, and cannot carry a header that nobody meant."""

from concurrent.futures import Future
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from teams.enums import OutboxStatus
from teams.models import OutboxMessage
from teams.queries.outbox import messages_about, outbox_state
from teams.services.outbox import queue_email
from tests.mail_peer import Peer
from tests.teams.cast import Cast
from tests.teams.outbox.factories import queue
from tests.threads import at_once

WORDS: dict[str, Any] = {"kind": "thing.done", "subject": "Hello", "text": "Words"}


@pytest.mark.django_db
def test_a_queued_message_waits_and_nothing_is_sent(peer: Peer) -> None:
    message = queue()
    assert (message.status, message.attempts) == (OutboxStatus.PENDING, 0)
    assert message.headers["Message-ID"] == f"<{message.pk}@ledger.example>"
    assert message.pk.version == 7
    assert peer.asked == []


@pytest.mark.django_db
def test_a_caller_that_fails_leaves_no_message() -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_the_same_key_is_queued_once() -> None:
    first = queue(dedupe_key="invoice:1:issued")
    assert queue_email(to="bob@example.com", dedupe_key="invoice:1:issued", **WORDS) is None
    queue(dedupe_key="invoice:2:issued")
    queue()
    queue()
    assert OutboxMessage.objects.count() == 4
    assert OutboxMessage.objects.get(dedupe_key="invoice:1:issued").recipient == first.recipient


@pytest.mark.django_db(transaction=True)
def test_a_job_that_runs_twice_at_once_queues_one_message() -> None:
    def job() -> Any:
        with transaction.atomic():
            return queue_email(to="alice@example.com", dedupe_key="job", **WORDS)

    results = at_once(*[job] * 4)
    assert sorted(type(result).__name__ for result in results) == ["NoneType"] * 3 + ["OutboxMessage"]
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_whose_transaction_failed_is_free_again() -> None:
    taken: Future[None] = Future()

    def failing() -> None:
        with transaction.atomic():
            queue(dedupe_key="job")
            taken.set_result(None)
            raise RuntimeError

    def waiting() -> Any:
        taken.result(timeout=30)
        return queue_email(to="alice@example.com", dedupe_key="job", **WORDS)

    failed, message = at_once(failing, waiting)
    assert isinstance(failed, RuntimeError)
    assert OutboxMessage.objects.get().pk == message.pk


@pytest.mark.parametrize(
    "to",
    [
        "alice@example.com\nBcc: evil@example.com",
        "alice@example.com\r\n",
        "alice@example.com, evil@example.com",
        "Alice <alice@example.com>",
        "alice",
        "",
        "a\u2028b@example.com",
    ],
)
def test_only_one_plain_address_is_taken(to: str) -> None:
    with pytest.raises(ValidationError) as error:
        queue_email(to=to, **WORDS)
    assert set(error.value.message_dict) == {"to"}


@pytest.mark.parametrize(
    "sign", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00"]
)
def test_a_subject_has_one_line(sign: str) -> None:
    with pytest.raises(ValidationError) as error:
        queue_email(to="alice@example.com", **WORDS | {"subject": f"Hello{sign}Bcc: evil@example.com"})
    assert set(error.value.message_dict) == {"subject"}


@pytest.mark.parametrize("subject", ["", "x" * 251])
def test_a_subject_has_words_and_an_end(subject: str) -> None:
    with pytest.raises(ValidationError):
        queue_email(to="alice@example.com", **WORDS | {"subject": subject})


def test_how_the_outbox_stands(cast: Cast) -> None:
    assert (outbox_state().waiting, outbox_state().waiting_since, outbox_state().dead) == (0, None, 0)
    first, second, other = (
        queue(reference="invoice:1"),
        queue("bob@example.com", reference="invoice:1"),
        queue(),
    )
    OutboxMessage.objects.filter(pk=other.pk).update(status=OutboxStatus.DEAD)
    state = outbox_state()
    assert (state.waiting, state.waiting_since, state.dead) == (2, first.created_at, 1)
    assert [message.recipient for message in messages_about("invoice:1")] == [
        second.recipient,
        first.recipient,
    ]
    assert messages_about("invoice:2") == ()
