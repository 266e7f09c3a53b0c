"""Staff see what went out and what did not, and decide about dead letters; nothing else is theirs to change."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from teams.enums import OutboxStatus
from teams.models import AuditEntry, OutboxMessage
from teams.services.documents import store_document
from teams.services.outbox_delivery import deliver_due
from tests.mail_peer import Peer
from tests.teams.cast import Cast
from tests.teams.outbox.factories import again, queue

NAUGHTY = "<script>alert(1)</script>"
LIST = "admin:teams_outboxmessage_changelist"


def page(name: str, message: OutboxMessage) -> str:
    return reverse(f"admin:teams_outboxmessage_{name}", args=(message.pk,))


def set_status(message: OutboxMessage, status: OutboxStatus, **fields: Any) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(status=status, **fields)


def test_dead_letters_stand_first(staff: Client) -> None:
    for status in OutboxStatus:
        set_status(queue(subject=f"The {status} one"), status, last_error=f"{NAUGHTY} 550")
    shown = staff.get(reverse(LIST)).content.decode()
    places = [shown.index(f"The {status} one") for status in ("dead", "pending", "sent")]
    assert places == sorted(places)
    assert NAUGHTY not in shown
    filtered = staff.get(reverse(LIST) + "?status__exact=dead").content.decode()
    assert "The dead one" in filtered
    assert "The sent one" not in filtered


def test_a_list_takes_as_many_queries_for_few_rows_as_for_many(cast: Cast, staff: Client) -> None:
    counts = []
    for _ in range(2):
        queue(organization=cast.acme)
        staff.get(reverse(LIST))
        with CaptureQueriesContext(connection) as queries:
            staff.get(reverse(LIST))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_text_and_the_documents_are_shown(cast: Cast, staff: Client) -> None:
    pdf = store_document(content=b"%PDF", filename="INV-1.pdf", content_type="application/pdf")
    message = queue(text=f"Dear {NAUGHTY}", html="<p>unseen</p>", documents=[pdf], organization=cast.acme)
    shown = staff.get(page("change", message)).content.decode()
    assert "Dear &lt;script&gt;" in shown
    assert NAUGHTY not in shown
    assert "INV-1.pdf (4 bytes)" in shown
    assert message.headers["Message-ID"].strip("<>") in shown


def test_a_dead_letter_is_tried_again(cast: Cast, staff: Client, peer: Peer) -> None:
    peer.replies["alice@example.com"] = "550 No such user"
    message = queue(organization=cast.acme)
    deliver_due()
    asking = staff.get(page("try_again", message)).content.decode()
    assert "550 No such user" in asking
    assert staff.post(page("try_again", message), {"reason": ""}).status_code == 200
    assert again(message).status == OutboxStatus.DEAD
    peer.replies.clear()
    assert staff.post(page("try_again", message), {"reason": "Mailbox is back"}).status_code == 302
    assert again(message).attempts == 0
    assert deliver_due().sent == 1
    assert peer.message_ids == [message.headers["Message-ID"]]
    entry = AuditEntry.objects.get(action="outbox_message.retried")
    assert (entry.actor, entry.organization, entry.reason) == (cast.carol, cast.acme, "Mailbox is back")
    assert entry.facts["state"] == "dead"


def test_a_waiting_message_is_given_up(cast: Cast, staff: Client, peer: Peer) -> None:
    message = queue()
    assert staff.get(page("give_up", message)).status_code == 200
    assert staff.post(page("give_up", message), {"reason": "Left the company"}).status_code == 302
    assert again(message).status == OutboxStatus.DEAD
    assert deliver_due().tried == 0
    entry = AuditEntry.objects.get(action="outbox_message.given_up")
    assert (entry.actor, entry.reason) == (cast.carol, "Left the company")


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (OutboxStatus.PENDING, {"try_again", "give_up"}),
        (OutboxStatus.DEAD, {"try_again"}),
        (OutboxStatus.SENT, set()),
    ],
)
def test_only_what_makes_sense_is_offered(staff: Client, status: OutboxStatus, offered: set[str]) -> None:
    message = queue()
    set_status(message, status)
    shown = staff.get(page("change", message)).content.decode()
    for name in ("try_again", "give_up"):
        assert (page(name, message) in shown) == (name in offered)
        answer = staff.post(page(name, message), {"reason": "Because"})
        assert (answer.status_code == 302 and answer["Location"].endswith("/change/")) == (name in offered)
        set_status(message, status)
    assert AuditEntry.objects.count() == len(offered)


def test_nothing_is_added_changed_or_deleted(staff: Client) -> None:
    message = queue()
    assert staff.get(reverse("admin:teams_outboxmessage_add")).status_code == 403
    assert staff.get(page("delete", message)).status_code == 403
    assert staff.post(page("change", message), {"recipient": "evil@example.com"}).status_code == 403
    assert again(message).recipient == "alice@example.com"


def test_others_see_nothing(cast: Cast) -> None:
    message, client = queue(), Client()
    client.force_login(cast.alice)
    for url in (reverse(LIST), page("change", message), page("try_again", message)):
        assert client.get(url).status_code in (302, 403, 404)
    client.post(page("give_up", message), {"reason": "x"})
    assert again(message).status == OutboxStatus.PENDING


def test_a_page_about_nothing_is_not_found(staff: Client) -> None:
    message = OutboxMessage()
    for name in ("try_again", "give_up"):
        assert staff.get(page(name, message)).status_code == 404
