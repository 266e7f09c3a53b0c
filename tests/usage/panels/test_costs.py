"""Costs by kind of charge: the lines add up to the total, for whoever asks, whatever was corrected or came late."""

import random
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings
from hypothesis import given
from hypothesis import strategies as st
from time_machine import travel

from teams.enums import KeyScope
from teams.models import User
from tests.billing.web.page import Page
from tests.described import described
from tests.teams.cast import Cast
from tests.teams.factories import make_api_key
from tests.usage.corrections.voids import void
from tests.usage.fuzz.effort import whole_ledgers
from tests.usage.ingest.calls import calls
from tests.usage.ledger_fixtures import FIRST, LAST, NOON, RECEIVED, event, store
from tests.usage.panels.askers import DAYS, Asker, askers, ledger_of
from tests.usage.panels.raw_events import measured, told
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.enums import ChargeKind
from usage.events import Event, ToolUse
from usage.models import ContractRate, UsageEvent
from usage.panels.costs import NO_TOKENS
from usage.periods import months_between
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods
from usage.services.price_list import raise_price_list_version

pytestmark = pytest.mark.django_db

URL, MAY = "/api/v1/usage/costs", {"range": "custom", "from": "2026-05-01", "to": "2026-05-31"}
PAGE = "/o/acme/costs/?from=2026-05-01&to=2026-05-31"
FILTERS = {
    "department": "department_id",
    "project": "project_id",
    "feature": "feature",
    "model": "model_id",
}


@whole_ledgers(4)
@given(
    sent=st.lists(calls(), min_size=10, max_size=40),
    late=st.lists(calls(), min_size=2, max_size=10),
    zone=st.sampled_from(("UTC", "Asia/Kathmandu")),
    seed=st.integers(0, 2**32),
)
def test_the_kinds_are_the_total_of_whoever_asks(
    sent: list[Event], late: list[Event], zone: str, seed: int
) -> None:
    organization = ledger_of(sent, zone=zone, seed=seed, late=late)
    everything = list(UsageEvent.objects.filter(organization=organization))
    chance = random.Random(seed)
    with travel(RECEIVED, tick=False):
        for asker in askers(organization):
            seen = asker.of(everything)
            check_costs(asker, seen)
            for name in chance.sample(sorted(FILTERS), 2):
                rows = [row for row in asker.get("breakdown", by=name, **DAYS)["rows"] if row["value"]]
                if rows:
                    check_costs(asker, None, **{name: chance.choice(rows)["value"]})


def check_costs(asker: Asker, seen: Sequence[UsageEvent] | None, **chosen: str) -> None:
    """The costs by kind, model, provider and step are what any panel says is the total for this filter."""
    answer = asker.get("costs", **DAYS, **chosen)
    whole = told(answer["total"])
    assert whole == told(asker.get("compare", **DAYS, **chosen)["total"])
    kinds = answer["kinds"]
    assert sum_of(kind["cost"] for kind in kinds) == whole.cost
    for kind in kinds:
        assert sum_of(price["cost"] for price in kind["prices"]) == Decimal(kind["cost"])
        assert sum(price["quantity"] for price in kind["prices"]) == kind["quantity"]
        for price in kind["prices"]:
            assert price["quantity"] * Decimal(price["unit_price"]) == Decimal(price["cost"])
    unpriced = sum(tokens_in(answer["unpriced"]))
    assert sum(tokens_in(kinds)) + unpriced == answer["total"]["total_tokens"]
    assert unpriced == answer["total"]["unpriced_tokens"]
    for rows in ([model["row"] for model in answer["models"]], answer["providers"]):
        assert sum_of(row["measures"]["contracted_cost"] for row in rows) == whole.cost
    for series in (answer["by_model"], answer["by_provider"]):
        assert sum_of(step["contracted_cost"] for step in series["totals"]) == whole.cost
        for index, step in enumerate(series["totals"]):
            parts = (line["measures"][index] for line in series["series"])
            assert sum_of(part["contracted_cost"] for part in parts) == Decimal(step["contracted_cost"])
    listed = answer["listed"]
    assert Decimal(listed["contracted_cost"]) + Decimal(listed["unlisted_cost"]) == whole.cost
    if seen is not None:
        assert measured(seen) == whole
        assert Decimal(listed["list_cost"]) == sum((one.list_cost or 0 for one in seen), Decimal(0))
        assert answer["tool_tokens"] == sum(tool["tokens"] for one in seen for tool in one.tools or ())


def tokens_in(kinds: Iterable[dict[str, Any]]) -> list[int]:
    return [kind["quantity"] for kind in kinds if ChargeKind(kind["charge_kind"]) not in NO_TOKENS]


def sum_of(costs: Iterable[str]) -> Decimal:
    return sum(map(Decimal, costs), Decimal(0))


@pytest.fixture
def acme(cast: Cast) -> Cast:
    """In May, at 90 % of the list: 600 tokens new and 400 cached, 100 out by Bob; as much by Alice; one unpriced."""
    ensure_partitions(months_between(FIRST, LAST))
    ensure_periods(cast.acme.pk, first=FIRST, last=LAST)
    PriceFactory(
        model=LlmModelFactory(name="gpt-4o"),
        cache_read=Decimal("0.000001"),
        web_search=Decimal("0.01"),
    )
    ContractRate.objects.create(
        organization=cast.acme, valid_from=NOON - timedelta(days=9), factor=Decimal("0.9"), source="Business"
    )
    raise_price_list_version()
    store(
        cast.acme,
        event(
            cache_read_input_tokens=400, web_search_calls=2, tools=[ToolUse("web search", calls=2, tokens=30)]
        ),
        event(member_id="alice", department_id="legal", transaction_id="alice"),
        event(member_id="alice", response_model="mystery-1", input_tokens=50, output_tokens=7),
    )
    return cast


