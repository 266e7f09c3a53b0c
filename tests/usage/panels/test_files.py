"""Files: what their use added, for whom it may be seen, page by page."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.db import connection

from teams.enums import KeyScope
from teams.permissions import Visible
from tests.teams.factories import make_api_key
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import NOON, event, store
from tests.usage.panels.asking import admin_page, answer, client_of, page, queries
from tests.usage.why_cost.test_api import ledger, one_factor
from usage.events import FileReference
from usage.panels.paging import Turn
from usage.queries.files import file_detail
from usage.queries.panels.files import BY_COST, file_list

__all__ = ["ledger", "one_factor"]
pytestmark = pytest.mark.django_db


def read(cast, file_id, *, tokens, cached=0, processed=False, name="", **fields):
    file = FileReference(
        file_id,
        name=name,
        size_bytes=80_000,
        extracted_tokens=410,
        tokens=tokens,
        cache_read_tokens=cached,
        processed=processed,
    )
    told = {"conversation_id": "c", "message_id": "m", "output_tokens": 0, "files": [file]} | fields
    told["cache_read_input_tokens"] = cached
    store(cast.acme, event(**told))


@pytest.fixture
def files(ledger):
    """Bob of Research reads the report in two chats, nobody the notes, Alice (of no department) the plan."""
    read(ledger, "report", tokens=900, processed=True, name="Report.pdf")
    read(ledger, "report", tokens=400, name="Report.pdf", occurred_at=NOON + timedelta(hours=1))
    read(ledger, "report", tokens=400, conversation_id="d", cached=100, name="Report.pdf")
    read(ledger, "notes/2026?", tokens=100, member_id="", name="Notes 100%.txt")
    read(ledger, "plan", tokens=200, member_id="alice", conversation_id="", transaction_id="plan")
    read(ledger, "gone", tokens=300, transaction_id="gone")
    read(ledger, "dear", tokens=50, member_id="alice", response_model="unheard-of")
    void(ledger.acme, "gone")
    return ledger


def ids(found):
    return [row["file_id"] for row in found["files"]]


def test_by_cost_added_and_every_figure_is_the_files_own(files):
    found = answer(files.alice, "files")
    assert ids(found) == ["report", "plan", "notes/2026?", "dear"]
    for row in found["files"]:
        detail = answer(files.alice, f"files/{row['file_id'].replace('?', '%3F')}")
        for name, told in row.items():
            assert detail[name] == told, (row["file_id"], name)
    report = found["files"][0]
    assert (report["uses"], report["chat_count"], report["input_tokens"]) == (2, 2, 800)
    assert report["cache_read_input_tokens"] == 100
    # 800 tokens at 0.9 of 2 dollars per million; cached input has no price of its own here.
    assert (report["contracted_cost"], report["processing_cost"]) == ("0.00144", "0.0018")
    assert found["totals"] == {
        "files": 4,
        "uses": 5,
        "input_tokens": 1150,
        "cache_read_input_tokens": 100,
        "contracted_cost": "0.00198",
        "processing_cost": "0.0018",
    }


def test_everyone_sees_their_part_only(files):
    for part, expected in ((files.bob, ["report"]), (files.dana, ["report"]), (files.alice, 4)):
        found = answer(part, "files")
        assert len(ids(found)) == expected if expected == 4 else ids(found) == expected
        assert found["totals"]["files"] == len(ids(found))
        assert found["is_whole_organization"] is (part is files.alice)
    answer(files.charlie, "files", status=404)
    # A part of a file that others read too.
    read(files, "plan", tokens=10, conversation_id="e")
    assert {row["file_id"]: row["input_tokens"] for row in answer(files.bob, "files")["files"]} == {
        "report": 800,
        "plan": 10,
    }
    assert answer(files.alice, "files", search="plan")["totals"]["input_tokens"] == 210


def test_a_key_reads_with_its_scope(files, client):
    for scope, status in ((KeyScope.USAGE_READ, 200), (KeyScope.USAGE_WRITE, 403)):
        secret = make_api_key(files.acme, scope).secret
        assert client.get("/api/v1/usage/files", headers={"X-API-Key": secret}).status_code == status


def test_search_is_literal_and_in_names_and_ids(files):
    assert ids(answer(files.alice, "files", search="REPORT.")) == ["report"]
    assert ids(answer(files.alice, "files", search="00%")) == ["notes/2026?"]
    assert ids(answer(files.alice, "files", search="_")) == []
    assert ids(answer(files.alice, "files", search="/2026")) == ["notes/2026?"]


def test_pages_by_key_hold_each_file_once(files):
    for number in range(4):
        read(files, f"same-{number}", tokens=7)
    whole, client = ids(answer(files.alice, "files")), client_of(files.alice)
    parts = [answer(files.alice, "files", page_size=3)]
    while following := parts[-1]["page"]["next"]:
        parts.append(client.get(following).json())
    assert {part["totals"]["files"] for part in parts} == {len(whole)} == {8}
    assert [file for part in parts for file in ids(part)] == whole
    assert parts[0]["page"]["previous"] is None
    for part, after in pairwise(parts):
        assert ids(client.get(after["page"]["previous"]).json()) == ids(part)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cursor", "x"),
        ("cursor", "AAAA"),
        ("page_size", "0"),
        ("page_size", "201"),
        ("search", "q" * 201),
        ("search", "\x00"),
    ],
)
def test_what_cannot_be_read_is_named(files, name, value):
    assert answer(files.alice, "files", status=400, **{name: value})["errors"][0]["field"] == name
    if name != "page_size":
        page(files.alice, "files/", status=400, **{name: value})


def test_the_number_of_queries_does_not_grow(files):
    few = queries(files.acme, "files", page_size=1)
    assert queries(files.acme, "files") == few <= 12


def test_pages_of_both_faces(files):
    text = page(files.alice, "files/")
    assert text.index("Report.pdf") < text.index("Notes 100%.txt")
    assert 'href="/o/acme/files/notes/2026%3F/"' in text
    assert "none known" in text
    assert "Notes" not in page(files.bob, "files/")
    for written in (page(files.alice, "files/report/"), admin_page(files.carol, "files/report/")):
        assert "Report.pdf" in written
        assert "tokens came from the cache" in written
    assert "Report.pdf" in admin_page(files.carol, "files/")
    assert "no price yet" in page(files.alice, "files/dear/")
    page(files.bob, "files/plan/", status=404)
    page(files.alice, "files/nothing/", status=404)
    assert "No file is called" in page(files.alice, "files/", search="nothing")


def at_least(user, **parameters):
    """Whether the list says that its sum of costs is a lower bound."""
    return "at least" in page(user, "files/", **parameters)


def test_the_sum_is_at_least_that_much_while_a_use_has_no_price(files):
    assert at_least(files.alice)
    assert not at_least(files.alice, search="DEA")
    assert "unpriced" in page(files.alice, "files/", search="DEA")
    assert not at_least(files.alice, search="Report")
    assert not at_least(files.bob)
    # Bob's own call without a price, in the same chat, read no file.
    store(files.acme, event(conversation_id="c", message_id="m2", response_model="unheard-of"))
    assert not at_least(files.bob)
    read(files, "report", tokens=1, response_model="unheard-of", transaction_id="bobs")
    assert at_least(files.bob, search="Report")
    void(files.acme, "bobs")
    assert not at_least(files.bob)


def test_use_outside_of_chats_without_a_price_makes_a_bound_of_the_sum_too(files):
    read(files, "loose", tokens=1, response_model="unheard-of", conversation_id="", transaction_id="loose")
    assert at_least(files.bob)
    assert at_least(files.dana)
    void(files.acme, "loose")
    assert not at_least(files.bob)


def test_pages_lead_on_and_back(files):
    text = page(files.alice, "files/", search="e", page_size=2)
    assert 'rel="prev"' not in text
    (following,) = re.findall(r'rel="next" href="\?([^"]+)"', text)
    query: dict[str, Any] = dict(parse_qsl(unescape(following)))
    assert query["search"] == "e"
    text = page(files.alice, "files/", **query)
    assert 'rel="prev" href="?search=e&amp;page_size=2&amp;cursor=-' in text


def test_without_files(ledger):
    assert "No files yet" in page(ledger.alice, "files/")


def viewers(files):
    yield Visible(whole_organization=True)
    yield Visible(department_ids=frozenset({files.research.pk}))
    yield Visible(member_ids=frozenset({files.member(files.alice).pk}))


def test_tables_are_not_read_whole_for_a_list(files):
    """Most of their rows may be those of other organizations. What is read after it is read as ever."""

    def way():
        with connection.cursor() as cursor:
            cursor.execute("SHOW enable_seqscan")
            return cursor.fetchone()[0]

    def watched(execute, sql, *rest):
        if "usage_file" in sql:
            ways.append(way())
        return execute(sql, *rest)

    for visible in viewers(files):
        ways: list[str] = []
        with connection.execute_wrapper(watched):
            file_list(files.acme.pk, visible=visible, turn=Turn(order=BY_COST))
        assert set(ways) == {"off"}
        assert way() == "on"


def test_lists_and_details_agree_for_every_viewer(files):
    for visible in viewers(files):
        found = file_list(files.acme.pk, visible=visible, turn=Turn(order=BY_COST))
        assert found.totals.contracted_cost == sum((row.contracted_cost for row in found.rows), Decimal(0))
        for row in found.rows:
            detail = file_detail(files.acme.pk, row.file_id, visible=visible)
            assert detail is not None
            assert (detail.input_tokens, detail.uses, detail.chat_count) == (
                row.input_tokens,
                row.uses,
                row.chat_count,
            )
