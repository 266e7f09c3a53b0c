"""A real usage trace goes in over HTTP, and its sums are found at every station.

Keys, events, rollups, page, API and admin, each against arithmetic over the file itself.
"""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Count, Sum

from teams.enums import KeyScope
from teams.services.keys import create_api_key
from tests.flows.azure_trace import (
    INPUT,
    INPUT_PRICE,
    OUTPUT,
    OUTPUT_PRICE,
    REQUESTS,
    Request,
    last_month,
    read_trace,
    send,
)
from tests.flows.conftest import RunningProduct
from tests.real_data import needs_real_data
from tests.teams.cast import Cast, make_cast
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.models import (
    ChargeByKind,
    Chat,
    EventKey,
    Message,
    ReceiptDaily,
    SpendDaily,
    UsageDaily,
    UsageEvent,
    UsageHourly,
)
from usage.periods import add_months, month_of

pytestmark = [pytest.mark.django_db(transaction=True), needs_real_data]

LEDGER = "/admin/usage/usageevent/"


def test_trace_to_overview(product: RunningProduct) -> None:
    people = make_cast()
    PriceFactory(model=LlmModelFactory(name="gpt-4o"), input=INPUT_PRICE, output=OUTPUT_PRICE)
    month = last_month()
    # Half an hour before midnight: the trace lies on two days.
    trace = read_trace(datetime(month.year, month.month, 10, 23, 30, tzinfo=UTC))
    send(product, people.acme, trace)
    check_ledger(trace)
    check_rollups(trace)
    shown = check_api(product, people, trace, month)
    check_page(product, people, month, shown)
    check_ledger_browser(product, people, trace)
    check_admin_home(product, people)
    check_outsider(product, people)
    call_command("verify_ledger", organization="acme")


