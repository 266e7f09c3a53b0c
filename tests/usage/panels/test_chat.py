"""One chat and its messages: figures, who sees which part, ids that are hard to write into an address; the pages."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.test import Client
from time_machine import travel

from teams.models import User
from tests.billing.web.page import Page
from tests.teams.cast import Cast
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import NOON, event, store
from tests.usage.why_cost.test_api import ask, ledger, one_factor
from usage.events import Composition
from usage.models import Chat, LlmModel, Message
from usage.panels.chats import CONSUMED, MessageRow, written_in_path
from usage.templatetags.chats import columns

__all__ = ["ledger", "one_factor"]
pytestmark = pytest.mark.django_db
ADMIN = "/admin/panels/acme/"
WEB = "/o/acme/"
ODD = ["a/b", "../..", ".", "..", "x/messages/y", "line\nbreak", "ünï?&#%2F", "<b>&\"'", "back\\slash", " "]


@pytest.fixture(autouse=True)
def june():
    with travel(NOON + timedelta(days=20), tick=False):
        yield


def send(cast: Cast, message_id: str, minute: int, **fields: Any) -> None:
    at = NOON + timedelta(minutes=minute)
    told = {"conversation_id": "c", "message_id": message_id, "occurred_at": at}
    store(cast.acme, event(**(told | fields)))


@pytest.fixture
def growing(ledger: Cast) -> Cast:
    """Three messages of Bob, the second of two calls, and one of Alice."""
    send(ledger, "one", 0, conversation_title="Trip <to> Rome", time_to_first_token_ms=100, duration_ms=400)
    send(ledger, "two", 1, input_tokens=3000, cache_read_input_tokens=1000, transaction_id="second")
    send(ledger, "two", 2, response_model="mystery-1", input_tokens=10)
    send(ledger, "three", 3, input_tokens=5000)
    send(ledger, "four", 4, input_tokens=7000, member_id="alice")
    return ledger


def look(user: User, url: str, *, status: int = 200) -> tuple[Page, str]:
    client = Client()
    client.force_login(user)
    response = client.get(url)
    assert response.status_code == status, (url, response.status_code)
    text = response.content.decode()
    return Page(text), text


def test_a_chat_is_what_its_row_in_the_list_says(growing: Cast) -> None:
    for user in (growing.alice, growing.bob, growing.dana):
        found = ask(user, "chats/c")
        (row,) = ask(user, "chats?from=2026-05-01&to=2026-05-31")["chats"]
        assert found["chat"] | {"models": [], "members": []} == row | {"models": [], "members": []}
        for lines in (found["by_model"], found["by_member"]):
            for measure in ("calls", "input_tokens", "output_tokens", "unpriced_events"):
                assert sum(line["measures"][measure] for line in lines) == found["chat"][measure]
            cost = sum(Decimal(line["measures"]["contracted_cost"]) for line in lines)
            assert cost == Decimal(found["chat"]["contracted_cost"])
    assert ask(growing.alice, "chats/c")["chat"]["input_tokens"] == 16_010
    assert ask(growing.bob, "chats/c")["chat"]["input_tokens"] == 9010
    assert ask(growing.bob, "chats/c")["is_whole"] is False
    id_ = Chat.objects.get(external_id="c").pk
    assert ask(growing.alice, f"chats/{id_}") == ask(growing.alice, "chats/c")
    ask(growing.charlie, "chats/c", status=404)
    ask(growing.alice, "chats/no", status=404)


def test_messages_stand_in_their_order(growing: Cast) -> None:
    found = ask(growing.alice, "messages?conversation_id=c")["messages"]
    assert [message["message_id"] for message in found] == ["one", "two", "three", "four"]
    assert [message["input_tokens"] for message in found] == [1000, 3010, 5000, 7000]
    two = found[1]
    assert (two["calls"], two["cache_read_input_tokens"], two["unpriced_events"]) == (2, 1000, 1)
    assert (two["elapsed_ms"], two["models"]) == (60_000, ["gpt-4o", "mystery-1"])
    assert (found[0]["time_to_first_token_ms"], found[0]["duration_ms"]) == (100, 400)
    for user in (growing.bob, growing.dana):
        own = ask(user, "messages?conversation_id=c")["messages"]
        assert own == found[:3]
    ask(growing.charlie, "messages?conversation_id=c", status=404)
    assert ask(growing.alice, "messages", status=400)["errors"][0]["field"] == "conversation_id"


def test_pages_of_messages_go_forth_and_back(growing: Cast) -> None:
    client = Client()
    client.force_login(growing.alice)
    first = client.get("/api/v1/usage/messages?organization=acme&conversation_id=c&page_size=3").json()
    assert len(first["messages"]) == 3
    last = client.get(first["page"]["next"]).json()
    assert [message["message_id"] for message in last["messages"]] == ["four"]
    assert last["page"]["next"] is None
    back = client.get(last["page"]["previous"]).json()
    assert back["messages"] == first["messages"]
    # A position is no way to find out whether there is such a chat.
    client.force_login(growing.bob)
    hidden = first["page"]["next"]
    assert client.get(hidden).status_code == client.get(hidden.replace("=c&", "=no&")).status_code == 404


def test_a_correction_is_counted_in(growing: Cast) -> None:
    void(growing.acme, "second")
    found = ask(growing.alice, "messages?conversation_id=c")["messages"]
    assert (found[1]["input_tokens"], found[1]["calls"], found[1]["models"]) == (10, 1, ["mystery-1"])
    assert ask(growing.alice, "chats/c")["chat"]["input_tokens"] == 13_010


def test_the_pages_say_it_in_both_faces(growing: Cast) -> None:
    for user, prefix in ((growing.alice, WEB), (growing.carol, ADMIN)):
        page, text = look(user, f"{prefix}chats/?from=2026-05-01&to=2026-05-31")
        assert f'href="{prefix}chats/c/?from=2026-05-01&amp;to=2026-05-31"' in text
        table = page.table("Chats")
        assert [int(value) for value in table.rows[0][1:5]] == [4, 16_010, 500, 16_510]
        page, text = look(user, f"{prefix}chats/c/")
        assert "Trip &lt;to&gt; Rome" in text
        assert page.table("Messages").column(1) == [1000, 3010, 5000, 7000]
        assert f'href="{prefix}chats/c/messages/two/"' in text
        assert ('href="/o/acme/why/chats/c/"' in text) is (prefix == WEB)
        page, text = look(user, f"{prefix}chats/c/messages/two/")
        assert f'href="{prefix}chats/c/"' in text
        assert "Price of gpt-4o (openai)" in page.text
        assert ('href="/o/acme/why/messages/two/?conversation_id=c"' in text) is (prefix == WEB)
        if prefix == WEB:
            assert not page.inline
    look(growing.bob, "/o/acme/why/messages/two/?conversation_id=c")


def test_a_single_message_takes_no_time_from_first_to_last(growing: Cast) -> None:
    send(growing, "alone", 9, conversation_id="short", duration_ms=700)
    page, _text = look(growing.alice, f"{WEB}chats/short/")
    assert "One message" in page.text
    assert " 0 ms" not in " ".join(page.text.split())
    page, _text = look(growing.alice, f"{WEB}chats/?from=2026-05-01&to=2026-05-31")
    assert page.text.count("one message") == 1
    assert " 0 ms" not in " ".join(page.text.split())


def test_columns_of_the_context_stand_over_the_whole_width() -> None:
    nothing: dict[str, Any] = dict.fromkeys((*CONSUMED, "unpriced_events", "context_tokens"), 0)
    told = nothing | {"contracted_cost": Decimal(0), "first_at": NOON, "last_at": NOON}
    row = MessageRow(
        **told | {"input_tokens": 9}, id=UUID(int=1), message_id="m", time_to_first_token_ms=None
    )
    for number in (2, 5, 80):
        drawn = list(columns([row] * number))
        edges = [(float(of.x[:-1]), float(of.x[:-1]) + float(of.width[:-1])) for of in drawn]
        assert edges[0][0] + edges[-1][1] == pytest.approx(100, abs=0.1)
        assert edges[-1][1] > 100 - 100 / number
        assert all(right <= left for (_, right), (left, _) in pairwise(edges))
        assert all(right - left <= 4.01 for left, right in edges)


def test_a_message_calls_its_models_what_people_call_them(growing: Cast) -> None:
    LlmModel.objects.filter(name="gpt-4o").update(title="GPT Four")
    page, text = look(growing.alice, f"{WEB}chats/c/messages/two/")
    assert '<span title="gpt-4o">GPT Four</span>, <span title="mystery-1">mystery-1</span>' in text
    assert page.table("GPT Four gpt-4o").rows
    assert "mystery-1 mystery-1" not in " ".join(page.text.split())


def test_the_pages_show_everyone_their_part_only(growing: Cast) -> None:
    send(growing, "x", 9, conversation_id="alices", member_id="alice", conversation_title="Secret plan")
    for user in (growing.bob, growing.dana):
        for url in ("chats/?from=2026-05-01", "chats/c/", "chats/c/messages/one/"):
            page, text = look(user, WEB + url)
            assert "Alice" not in page.text
            assert "Secret" not in text
            assert "four" not in text
        page, _text = look(user, f"{WEB}chats/c/")
        assert page.table("Messages").column(1) == [1000, 3010, 5000]
        for url in ("chats/alices/", "chats/c/messages/four/", "chats/alices/messages/x/", "chats/no/"):
            look(user, WEB + url, status=404)
        look(user, f"{ADMIN}chats/", status=302)
    for url in ("chats/", "chats/c/", "chats/c/messages/one/"):
        look(growing.charlie, WEB + url, status=404)
    page, _text = look(growing.bob, f"{WEB}chats/?from=2026-05-01&search=Secret")
    assert "No chat is called" in page.text


def test_a_message_is_taken_apart(ledger: Cast) -> None:
    parts = Composition(user_text=100, context=300, files=200, system=50, tool_results=150)
    send(
        ledger,
        "m",
        0,
        composition=parts,
        reasoning_output_tokens=30,
        tool_call_tokens=20,
        duration_ms=900,
        time_to_first_token_ms=120,
        audio_input_tokens=10,
    )
    page, _text = look(ledger.alice, f"{WEB}chats/c/messages/m/")
    for words in (
        "30.0%",
        "20.0%",
        "15.0%",
        "10.0%",
        "5.0%",
        "Conversation so far",
        "Tool calls",
        "per million",
    ):
        assert words in page.text, words
    assert "900 ms" in page.text and "120 ms" in page.text
    assert "Voice" in page.text
    detail = ask(ledger.alice, "messages/m?conversation_id=c")
    costs = page.table("gpt-4o").column(3)
    assert sum(costs) == Decimal(detail["cost"]["contracted_cost"])


@pytest.mark.parametrize("odd", ODD)
def test_odd_ids_lead_to_their_pages(ledger: Cast, odd: str) -> None:
    send(ledger, odd, 0, conversation_id=odd)
    (chat,) = Chat.objects.all()
    (message,) = Message.objects.all()
    _page, text = look(ledger.alice, f"{WEB}chats/?from=2026-05-01")
    in_path = quote(written_in_path(odd, chat.pk), safe="~:@!$&'()*+,;=")
    assert f'href="{WEB}chats/{in_path}/?'.replace("&", "&amp;").replace("'", "&#x27;") in text
    look(ledger.alice, f"{WEB}chats/{in_path}/")
    in_path = f"{in_path}/messages/{quote(written_in_path(odd, message.pk))}"
    page, text = look(ledger.alice, f"{WEB}chats/{in_path}/")
    assert "1 000".replace(" ", "\u202f") in page.text
    (why,) = [
        part.split('"')[0] for part in text.split('href="')[1:] if part.startswith("/o/acme/why/messages")
    ]
    look(ledger.alice, why.replace("&amp;", "&").replace("&#x27;", "'"))
    assert ask(ledger.alice, f"chats/{quote(odd, safe='')}")["chat"]["conversation_id"] == odd
    assert (
        ask(ledger.alice, f"messages?conversation_id={quote(odd, safe='')}")["messages"][0]["message_id"]
        == odd
    )
    look(ledger.alice, f"{WEB}chats/{quote('nothing' + odd)}/", status=404)


def test_what_cannot_stand_in_a_path_is_called_by_our_id() -> None:
    id_ = UUID(int=1)
    for odd in ("", ".", "..", "a/b", "a\\b", "a b", "a\nb", "a\u2028b", "a\x00"):
        assert written_in_path(odd, id_) == str(id_), odd
    for plain in ("conv-1", "...", ".hidden", "ünï", "a%2Fb", "a?b#c", "🙂"):
        assert written_in_path(plain, id_) == plain