def ask(user: User, **parameters: str) -> dict[str, Any]:
    client = Client()
    client.force_login(user)
    response = client.get(URL, {"organization": "acme", **MAY, **parameters})
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def look(user: User, url: str = PAGE) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_quantity_times_unit_price_is_cost(acme: Cast) -> None:
    kinds = {kind["charge_kind"]: kind for kind in ask(acme.alice)["kinds"]}
    assert {name: (kind["quantity"], kind["unit_price"], kind["cost"]) for name, kind in kinds.items()} == {
        "input": (1600, "0.0000018", "0.00288"),
        "cache_read": (400, "0.0000009", "0.00036"),
        "output": (200, "0.000009", "0.0018"),
        "web_search": (2, "0.009", "0.018"),
    }
    answer = ask(acme.alice)
    assert answer["unpriced"] == [
        {"charge_kind": "input", "quantity": 50},
        {"charge_kind": "output", "quantity": 7},
    ]
    assert answer["tool_tokens"] == 30
    assert answer["listed"] == {
        "list_cost": "0.0256",
        "contracted_cost": "0.02304",
        "difference": "-0.00256",
        "percent": "-10.0",
        "unlisted_cost": "0",
    }


def test_two_prices_of_one_kind_are_a_mean_and_two_lines(acme: Cast) -> None:
    store(acme.acme, event(occurred_at=NOON - timedelta(days=15), input_tokens=3000, output_tokens=0))
    kind = ask(acme.alice, charge="input")["kinds"][0]
    assert (kind["unit_price"], kind["quantity"], kind["cost"]) == (None, 4600, "0.00888")
    assert [(price["unit_price"], price["has_rate"]) for price in kind["prices"]] == [
        ("0.000002", False),
        ("0.0000018", True),
    ]
    page = Page(look(acme.alice))
    assert "on average of 2 prices" in page.text


def test_each_sees_the_charges_of_their_own_usage(acme: Cast) -> None:
    """Bob is of Research, which Dana leads; Alice's is of Legal."""
    assert ask(acme.alice)["total"]["total_tokens"] == 2257
    for user in (acme.bob, acme.dana):
        answer = ask(user)
        assert [kind["quantity"] for kind in answer["kinds"]] == [600, 400, 100, 2], user
        assert answer["unpriced"] == []
        assert answer["tool_tokens"] == 30
        assert "mystery" not in str(answer)
        assert "mystery" not in look(user)


def test_a_lead_sees_what_they_used_elsewhere_too(acme: Cast) -> None:
    store(acme.acme, event(member_id="dana", department_id="legal", input_tokens=5, output_tokens=0))
    answer = ask(acme.dana)
    assert (answer["kinds"][0]["charge_kind"], answer["kinds"][0]["quantity"]) == ("input", 605)
    assert len(answer["kinds"][0]["prices"]) == 1


def test_an_outsider_and_a_key(acme: Cast) -> None:
    client = Client()
    client.force_login(acme.charlie)
    for url in (PAGE, f"{URL}?organization=acme"):
        assert client.get(url).status_code == 404
    secret = make_api_key(acme.acme, KeyScope.USAGE_READ).secret
    answer = Client().get(URL, MAY, headers={"X-API-Key": secret}).json()
    assert answer["total"]["total_tokens"] == 2257


@pytest.mark.parametrize("name", ["member", "platform", "integration", "tool"])
def test_what_charges_are_not_kept_by_is_refused_by_name(acme: Cast, name: str) -> None:
    client = Client()
    client.force_login(acme.alice)
    response = client.get(URL, {"organization": "acme", name: "bob"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == name


def test_a_voided_event_leaves_no_line(acme: Cast) -> None:
    void(acme.acme, "alice")
    answer = ask(acme.alice, department="legal")
    assert (answer["kinds"], answer["total"]["contracted_cost"]) == ([], "0")


def test_the_page_says_the_same_in_either_face(acme: Cast) -> None:
    with override_settings(STAFF_MFA_REQUIRED=False):
        pages = [look(acme.alice), look(acme.carol, PAGE.replace("/o/", "/admin/panels/"))]
    for html in pages:
        page = Page(html)
        kinds = page.table("Cost by kind of charge")
        assert sum(kinds.column(3)) == Decimal(kinds.total[3]) == Decimal("0.02304")
        assert Decimal(kinds.total[1]) == 2257
        assert sum(kinds.column(4)) == 100
        lines = page.table("Quantity, unit price and cost of every price")
        assert sum(lines.column(3)) == Decimal("0.02304")
        assert "discount" in page.text and "unpriced" in page.text and "of which by tools" in page.text
        for caption in ("Cost by model", "Cost by provider"):
            # The table of the chart above is called alike, and has no total.
            (table,) = (table for table in page.tables if caption in table.caption and table.total)
            assert Decimal(table.total[3]) == Decimal("0.02304")
    assert Page(pages[0]).inline == []


def test_one_call_is_no_calls(acme: Cast) -> None:
    store(acme.acme, event(response_model="mystery-2", transaction_id="one", web_search_calls=1))
    for model, said in (
        ("gpt-4o", '2</data> <span class="quiet">calls<'),
        ("mystery-2", '1</data> <span class="quiet">call<'),
    ):
        assert said in look(acme.alice, f"{PAGE}&model={model}")


def test_without_usage_the_page_says_what_will_be_here(cast: Cast) -> None:
    assert "appears here within seconds" in look(cast.alice, "/o/acme/costs/")


def test_the_answer_is_what_the_schema_says(acme: Cast, api_document: dict[str, Any]) -> None:
    described(api_document, "usage/costs").validate(ask(acme.alice))
