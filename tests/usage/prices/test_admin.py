"""Finance staff read the price list; nobody edits a row."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.usage.price_factories import LlmModelFactory, LlmProviderFactory, PriceFactory, at
from usage.admin.prices import quoted_price
from usage.enums import ChargeKind
from usage.models import LlmModel, LlmProvider, Price

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.carol)
    return client


def test_prices_are_quoted_per_million_never_per_token(staff):
    PriceFactory.create(
        model=LlmModelFactory.create(name="gpt-4o", title="GPT-4o"),
        input=Decimal("0.0000025"),
        cache_read=Decimal("0.000000075"),
        audio_second=Decimal("0.0001"),
        web_search=Decimal("0.01"),
    )
    page = staff.get("/admin/usage/price/").content.decode()
    assert "GPT-4o" in page
    assert "$2.50" in page
    assert "$0.075" in page
    assert "input / million" in page.lower()
    assert "0.0000025" not in page
    one = staff.get(f"/admin/usage/price/{Price.objects.get().pk}/change/").content.decode()
    assert "Input, not cached, per million tokens" in one
    assert "Audio seconds, per minute" in one
    assert "$0.006" in one
    assert "Web search calls, per call" in one
    assert "0.0000025" not in one


@pytest.mark.parametrize(
    ("unit_price", "kind", "shown"),
    [
        ("0.0000025", ChargeKind.INPUT, "$2.50"),
        ("0.00003", ChargeKind.OUTPUT, "$30.00"),
        ("0.000000000000001", ChargeKind.INPUT, "$0.000000001"),
        ("0", ChargeKind.INPUT, "$0.00"),
        ("0.0001", ChargeKind.AUDIO_SECOND, "$0.006"),
        ("0.01", ChargeKind.WEB_SEARCH, "$0.01"),
    ],
)
def test_quoted_price(unit_price, kind, shown):
    assert quoted_price(Decimal(unit_price), kind=kind) == shown
    assert quoted_price(None, kind=kind) == "–"


@pytest.mark.parametrize("model", [LlmProvider, LlmModel, Price])
def test_nothing_can_be_added_changed_or_deleted(staff, model):
    LlmProviderFactory.create()
    PriceFactory.create()
    row = model.objects.get()
    base = f"/admin/usage/{model._meta.model_name}/"
    assert staff.get(base).status_code == 200
    assert staff.get(f"{base}{row.pk}/change/").status_code == 200
    assert staff.post(f"{base}{row.pk}/change/", {"name": "x", "source": "x"}).status_code == 403
    assert staff.get(f"{base}add/").status_code == 403
    assert staff.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_the_list_is_searched_and_filtered(staff):
    PriceFactory.create(model=LlmModelFactory.create(name="gpt-4o"))
    PriceFactory.create(model=LlmModelFactory.create(provider_name="anthropic", name="claude-opus-4"))
    LlmModelFactory.create(name="nobody-knows", match=None, is_placeholder=True)
    found = staff.get("/admin/usage/price/", {"q": "claude"}).content.decode()
    assert "claude-opus-4" in found
    assert "gpt-4o" not in found
    unpriced = staff.get("/admin/usage/llmmodel/", {"priced": "no"}).content.decode()
    assert "nobody-knows" in unpriced
    assert "claude-opus-4" not in unpriced


def test_the_list_takes_as_many_queries_for_three_rows_as_for_one(staff):
    counts = []
    for _ in range(2):
        PriceFactory.create()
        with CaptureQueriesContext(connection) as queries:
            staff.get("/admin/usage/price/")
        counts.append(len(queries))
        PriceFactory.create()
    assert counts[0] == counts[1]


def test_whose_price_it_is_and_from_when(staff, cast):
    model = LlmModelFactory.create(name="gpt-4o")
    PriceFactory.create(model=model)
    PriceFactory.create(model=model, organization=cast.acme, service_tier="batch")
    PriceFactory.create(model=model, valid_from=at("2026-03-01T00:00"), is_withdrawn=True)
    page = staff.get("/admin/usage/price/").content.decode()
    assert "batch, Acme only" in page
    assert "always" in page
    assert "withdrawn from" in page


@pytest.mark.parametrize("person", ["alice", "bob", "charlie"])
def test_nobody_else_sees_the_admin(client, cast, person):
    client.force_login(getattr(cast, person))
    assert client.get("/admin/usage/price/", follow=True).status_code == 403
