"""Why an event, a message or a chat costs what it costs, over the API, for whoever may see it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from teams.enums import KeyScope, Role
from teams.models import User
from teams.services.keys import create_api_key
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory, UserFactory
from tests.usage.ledger_fixtures import FIRST, LAST, NOON, event, store
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from tests.usage.rerating.scene import give_price
from usage.models import ContractRate
from usage.periods import months_between
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods
from usage.services.price_list import raise_price_list_version

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_factor():
    with override_settings(STAFF_MFA_REQUIRED=False):
        yield


@pytest.fixture
def ledger(cast: Cast) -> Cast:
    """Acme pays 0.9 of the list; 200,000 tokens cost more, and the batch tier is its own price."""
    ensure_partitions(months_between(FIRST, LAST))
    ensure_periods(cast.acme.pk, first=FIRST, last=LAST)
    model = LlmModelFactory(name="gpt-4o")
    PriceFactory(model=model)
    PriceFactory(model=model, context_threshold=200_000, input=Decimal("0.000004"))
    PriceFactory(
        model=model, service_tier="batch", organization=cast.acme, input=Decimal("0.000001"), source="deal"
    )
    ContractRate.objects.create(
        organization=cast.acme, valid_from=NOON - timedelta(days=9), factor=Decimal("0.9"), source="Business"
    )
    raise_price_list_version()
    return cast


def send(cast: Cast, **fields: Any) -> None:
    told = {"conversation_id": "c", "message_id": "m", "member_id": "bob"} | fields
    store(cast.acme, event(**told))


def ask(user: User, what: str, *, status: int = 200) -> dict[str, Any]:
    client = Client()
    client.force_login(user)
    separator = "&" if "?" in what else "?"
    response = client.get(f"/api/v1/usage/{what}{separator}organization=acme")
    assert response.status_code == status, response.content
    answer: dict[str, Any] = response.json()
    return answer


def test_an_event_at_a_contract_rate(ledger: Cast) -> None:
    send(ledger, transaction_id="t/1", cache_read_input_tokens=400, reported_cost="0.0031")
    found = ask(ledger.alice, f"events/{quote('t/1', safe='')}/cost")
    assert (found["contracted_cost"], found["list_cost"]) == ("0.0027", "0.003")
    assert (found["reported_cost"], found["difference"]) == ("0.0031", "0.0004")
    (part,) = found["parts"]
    assert part["lines"] == [
        {"charge_kind": "input", "quantity": 600, "unit_price": "0.0000018", "cost": "0.00108"},
        {"charge_kind": "cache_read", "quantity": 400, "unit_price": "0.0000018", "cost": "0.00072"},
        {"charge_kind": "output", "quantity": 100, "unit_price": "0.000009", "cost": "0.0009"},
    ]
    price = part["price"]
    assert (price["source"], price["is_own"], price["rate_factor"], price["rate_source"]) == (
        "test",
        False,
        "0.9",
        "Business",
    )
    assert (price["model_name"], price["service_tier"], price["context_threshold"]) == ("gpt-4o", "", 0)


def test_tiers_and_long_contexts_are_parts_of_their_own(ledger: Cast) -> None:
    send(ledger, transaction_id="short")
    send(ledger, transaction_id="long", input_tokens=300_000)
    send(ledger, transaction_id="batch", service_tier="batch")
    send(ledger, transaction_id="unknown", response_model="mystery-1")
    found = ask(ledger.alice, "chats/c/cost")
    told = [
        (part["price"] and (part["price"]["service_tier"], part["price"]["context_threshold"]), part["cost"])
        for part in found["parts"]
    ]
    # At 0.9 of the list, the own price as it is.
    assert told == [(("", 200000), "1.0809"), (("", 0), "0.0027"), (("batch", 0), "0.002"), (None, None)]
    own, unpriced = found["parts"][2:]
    assert (own["price"]["is_own"], own["price"]["rate_factor"], own["price"]["source"]) == (
        True,
        None,
        "deal",
    )
    assert unpriced["unpriced_reason"] == "unknown_model"
    assert unpriced["lines"][0] == {
        "charge_kind": "input",
        "quantity": 1000,
        "unit_price": None,
        "cost": None,
    }
    assert (found["contracted_cost"], found["unpriced_events"], found["rows"]) == ("1.0856", 1, 4)
    assert ask(ledger.alice, "messages/m/cost?conversation_id=c") == found
    ask(ledger.alice, "messages/m/cost", status=404)


def test_what_has_no_price_costs_null_and_not_0(ledger: Cast) -> None:
    send(ledger, transaction_id="unknown", response_model="mystery-1", reported_cost="0.5")
    for what in ("events/unknown/cost", "chats/c/cost", "messages/m/cost?conversation_id=c"):
        found = ask(ledger.alice, what)
        assert (found["contracted_cost"], found["list_cost"]) == (None, None)
        assert (found["reported_cost"], found["difference"], found["unpriced_events"]) == ("0.5", None, 1)
        assert found["parts"][0]["unpriced_reason"] == "unknown_model"
    give_price(valid_from=NOON + timedelta(days=1))
    assert ask(ledger.alice, "chats/c/cost")["parts"][0]["unpriced_reason"] == "no_price"


def test_a_message_without_a_chat(ledger: Cast) -> None:
    send(ledger, conversation_id="")
    send(ledger, conversation_id="", occurred_at=NOON - timedelta(days=30))
    assert ask(ledger.alice, "messages/m/cost")["contracted_cost"] == "0.0057"


def test_everyone_sees_their_part_and_the_others_nothing(ledger: Cast) -> None:
    send(ledger, transaction_id="of-bob")
    send(ledger, transaction_id="of-nobody", member_id="")
    assert ask(ledger.alice, "chats/c/cost")["rows"] == 2
    assert ask(ledger.carol, "chats/c/cost")["rows"] == 2
    for part_only in (ledger.bob, ledger.dana):
        assert ask(part_only, "chats/c/cost")["rows"] == 1
        ask(part_only, "events/of-nobody/cost", status=404)
        ask(part_only, "events/of-bob/cost")
    eve = UserFactory()
    MemberFactory(organization=ledger.acme, external_id="eve", role=Role.MEMBER, user=eve)
    for what in ("chats/c/cost", "events/of-bob/cost", "messages/m/cost?conversation_id=c"):
        ask(ledger.charlie, what, status=404)
        ask(eve, what, status=404)


def test_a_key_needs_the_scope_to_read_and_sees_its_own_organization(ledger: Cast) -> None:
    send(ledger, transaction_id="t")

    def status(organization: Any, scope: KeyScope) -> int:
        key = create_api_key(organization=organization, name="app", scopes=[scope])
        signed = {"Authorization": f"Bearer {key.secret}"}
        return Client().get("/api/v1/usage/events/t/cost", headers=signed).status_code

    assert status(ledger.acme, KeyScope.USAGE_READ) == 200
    assert status(ledger.acme, KeyScope.USAGE_WRITE) == 403
    assert status(ledger.other, KeyScope.USAGE_READ) == 404


@pytest.mark.parametrize("name", ["nothing", "%00", "void%3A1", "00000000-0000-0000-0000-000000000000"])
def test_what_is_unknown_does_not_exist(ledger: Cast, name: str) -> None:
    for what in ("events", "messages", "chats"):
        ask(ledger.alice, f"{what}/{name}/cost", status=404)


def test_queries_do_not_grow_with_the_events(ledger: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            ask(ledger.alice, "chats/c/cost")
        return len(captured)

    send(ledger, transaction_id="1")
    one = queries()
    for number in range(2, 5):
        send(ledger, transaction_id=str(number), service_tier="batch" if number == 3 else "")
    assert queries() == one
