"""Batch, flex and priority: priced from the standard price by what the provider's page says."""

from decimal import Decimal
from functools import cache

import pytest

from tests.usage.price_factories import at, charged, listed_model, listed_set, quantities
from usage.enums import ChargeKind
from usage.price_catalogue import ListedModel
from usage.price_package import load_catalogue
from usage.price_tiers import TIER_FACTORS, tiers_of
from usage.pricing import KINDS, decimal_text
from usage.queries.price_list import load_price_list
from usage.services.price_list import apply_price_sync, preview_price_sync

NOW = at("2026-11-23T12:00")


@cache
def catalogue() -> dict[tuple[str, str, str], ListedModel]:
    return {model.key: model for model in load_catalogue().models}


def per_million(key: tuple[str, str, str], kind: ChargeKind, *, above: int = 0) -> Decimal | None:
    row = next(row for row in catalogue()[key].in_force(NOW) if row.context_threshold == above)
    price = row.unit_prices[KINDS.index(kind)]
    return None if price is None else price * 1_000_000


@pytest.mark.parametrize(
    ("provider", "model", "tier", "prices"),
    [
        ("openai", "gpt-5.5", "priority", ("12.50", "1.25", "75")),
        ("openai", "gpt-5-mini", "fast", ("0.45", "0.045", "3.60")),
        ("openai", "gpt-4.1", "priority", ("3.50", "0.875", "14")),
        ("openai", "gpt-5.6-terra", "fast", ("4", "0.4", "24")),
        ("openai", "gpt-5", "flex", ("0.625", "0.0625", "5")),
        ("openai", "gpt-4o", "batch", ("1.25", None, "5")),
        ("anthropic", "claude-opus-4-8", "batch", ("2.50", "0.25", "12.50")),
        ("google", "gemini-2.5-pro", "batch", ("0.625", "0.125", "5")),
    ],
)
def test_prices_are_those_of_the_providers_page(provider, model, tier, prices):
    kinds = (ChargeKind.INPUT, ChargeKind.CACHE_READ, ChargeKind.OUTPUT)
    found = [per_million((provider, model, tier), kind) for kind in kinds]
    assert found == [None if price is None else Decimal(price) for price in prices]


def test_a_long_context_has_no_price_where_the_page_excludes_it():
    key = ("openai", "gpt-5.5", "priority")
    assert all(per_million(key, kind, above=272_000) is None for kind in KINDS)
    assert per_million(("openai", "gpt-5.5", "batch"), ChargeKind.INPUT, above=272_000) == 5


def test_fees_are_not_discounted_and_every_tier_follows_the_dates_of_its_model():
    plain = listed_model(
        listed_set(input="2", web_search="10000"),
        listed_set(valid_from=NOW, input="1", web_search="10000"),
        name="gpt-5",
    )
    batch = next(tier for tier in tiers_of(plain) if tier.service_tier == "batch")
    assert [prices.valid_from for prices in batch.sets] == [prices.valid_from for prices in plain.sets]
    first = dict(zip(KINDS, batch.sets[0].rows[0].unit_prices, strict=True))
    assert (first[ChargeKind.INPUT], first[ChargeKind.WEB_SEARCH]) == (Decimal("0.000001"), Decimal("0.01"))


def test_every_entry_finds_a_model_with_a_price_and_no_model_has_two_in_a_tier():
    found = [
        (entry.provider_name, model, tier)
        for entry in TIER_FACTORS
        for model in entry.models
        for tier in entry.service_tiers
    ]
    assert len(found) == len(set(found))
    assert all(catalogue()[key].in_force(NOW) for key in found)


def test_the_source_says_the_page_and_that_it_is_to_be_reviewed():
    notes = {model.note for model in catalogue().values() if model.service_tier}
    assert notes
    assert all("https://" in note and "to be reviewed" in note for note in notes)


@pytest.mark.django_db
def test_a_batch_call_costs_half_and_an_unknown_tier_is_unpriced():
    apply_price_sync(diff=preview_price_sync())
    prices = load_price_list()
    model = prices.resolve_model("anthropic", "claude-opus-4-8")
    used = quantities(input_tokens=1_000_000, output_tokens=1_000_000)
    rows = {tier: prices.find(model, 0, tier, NOW, 1_000_000, 0) for tier in ("", "batch", "priority")}
    assert rows["priority"] is None
    assert rows[""] is not None
    assert rows["batch"] is not None
    assert decimal_text(charged(rows[""], used)) == "30.000000000000000"
    assert decimal_text(charged(rows["batch"], used)) == "15.000000000000000"
    assert preview_price_sync().is_empty
