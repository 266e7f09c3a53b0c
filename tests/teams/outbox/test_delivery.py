"""Messages reach a real mail server, whatever it says at first."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django.fixtures import Settings

from teams.delivery import MAX_ATTEMPTS, PAUSES
from teams.enums import OutboxStatus
from teams.models import OutboxMessage
from teams.services.documents import store_document
from teams.services.outbox_delivery import deliver_due
from tests.mail_peer import Peer
from tests.teams.cast import Cast
from tests.teams.outbox.factories import again, queue

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def outcome() -> tuple[int, int, int]:
    delivery = deliver_due()
    return delivery.sent, delivery.failed, delivery.dead


def test_a_mail_arrives_in_both_forms_with_its_documents(cast: Cast, peer: Peer) -> None:
    pdf = b"%PDF-1.7\n" + bytes(range(256)) * 40
    documents = [
        store_document(content=pdf, filename="Rechnung März.pdf", content_type="application/pdf"),
        store_document(
            content="a;ü\r\n".encode(), filename="lines.csv", content_type="text/csv; charset=utf-8"
        ),
    ]
    subject = "Grüße — " + "a very long subject " * 8
    message = queue(subject=subject.strip(), text="Ümlaut\n" + "x" * 2000, documents=documents)
    assert outcome() == (1, 0, 0)

    (mail,) = peer.received
    assert mail["Subject"].strip() == subject.strip()  # A folded header begins on its second line.
    assert (mail["To"], mail["From"]) == ("alice@example.com", "Token Ledger <ledger@ledger.example>")
    assert mail["Message-ID"] == f"<{message.pk}@ledger.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == message.created_at.replace(microsecond=0)
    alternatives, *attached = mail.iter_parts()
    assert mail.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in alternatives.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(("plain",)).get_content().splitlines() == message.text.splitlines()
    assert mail.get_body(("html",)).get_content().strip() == "<p>Words</p>"
    assert [part.get_filename() for part in attached] == ["Rechnung März.pdf", "lines.csv"]
    assert [part.get_content_type() for part in attached] == ["application/pdf", "text/csv"]
    assert [part.get_payload(decode=True) for part in attached] == [pdf, "a;ü\r\n".encode()]
    sent = again(message)
    assert (sent.status, sent.attempts, sent.last_error, sent.leased_until) == (
        OutboxStatus.SENT,
        1,
        "",
        None,
    )
    assert sent.sent_at is not None


def test_nothing_due_is_nothing_done(peer: Peer) -> None:
    assert outcome() == (0, 0, 0)


def test_what_was_sent_is_not_sent_again(peer: Peer) -> None:
    queue()
    assert [outcome(), outcome()] == [(1, 0, 0), (0, 0, 0)]
    assert len(peer.received) == 1


def test_a_server_that_is_down_for_a_while_loses_nothing(peer: Peer) -> None:
    peer.stop()
    with time_machine.travel(NOON, tick=False) as clock:
        first, second = queue("alice@example.com"), queue("bob@example.com")
        # One message finds out that nobody is there; the other is not used up for it.
        assert outcome() == (0, 1, 0)
        assert [again(message).attempts for message in (first, second)] == [1, 0]
        assert "refused" in again(first).last_error.lower()
        peer.start()
        assert outcome() == (1, 0, 0)
        clock.shift(PAUSES[0] - timedelta(seconds=1))
        assert outcome() == (0, 0, 0)
        clock.shift(1)
        assert outcome() == (1, 0, 0)
    assert sorted(peer.recipients) == ["alice@example.com", "bob@example.com"]
    assert again(first).last_error == ""


def test_a_temporary_refusal_waits_and_keeps_the_message_id(peer: Peer) -> None:
    peer.replies["alice@example.com"] = "451 4.7.1 Come back later"
    with time_machine.travel(NOON, tick=False) as clock:
        message = queue()
        assert outcome() == (0, 1, 0)
        waiting = again(message)
        assert (waiting.status, waiting.next_attempt_at) == (OutboxStatus.PENDING, NOON + PAUSES[0])
        assert waiting.last_error == "451 4.7.1 Come back later"
        clock.shift(PAUSES[0])
        assert outcome() == (0, 1, 0)
        assert again(message).next_attempt_at == NOON + PAUSES[0] + PAUSES[1]
        del peer.replies["alice@example.com"]
        clock.shift(PAUSES[1])
        assert outcome() == (1, 0, 0)
    assert peer.message_ids == [f"<{message.pk}@ledger.example>"]
    assert peer.received[0]["Date"].datetime == NOON
    assert again(message).attempts == 3


@pytest.mark.parametrize(
    ("at_recipient", "at_data"), [("550 5.1.1 No such user", ""), ("", "554 5.6.0 Not taken")]
)
def test_a_permanent_refusal_ends_it_at_once(peer: Peer, at_recipient: str, at_data: str) -> None:
    if at_recipient:
        peer.replies["alice@example.com"] = at_recipient
    peer.data_reply = at_data
    message = queue()
    assert outcome() == (0, 0, 1)
    dead = again(message)
    assert (dead.status, dead.last_error) == (OutboxStatus.DEAD, at_recipient or at_data)
    assert outcome() == (0, 0, 0)
    assert len(peer.asked) == 1


def test_one_that_cannot_be_sent_holds_up_no_other(peer: Peer) -> None:
    peer.replies["bad@example.com"] = "550 No"
    peer.replies["slow@example.com"] = "451 Later"
    poisoned = queue("poison@example.com")
    OutboxMessage.objects.filter(pk=poisoned.pk).update(subject="a\nBcc: evil@example.com")
    lost = queue("lost@example.com")
    OutboxMessage.objects.filter(pk=lost.pk).update(document_ids=[lost.pk])
    for to in ("bad", "a", "slow", "b"):
        queue(f"{to}@example.com")
    assert outcome() == (2, 3, 1)
    assert sorted(peer.recipients) == ["a@example.com", "b@example.com"]
    assert "BadHeaderError" in again(poisoned).last_error


def test_it_is_given_up_after_the_last_pause(peer: Peer) -> None:
    peer.replies["alice@example.com"] = "451 Later"
    with time_machine.travel(NOON, tick=False) as clock:
        message = queue()
        for pause in PAUSES:
            assert outcome() == (0, 1, 0)
            assert again(message).next_attempt_at - datetime.now(UTC) == pause
            clock.shift(pause)
        assert datetime.now(UTC) - NOON >= timedelta(days=3)
        assert outcome() == (0, 0, 1)
        assert (again(message).status, again(message).attempts) == (OutboxStatus.DEAD, MAX_ATTEMPTS)
        clock.shift(timedelta(days=30))
        assert outcome() == (0, 0, 0)
    assert len(peer.asked) == MAX_ATTEMPTS


def test_the_longest_waiting_goes_first_and_no_more_than_asked_for(peer: Peer) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for name in "abc":
            queue(f"{name}@example.com")
            clock.shift(1)
        assert deliver_due(limit=2).sent == 2
    assert peer.recipients == ["a@example.com", "b@example.com"]


def test_a_refused_sign_in_is_our_own_fault_and_waits(peer: Peer, settings: Settings) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "wrong"
    first, second = queue(), queue()
    assert outcome() == (0, 1, 0)
    assert {again(message).status for message in (first, second)} == {OutboxStatus.PENDING}
