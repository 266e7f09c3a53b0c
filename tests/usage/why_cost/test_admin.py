"""What the page of an event says of its price in the admin."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client, override_settings

from tests.teams.cast import Cast
from tests.usage.ledger_fixtures import NOON, event, open_ledger, store
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.admin.ledger_values import event_url
from usage.models import ContractRate, UsageEvent
from usage.services.price_list import raise_price_list_version

pytestmark = pytest.mark.django_db


def test_an_event_says_what_sets_its_price_apart(cast: Cast) -> None:
    organization = open_ledger()
    model = LlmModelFactory(name="gpt-4o")
    PriceFactory(model=model, context_threshold=200_000, input=Decimal("0.000004"))
    PriceFactory(model=model, service_tier="batch", organization=organization, source="deal")
    ContractRate.objects.create(
        organization=organization,
        valid_from=NOON - timedelta(days=9),
        factor=Decimal("0.9"),
        source="Business",
    )
    raise_price_list_version()
    store(organization, event(transaction_id="long", input_tokens=300_000, reported_cost="0.123"))
    store(organization, event(transaction_id="own", service_tier="batch"))
    carol = Client()
    carol.force_login(cast.carol)
    with override_settings(STAFF_MFA_REQUIRED=False):
        long, own = (
            carol.get(event_url(UsageEvent.objects.get(transaction_id=name))).content.decode()
            for name in ("long", "own")
        )
    assert "input tokens." in long and "The price of requests above" in long
    assert "List price × 0.9, the rate of the contract (Business)." in long
    assert "The client reported" in long and "0.123" in long
    assert "own price; no rate is applied to it." in own and "source deal" in own
    assert "The client reported" not in own
