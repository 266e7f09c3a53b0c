"""Every chart, by tokens and by cost: its title says what it shows, and its table says the same in figures."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from django.test import Client
from django.test.utils import override_settings
from time_machine import travel

from billing.queries.panels.registry import MEMBERS, MONTHS, OVERVIEW
from tests.billing.web.page import Page, Table
from tests.browser.panel_scene import INTEGRATION, add_chats, address
from tests.browser.scene import send, set_scene
from tests.teams.cast import Cast
from usage.events import Event, ToolUse
from usage.queries.panels.registry import PANELS

pytestmark = pytest.mark.django_db

NOW: Final = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ZONE: Final = "Asia/Kathmandu"
FIGURE: Final = re.compile(
    r'<figure[^>]* data-chart="(?P<id>[\w-]+)"(?P<inside>.*?)</figure>(?=.*?<details.*?(?P<table><table.*?</table>))',
    re.DOTALL,
)
UNITS: Final = {"tokens": "tokens", "cost": "USD", "rate": "% of all calls", "ms": "milliseconds"}
"""Also what a column of the table is in, beside the name of a line."""
COLUMNS: Final = {
    "Failed calls among all": "Error rate",
    "Half of the calls took at most": "Latency p50, ms",
    "95 of 100 calls took at most": "Latency p95, ms",
}
"""Of lines whose column says it in fewer words."""
CHARTS: Final = {
    "overview": ["daily-chart"],
    "features": ["features-chart"],
    "tools": ["tools-chart"],
    "integration": ["errors-chart", "latency-chart"],
    "team": ["team-chart"],
    "member": ["entry-chart"],
    "department": ["entry-chart"],
    "project": ["entry-chart"],
    "trends": ["weeks-chart"],
    "costs": ["models-chart", "providers-chart"],
    "months": ["months-chart"],
}


@pytest.fixture(autouse=True)
def frozen_time() -> Iterator[None]:
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


def drawn_and_told(html: str, chart: re.Match[str], basis: str, *, by: str = "") -> None:
    """One chart on a page that is by tokens or by cost, or was switched ``by`` script to one of them."""
    drawn, measure = _drawn(html, chart["id"]), _attribute(chart["inside"], "data-only") or basis
    heading = rf'<h2 id="{chart["id"]}-heading">(.*?)</h2>\s*<p class="chart-facts">(.*?)</p>'
    head = re.search(heading, html, re.DOTALL)
    assert head, chart["id"]
    title, facts = (" ".join(Page(part, by=by).text.split()) for part in head.groups())
    unit, days, *rest = facts.split(" · ")
    expected = f"{UNITS[measure]} by {drawn['bucket']}"
    assert unit == expected[0].upper() + expected[1:], chart["id"]
    assert rest == [ZONE, "as of Nov 23, 2026, 20:45"], chart["id"]
    assert measure not in ("tokens", "cost") or title.lower().startswith(f"{measure} "), title
    heard = _attribute(chart["inside"], f"data-{by}" if by else "aria-label")
    assert " ".join(heard.split()).startswith(f"{title}: {expected}, {days}, {ZONE}. "), heard
    table = Page(chart["table"], by=by).tables[0]
    assert any(any(line[measure]) for line in drawn["series"]), chart["id"]
    for line in drawn["series"]:
        _same(line, _column(table, line["name"], measure), measure)


def _drawn(html: str, chart: str) -> dict[str, Any]:
    text = html.partition(f'<script id="{chart}" type="application/json">')[2].partition("</script>")[0]
    drawn: dict[str, Any] = json.loads(text)
    return drawn


def _attribute(html: str, name: str) -> str:
    found = re.search(rf' {name}="([^"]*)"', html)
    return found[1] if found else ""


def _column(table: Table, name: str, measure: str) -> list[str]:
    heads = [" ".join(head.split()) for head in table.heads]
    wanted = COLUMNS.get(name, f"{name}, {UNITS[measure]}")
    assert heads.count(wanted) == 1, (wanted, heads)
    return [row[heads.index(wanted)] for row in table.rows]


def _same(line: dict[str, Any], told: list[str], measure: str) -> None:
    values = line[measure]
    # The newest hour stands on top of its table.
    told = told[::-1] if measure in ("rate", "ms") else told
    assert len(values) == len(told), line["name"]
    assert [value or 0 for value in values] == pytest.approx([float(cell or 0) for cell in told]), line[
        "name"
    ]


def _out_of_the_ordinary() -> list[Event]:
    """A day far above the usual, by a call with a tool that takes no fee, and a call of a service that failed."""
    call: dict[str, Any] = {
        "occurred_at": NOW - timedelta(days=5),
        "provider_name": "openai",
        "response_model": "gpt-4o",
    }
    tools = [ToolUse("calculator", calls=1, tokens=80)]
    return [
        Event(transaction_id="spike", member_id="bob", input_tokens=90_000_000, tools=tools, **call),
        Event(transaction_id="failed", integration_id=INTEGRATION, error_type="timeout", **call),
    ]


def test_charts_say_what_they_show_and_their_tables_say_the_same(cast: Cast) -> None:
    cast.acme.zones.update(time_zone=ZONE)
    scene = set_scene(cast, now=NOW)
    add_chats(cast, scene)
    send(cast.acme.pk, _out_of_the_ordinary())
    client = Client()
    client.force_login(cast.alice)
    charts = {}
    for panel in (OVERVIEW, *PANELS, MEMBERS, MONTHS):
        url = address(panel)
        html = client.get(url).content.decode()
        if not (found := list(FIGURE.finditer(html))):
            assert "data-chart" not in html, panel.name
            continue
        charts[panel.name] = [figure["id"] for figure in found]
        by_cost = client.get(url, {"basis": "cost"}).content.decode()
        pages = [(html, "tokens", ""), (by_cost, "cost", "")]
        if "data-chart-basis" in html:
            pages.append((html, "cost", "cost"))
        for page, basis, by in pages:
            for figure in FIGURE.finditer(page):
                drawn_and_told(page, figure, basis, by=by)
    assert charts == CHARTS