def check_ledger(trace: list[Request]) -> None:
    cost = sum(one.cost for one in trace)
    assert EventKey.objects.count() == REQUESTS
    sums = UsageEvent.objects.aggregate(
        Count("id"), Sum("input_tokens"), Sum("output_tokens"), Sum("contracted_cost"), Sum("list_cost")
    )
    assert list(sums.values()) == [REQUESTS, INPUT, OUTPUT, cost, cost]
    assert Message.objects.count() == REQUESTS
    assert Chat.objects.count() == len({one.number // 10 for one in trace})
    assert Chat.objects.aggregate(Sum("messages"))["messages__sum"] == REQUESTS
    receipt = ReceiptDaily.objects.aggregate(Sum("received"), Sum("stored"), Sum("duplicate"))
    assert list(receipt.values()) == [2 * REQUESTS, REQUESTS, REQUESTS]


def check_rollups(trace: list[Request]) -> None:
    cost = sum(one.cost for one in trace)
    expected = [REQUESTS, INPUT, OUTPUT, cost]
    tables = [UsageHourly.objects, UsageDaily.objects] + [
        SpendDaily.objects.filter(scope_kind=kind)
        for kind in ("organization", "department", "project", "member")
    ]
    for table in tables:
        sums = table.aggregate(
            Sum("calls"), Sum("input_tokens"), Sum("output_tokens"), Sum("contracted_cost")
        )
        assert list(sums.values()) == expected
    charges = ChargeByKind.objects.values("kind").annotate(total=Sum("quantity"), cost=Sum("contracted_cost"))
    assert {row["kind"]: (row["total"], row["cost"]) for row in charges} == {
        "input": (INPUT, INPUT * INPUT_PRICE),
        "output": (OUTPUT, OUTPUT * OUTPUT_PRICE),
        "call": (REQUESTS, Decimal(0)),
    }
    per_day = Counter(one.occurred_at.date() for one in trace)
    assert len(per_day) == 2
    stored = UsageDaily.objects.values("local_date").annotate(total=Sum("calls"))
    assert {row["local_date"]: row["total"] for row in stored} == per_day
    per_hour = Counter(one.occurred_at.replace(minute=0, second=0, microsecond=0) for one in trace)
    hourly = UsageHourly.objects.values("hour_start").annotate(total=Sum("calls"))
    assert {row["hour_start"]: row["total"] for row in hourly} == per_hour


def check_api(product: RunningProduct, people: Cast, trace: list[Request], month: date) -> dict[str, Any]:
    key = create_api_key(organization=people.acme, name="reader", scopes=[KeyScope.USAGE_READ])
    status, text = product.ask(
        "GET", f"/api/v1/usage/overview?period={month:%Y-%m}", headers={"X-API-Key": key.secret}
    )
    assert status == 200, text
    shown: dict[str, Any] = json.loads(text)
    cost = sum(one.cost for one in trace)
    totals = shown["totals"]
    assert (totals["calls"], totals["input_tokens"], totals["output_tokens"]) == (REQUESTS, INPUT, OUTPUT)
    assert Decimal(totals["contracted_cost"]) == cost
    per_day = Counter[date]()
    for one in trace:
        per_day[one.occurred_at.date()] += one.input_tokens + one.output_tokens
    assert {row["day"]: row["measures"]["total_tokens"] for row in shown["days"]} == {
        (month + timedelta(days=day)).isoformat(): per_day[month + timedelta(days=day)]
        for day in range((add_months(month, 1) - month).days)
    }
    per_member: dict[str, Decimal] = {}
    for one in trace:
        per_member[one.member] = per_member.get(one.member, Decimal(0)) + one.cost
    rows = {row["external_id"]: Decimal(row["measures"]["contracted_cost"]) for row in shown["members"]}
    assert rows == per_member
    assert [row["kind"] for row in shown["members"] if not row["external_id"]] == ["unattributed"]
    for breakdown in ("models", "departments", "projects", "members"):
        parts = [row["measures"] for row in shown[breakdown]]
        assert sum(part["total_tokens"] for part in parts) == INPUT + OUTPUT, breakdown
        assert sum(Decimal(part["contracted_cost"]) for part in parts) == cost, breakdown
    return shown


def check_page(product: RunningProduct, people: Cast, month: date, shown: dict[str, Any]) -> None:
    status, text = product.page(f"/o/acme/?period={month:%Y-%m}", user=people.alice)
    assert status == 200
    figures = full_figures(text)
    assert f"{INPUT + OUTPUT}" in figures
    assert f"${shown['totals']['contracted_cost']}" in figures
    for row in shown["members"]:
        assert f"${row['measures']['contracted_cost']}" in figures
        assert row["kind"] == "unattributed" or row["name"] in text
    # Bob sees his own and nobody else's.
    status, own = product.page(f"/o/acme/?period={month:%Y-%m}", user=people.bob)
    bobs = next(row for row in shown["members"] if row["external_id"] == "bob")["measures"]
    assert status == 200
    assert f"${bobs['contracted_cost']}" in full_figures(own)
    assert f"${shown['totals']['contracted_cost']}" not in full_figures(own)


def check_admin_home(product: RunningProduct, people: Cast) -> None:
    """The home page shows the month in progress, so the trace comes in once more, as if it had just happened."""
    now = datetime.now(UTC)
    trace = read_trace(now - timedelta(hours=1, minutes=10))
    send(product, people.other, trace)
    this_month = [one for one in trace if month_of(one.occurred_at.date()) == month_of(now.date())]
    status, home = product.page("/admin/", user=people.carol)
    assert status == 200
    assert "Acme" in home and "Other" in home
    figures = written(home) | full_figures(home)
    assert str(sum(one.input_tokens + one.output_tokens for one in this_month)) in figures
    assert f"${sum((one.cost for one in this_month), Decimal(0)).normalize():f}" in figures


def check_ledger_browser(product: RunningProduct, people: Cast, trace: list[Request]) -> None:
    """Newest first, and behind each line the event with its cost line by line."""
    status, ledger = product.page(f"{LEDGER}?organization={people.acme.pk}", user=people.carol)
    assert status == 200
    lines = {
        unescape(name): unescape(url) for url, name in re.findall(r'href="([^"]+)">(azure-\d+)<', ledger)
    }
    assert list(lines) == [f"azure-{one.number}" for one in reversed(trace[-len(lines) :])]
    last = trace[-1]
    status, event = product.page(lines[f"azure-{last.number}"], user=people.carol)
    assert status == 200
    assert {
        f"{last.occurred_at:%Y-%m-%d %H:%M:%S}.{last.occurred_at.microsecond // 1000:03} UTC",
        str(last.input_tokens),
        str(last.output_tokens),
        f"${last.input_tokens * INPUT_PRICE:f}",
        f"${last.output_tokens * OUTPUT_PRICE:f}",
        f"${last.cost:f}",
    } <= written(event)


def check_outsider(product: RunningProduct, people: Cast) -> None:
    for path in ("/o/acme/", "/api/v1/usage/overview?organization=acme"):
        status, text = product.page(path, user=people.charlie)
        assert status == 404
        assert "Acme" not in text
    for path in ("/admin/", f"{LEDGER}?organization={people.acme.pk}"):
        status, text = product.page(path, user=people.charlie)
        assert status in (302, 403)
        assert "azure" not in text


def full_figures(page: str) -> set[str]:
    """Every figure of a page in full precision, grouping taken out."""
    return {
        re.sub(r"\s", "", title).replace(",", "") for title in re.findall(r'title="([^"]*\d[^"]*)"', page)
    }


def written(page: str) -> set[str]:
    """Every text of a page that stands alone in its element, grouping taken out."""
    return {
        re.sub(r"(?<=\d)[,\u2009\u202f](?=\d)", "", unescape(text))
        for text in re.findall(r">\s*([^<>]+?)\s*<", page)
    }
