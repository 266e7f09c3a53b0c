"""Tools: sums that overlap, told as such, for those whose departments they are kept for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from tests.usage.ledger_fixtures import NOON, event, store
from tests.usage.panels.asking import admin_page, answer, page, queries
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from tests.usage.why_cost.test_api import ledger, one_factor
from usage.events import ToolUse
from usage.services.price_list import raise_price_list_version

__all__ = ["ledger", "one_factor"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def tools(ledger):
    """On May 20th: search and code in one call, search in another of Bob's, code in one of nobody's."""
    PriceFactory(
        model=LlmModelFactory(name="searcher"), input=Decimal("0.000002"), web_search=Decimal("0.01")
    )
    raise_price_list_version()
    search, code = ToolUse("search", calls=2, tokens=300), ToolUse("code", tokens=50)
    sent = [
        event(response_model="searcher", tools=[search, code], web_search_calls=2, output_tokens=0),
        event(response_model="searcher", tools=[search], output_tokens=0),
        event(member_id="", tools=[code], response_model="unheard-of"),
        event(tools=[code], occurred_at=NOON - timedelta(days=1), response_model="searcher", output_tokens=0),
        event(),
    ]
    store(ledger.acme, *sent)
    with time_machine.travel(datetime(2026, 5, 21, 9, tzinfo=UTC), tick=False):
        yield ledger


def told(found):
    return {
        row["tool"]: (
            row["measures"]["events"],
            row["measures"]["tool_calls"],
            row["measures"]["tool_tokens"],
            row["measures"]["input_tokens"],
            row["measures"]["contracted_cost"],
            row["measures"]["unpriced_events"],
        )
        for row in found["tools"]
    }


DAY: dict[str, Any] = {"from": "2026-05-20", "to": "2026-05-20"}


def test_a_call_counts_under_each_of_its_tools(tools):
    found = answer(tools.alice, "tools", **DAY)
    # 1,000 tokens at 0.9 of 2 dollars per million, and two searches at 0.9 of a cent.
    assert told(found) == {
        "search": (2, 4, 600, 2000, "0.0216", 0),
        "code": (2, 2, 100, 2000, "0.0198", 1),
    }
    assert [row["tool"] for row in found["tools"]] == ["search", "code"]
    assert found["fees"] == [{"kind": "web_search", "quantity": 2, "contracted_cost": "0.018", "unpriced": 0}]
    assert not {"total", "totals", "share"} & set(found)


def test_a_fee_of_calls_without_a_price_is_a_lower_bound(tools):
    store(tools.acme, event(response_model="unheard-of", web_search_calls=3, code_run_calls=1))
    assert answer(tools.alice, "tools", **DAY)["fees"] == [
        {"kind": "web_search", "quantity": 5, "contracted_cost": "0.018", "unpriced": 3},
        {"kind": "code_run", "quantity": 1, "contracted_cost": "0", "unpriced": 1},
    ]
    fees = page(tools.alice, "tools/", **DAY).split("Fees per call", 1)[1]
    assert "at least" in fees and "unpriced" in fees


def test_over_time_and_against_the_day_before(tools):
    found = answer(tools.alice, "tools", **DAY | {"from": "2026-05-19"})
    lines = {line["tool"]: [of["total_tokens"] for of in line["measures"]] for line in found["lines"]}
    assert lines == {"search": [0, 2000], "code": [1000, 2100]}
    change = {row["tool"]: row["change"] for row in answer(tools.alice, "tools", **DAY)["tools"]}
    assert (change["code"]["tokens"], change["code"]["previous_tokens"]) == (2100, 1000)
    assert (change["code"]["contracted_cost"], change["code"]["cost_percent"]) == ("0.0198", "1000.0")
    assert change["search"]["previous_tokens"] == 0
    same = answer(tools.alice, "tools", **DAY, compare="none")
    assert [row["change"] for row in same["tools"]] == [None, None]


def test_a_lead_sees_their_department_and_a_member_nothing(tools):
    found = answer(tools.dana, "tools", **DAY)
    assert {name: of[0] for name, of in told(found).items()} == {"search": 2, "code": 1}
    assert found["fees"][0]["quantity"] == 2
    assert "role" in answer(tools.bob, "tools", status=403)["detail"]
    assert "more than your own usage" in page(tools.bob, "tools/", status=403)
    assert 'href="/o/acme/tools/"' not in page(tools.bob, "features/")
    assert 'href="/o/acme/tools/"' in page(tools.dana, "features/")
    answer(tools.charlie, "tools", status=404)


def test_filters(tools):
    assert set(told(answer(tools.alice, "tools", **DAY, tool="code"))) == {"code"}
    assert answer(tools.alice, "tools", **DAY, tool="code")["fees"] is None
    assert told(answer(tools.alice, "tools", **DAY, model="openai/searcher"))["code"][0] == 1
    assert told(answer(tools.alice, "tools", **DAY, department="unattributed"))["code"][0] == 1
    assert answer(tools.alice, "tools", **DAY, model="openai/gpt-4o")["fees"] == []
    assert answer(tools.alice, "tools", status=400, feature="chat")["errors"][0]["field"] == "feature"


def test_the_number_of_queries_does_not_grow(tools):
    few = queries(tools.acme, "tools", **DAY, tool="search")
    assert queries(tools.acme, "tools", **DAY, tool=["search", "code"]) == few
    assert queries(tools.acme, "tools", **DAY) <= 12


def test_pages_of_both_faces(tools):
    for text in (page(tools.alice, "tools/", **DAY), admin_page(tools.carol, "tools/", **DAY)):
        assert "Tools overlap" in text
        assert "Web search calls" in text
        assert "data-chart" in text
        assert "<tfoot" not in text
    assert "kept by department" in page(tools.dana, "tools/", **DAY)
    assert "field “tools”" in page(tools.alice, "tools/", range="last_month")
    assert "take this filter out" in page(tools.alice, "tools/", **DAY, tool="code")


def test_a_day_that_is_not_over_is_marked_in_the_chart(tools):
    assert "Not over yet" in page(tools.alice, "tools/", range="this_month")
    assert "Not over yet" not in page(tools.alice, "tools/", **DAY)


def test_a_table_says_against_which_days_it_tells_changes(tools):
    # With the year: the same days a year ago would read like the days shown.
    for compare, days in (("previous", "May 19, 2026"), ("year", "May 20, 2025")):
        assert f"Change against {days}" in page(tools.alice, "tools/", **DAY, compare=compare)
    assert "Change against" not in page(tools.alice, "tools/", **DAY, compare="none")
