"""The package's price list in our own terms."""

from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from tests.usage.price_factories import at
from usage.enums import ChargeKind
from usage.model_matching import compile_rule
from usage.price_catalogue import ALWAYS, Catalogue, ListedPrice
from usage.price_package import load_catalogue
from usage.price_supplement import FEES, FREE_MODELS
from usage.pricing import KINDS


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def listed(provider_name: str, name: str, service_tier: str = ""):
    key = (provider_name, name, service_tier)
    return next(model for model in catalogue().models if model.key == key)


def by_kind(row: ListedPrice) -> dict[ChargeKind, Any]:
    return dict(zip(KINDS, row.unit_prices, strict=True))


def test_a_dated_price_becomes_a_dated_row_with_the_thresholds_of_its_time():
    sonnet = listed("anthropic", "claude-sonnet-4-6")
    first, second = sonnet.sets
    assert first.valid_from == ALWAYS
    assert [row.context_threshold for row in first.rows] == [0, 200_000]
    assert by_kind(first.rows[1])[ChargeKind.CACHE_WRITE_5M] == Decimal("0.0000075")
    assert second.valid_from == at("2026-03-13T00:00")
    assert [row.context_threshold for row in second.rows] == [0]
    assert sonnet.in_force(second.valid_from - timedelta(microseconds=1)) == first.rows
    assert sonnet.in_force(second.valid_from) == second.rows


def test_several_thresholds_become_several_rows_that_count_the_whole_input():
    prices = listed("openrouter", "qwen/qwen3.7-flash").sets[-1]
    assert [row.context_threshold for row in prices.rows] == [0, 32_000, 256_000]
    assert [by_kind(row)[ChargeKind.INPUT] * 1_000_000 for row in prices.rows] == [
        Decimal("0.03"),
        Decimal("0.1"),
        Decimal("0.2"),
    ]
    assert [row.counts_cache_reads for row in prices.rows] == [False, True, True]


def test_hours_of_the_day_become_rows_of_their_own():
    flash = listed("deepseek", "deepseek-v4-flash")
    before, first, latest = flash.sets
    assert [row.window for row in before.rows] == [None]
    assert [row.window and row.window.hours for row in latest.rows] == [None, "01:00–04:00", "06:00–10:00"]
    assert [by_kind(row)[ChargeKind.INPUT] * 1_000_000 for row in latest.rows] == [
        Decimal("0.15"),
        Decimal("0.3"),
        Decimal("0.3"),
    ]
    # The package says the peak price of today only; the supplement knows that of the weeks before.
    assert [by_kind(row)[ChargeKind.OUTPUT] * 1_000_000 for row in first.rows] == [
        Decimal("0.66"),
        Decimal("1.32"),
        Decimal("1.32"),
    ]


def test_a_price_that_the_provider_gave_up_is_none():
    daily, given_up = listed("deepseek", "deepseek-chat").sets
    assert [row.window and row.window.hours for row in daily.rows] == [None, "00:30–16:30"]
    assert given_up.rows == ()


def test_audio_by_the_hour_is_kept_by_the_second():
    [prices] = listed("openai", "whisper-1").sets
    assert by_kind(prices.rows[0])[ChargeKind.AUDIO_SECOND] * 60 == Decimal("0.006")
    assert by_kind(prices.rows[0])[ChargeKind.INPUT] is None


def test_models_without_a_price_are_unpriced_and_free_ones_free():
    assert listed("cerebras", "qwen-3-coder-480b").sets == ()
    [free] = listed("openrouter", "deepseek/deepseek-r1:free").sets
    assert by_kind(free.rows[0])[ChargeKind.INPUT] == 0
    assert by_kind(free.rows[0])[ChargeKind.OUTPUT] == 0


def test_output_of_models_that_price_images_apart_has_no_price():
    [prices] = listed("openai", "gpt-image-1.5").sets
    assert by_kind(prices.rows[0])[ChargeKind.OUTPUT] is None
    assert by_kind(prices.rows[0])[ChargeKind.IMAGE_INPUT] == Decimal("0.000008")


def test_supplement_adds_fees_and_never_overrules_the_package():
    gpt = by_kind(listed("openai", "gpt-4o").sets[-1].rows[0])
    assert gpt[ChargeKind.WEB_SEARCH] == Decimal("0.01")
    assert gpt[ChargeKind.CODE_RUN] == Decimal("0.03")
    assert by_kind(listed("openai", "gpt-4o-search-preview").sets[-1].rows[0])[
        ChargeKind.WEB_SEARCH
    ] == Decimal("0.025")
    gemini = by_kind(listed("google", "gemini-2.5-pro").sets[-1].rows[0])
    assert gemini[ChargeKind.WEB_SEARCH] == Decimal("0.035")
    transcribe = by_kind(listed("openai", "gpt-4o-transcribe").sets[-1].rows[0])
    assert transcribe[ChargeKind.AUDIO_SECOND] == Decimal("0.0001")
    assert listed("openai", "gpt-4o").note
    assert not listed("openai", "whisper-1").note


def test_every_entry_of_the_supplement_still_finds_a_model():
    models = {(model.provider_name, model.name) for model in catalogue().models}
    assert models >= FREE_MODELS
    for fee in FEES:
        assert any(
            provider == fee.provider_name and name.startswith(fee.model_prefixes) for provider, name in models
        )


def test_no_name_means_two_models_of_one_provider():
    """Rules are tried in the order of names, so it must not matter."""
    rules: dict[str, list[tuple[str, Any]]] = {}
    models = [model for model in catalogue().models if not model.service_tier]
    for model in models:
        rules.setdefault(model.provider_name, []).append((model.name, compile_rule(model.match)))
    for model in models:
        found = [name for name, matches in rules[model.provider_name] if matches(model.name.lower())]
        assert found in ([], [model.name]), model.key
