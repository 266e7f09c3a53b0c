"""The list of chats: its figures against sums over what was sent, who sees which part, pages, searches."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from time_machine import travel

from teams.enums import KeyScope
from tests.described import described
from tests.teams.cast import Cast
from tests.teams.factories import make_api_key
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import NOON, event, store
from tests.usage.why_cost.test_api import ask, ledger, one_factor
from usage.models import Chat
from usage.services.quiet_chats import mark_quiet_chats

__all__ = ["ledger", "one_factor"]
pytestmark = pytest.mark.django_db
RANGE = "from=2026-05-01&to=2026-05-31"
LATER = NOON + timedelta(days=10)


@pytest.fixture(autouse=True)
def june():
    with travel(NOON + timedelta(days=20), tick=False):
        yield


def send(cast: Cast, conversation_id: str, **fields: Any) -> None:
    store(cast.acme, event(**({"conversation_id": conversation_id, "message_id": "m"} | fields)))


def chats(user: Any, query: str = "", **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(user, f"chats?{RANGE}{query}", **options)["chats"]
    return found


def names(user: Any, query: str = "") -> list[str]:
    return [chat["conversation_id"] for chat in chats(user, query)]


@pytest.fixture
def four(ledger: Cast) -> Cast:
    """Bob's, one of Bob and Alice together, Alice's without a price, and one of nobody."""
    send(ledger, "bobs", input_tokens=5000, conversation_title="Report 100%", duration_ms=700)
    send(ledger, "bobs", message_id="n", occurred_at=LATER, duration_ms=300, reasoning_output_tokens=20)
    send(ledger, "both", input_tokens=2000)
    send(ledger, "both", message_id="n", member_id="alice", input_tokens=90_000)
    send(ledger, "dear", member_id="alice", response_model="mystery-1", input_tokens=1_000_000)
    send(ledger, "none", member_id="")
    return ledger


def test_the_figures_are_those_of_what_was_sent(four: Cast) -> None:
    found = ask(four.alice, f"chats?{RANGE}")
    assert found["is_whole"] is True
    assert [chat["conversation_id"] for chat in found["chats"]] == ["both", "bobs", "none", "dear"]
    both, bobs, none, dear = found["chats"]
    # At 2 and 10 dollars a million, and 0.9 of that.
    assert Decimal(both["contracted_cost"]) == Decimal("0.9") * (92_000 * 2 + 200 * 10) / 1_000_000
    assert (bobs["input_tokens"], bobs["output_tokens"], bobs["total_tokens"]) == (6000, 200, 6200)
    assert (bobs["messages"], bobs["duration_ms"], bobs["elapsed_ms"]) == (2, 1000, 10 * 86_400_000)
    assert (bobs["title"], bobs["models"], bobs["members"]) == ("Report 100%", ["gpt-4o"], ["Bob"])
    assert (both["members"], none["members"]) == (["Alice", "Bob"], ["Unattributed"])
    assert (dear["contracted_cost"], dear["unpriced_events"], dear["models"]) == ("0", 1, ["mystery-1"])


def test_everyone_sees_their_part_of_each_chat(four: Cast) -> None:
    secret = make_api_key(four.acme, KeyScope.USAGE_READ).secret
    by_key = Client().get(f"/api/v1/usage/chats?{RANGE}", headers={"X-API-Key": secret}).json()
    assert by_key["chats"] == chats(four.alice)
    for user in (four.bob, four.dana):
        found = ask(user, f"chats?{RANGE}")
        assert found["is_whole"] is False
        assert [chat["conversation_id"] for chat in found["chats"]] == ["bobs", "both"]
        both = found["chats"][1]
        assert (both["input_tokens"], both["messages"], both["members"]) == (2000, 1, ["Bob"])
        assert both["elapsed_ms"] == 0
        assert "alice" not in str(found).lower()
    assert chats(four.dana) == chats(four.bob)
    ask(four.charlie, f"chats?{RANGE}", status=404)
    for hidden in ("dear", "none"):
        ask(four.bob, f"chats/{hidden}", status=404)
        ask(four.bob, f"messages?conversation_id={hidden}", status=404)


def test_the_days_choose_chats_and_not_what_is_counted(four: Cast) -> None:
    before, between, after = "2026-05-20", "2026-05-25", "2026-05-30"
    for user, all_of_them in ((four.alice, {"both", "bobs", "none", "dear"}), (four.bob, {"both", "bobs"})):
        for day, expected in ((before, all_of_them), (between, set()), (after, {"bobs"})):
            found = ask(user, f"chats?from={day}&to={day}")["chats"]
            assert {chat["conversation_id"] for chat in found} == expected, day
            assert all(chat["calls"] == 2 for chat in found if chat["conversation_id"] == "bobs")


def test_a_filter_shows_the_part_that_it_lets_through(four: Cast) -> None:
    found = ask(four.alice, f"chats?{RANGE}&member=bob")
    assert found["is_whole"] is False
    assert found["chats"] == chats(four.bob)
    assert chats(four.alice, "&department=research") == chats(four.bob)
    assert names(four.alice, "&member=unattributed") == ["none"]
    assert names(four.alice, "&department=unattributed&member=alice") == ["both", "dear"]
    assert chats(four.bob, "&member=alice") == []
    problem = ask(four.alice, f"chats?{RANGE}&model=gpt-4o", status=400)
    assert problem["errors"][0]["field"] == "model"


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_searches_take_every_sign_as_it_is(four: Cast, who: str) -> None:
    user = getattr(four, who)
    assert (
        names(user, "&search=rePORT")
        == names(user, "&search=100%25")
        == names(user, "&search=BOBS")
        == ["bobs"]
    )
    assert names(user, "&search=1_0") == names(user, "&search=%5C") == names(user, "&search=nothing") == []
    ask(user, f"chats?{RANGE}&search=a%00", status=400)
    if who == "bob":
        assert names(user, "&search=dear") == []


def test_few_letters_are_looked_for_in_few_days(four: Cast) -> None:
    """No index finds them. Whoever sees their own chats only has few of them."""
    month, more = "from=2026-05-01&to=2026-05-31", "from=2026-05-01&to=2026-06-01"
    for word in ("bo", "a-b", "a_b", "%5C", "BO"):
        ask(four.alice, f"chats?{month}&search={word}")
        problem = ask(four.alice, f"chats?{more}&search={word}", status=400)
        assert [error["field"] for error in problem["errors"]] == ["search"]
        assert "at most 31 days" in problem["detail"]
        ask(four.bob, f"chats?{more}&search={word}")
    for word in ("bob", "a_bob", "会議室", "", "%20"):
        ask(four.alice, f"chats?{more}&search={word}")


def test_an_index_finds_what_is_searched_for(four: Cast) -> None:
    mark_quiet_chats()
    bobs = Chat.objects.get(external_id="bobs")
    Chat.objects.bulk_create(
        copied(bobs, id=UUID(int=number), external_id=f"chat-{number}", title=f"Question {number}")
        for number in range(5000)
    )
    plans: list[str] = []
    by_words = "Bitmap Index Scan on usage_chat_by_words"

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "ILIKE" in sql:
            execute(f"EXPLAIN {sql}", params, many, context)
            plans.append("".join(line for (line,) in context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE usage_chat")
    with connection.execute_wrapper(explained):
        for sort in ("cost", "tokens", "last"):
            assert names(four.alice, f"&search=question 1234&sort={sort}") == ["chat-1234"]
    assert [by_words in plan for plan in plans] == [True, True, True]


def copied(chat: Chat, **fields: Any) -> Chat:
    values = {field.attname: getattr(chat, field.attname) for field in Chat._meta.concrete_fields}
    return Chat(**(values | fields))


@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("sort", ["cost", "tokens", "last"])
def test_pages_go_on_by_key_forth_and_back(ledger: Cast, who: str, sort: str) -> None:
    for number in range(7):
        # Four of them alike in every respect but their id.
        send(ledger, f"chat-{number}", input_tokens=1000 + 100 * max(number - 3, 0))
    user = getattr(ledger, who)
    client = Client()
    client.force_login(user)
    whole = names(user, f"&sort={sort}")
    assert len(whole) == 7
    url: str | None = f"/api/v1/usage/chats?{RANGE}&organization=acme&sort={sort}&page_size=3"
    pages, last = [], None
    while url:
        last = client.get(url).json()
        pages.append([chat["conversation_id"] for chat in last["chats"]])
        url = last["page"]["next"]
        if len(pages) == 1:
            # What comes in meanwhile, dearer and later than all, neither shifts the pages nor repeats a row.
            send(ledger, "meanwhile", input_tokens=99_000, occurred_at=NOON + timedelta(minutes=1))
    assert [name for page in pages for name in page] == whole
    assert last
    back = client.get(last["page"]["previous"]).json()
    assert [chat["conversation_id"] for chat in back["chats"]] == pages[1]
    first = client.get(back["page"]["previous"]).json()
    assert [chat["conversation_id"] for chat in first["chats"]] == pages[0]
    assert first["page"]["previous"] is not None


def test_what_was_taken_back_is_gone(four: Cast) -> None:
    store(four.acme, event(transaction_id="gone", conversation_id="gone", input_tokens=9_000_000))
    for user in (four.alice, four.bob):
        assert names(user)[0] == "gone"
    void(four.acme, "gone")
    for user in (four.alice, four.bob):
        assert "gone" not in names(user)


def test_parts_of_all_members_are_the_whole(four: Cast) -> None:
    total: dict[str, Decimal] = defaultdict(Decimal)
    for member in ("bob", "alice", "unattributed"):
        for chat in chats(four.alice, f"&member={member}"):
            total[chat["conversation_id"]] += Decimal(chat["contracted_cost"])
    whole = {chat["conversation_id"]: Decimal(chat["contracted_cost"]) for chat in chats(four.alice)}
    assert total == whole


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("sort=name", "sort"),
        ("cursor=x", "cursor"),
        ("page_size=x", "page_size"),
        ("search=a&search=b", "search"),
        ("from=1", "from"),
    ],
)
def test_bad_parameters_are_named(ledger: Cast, query: str, field: str) -> None:
    assert ask(ledger.alice, f"chats?{query}", status=400)["errors"][0]["field"] == field


def test_answers_are_what_the_schema_says(four: Cast, api_document: dict[str, Any]) -> None:
    for path, url in (
        ("chats", f"chats?{RANGE}&page_size=1"),
        ("chats/{conversation_id}", "chats/bobs"),
        ("messages", "messages?conversation_id=bobs&page_size=1"),
    ):
        described(api_document, f"usage/{path}").validate(ask(four.alice, url))


def test_the_addresses_of_pages_stay_on_the_server(four: Cast) -> None:
    page = ask(four.alice, f"chats?{RANGE}&page_size=1")["page"]
    assert urlsplit(page["next"]).path == "/api/v1/usage/chats"
    assert page["previous"] is None
