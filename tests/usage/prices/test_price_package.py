"""Our prices against the arithmetic of the package that they come from."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import TimeOfDateConstraint

from tests.usage.price_factories import at, quantities
from usage.enums import ChargeKind
from usage.model_matching import compile_rule
from usage.price_catalogue import ALWAYS, ListedPrice
from usage.price_package import load_catalogue
from usage.price_supplement import FEES, FREE_MODELS
from usage.pricing import KINDS, cost, decimal_text
from usage.queries.price_list import load_price_list
from usage.services.price_list import apply_price_sync, preview_price_sync

NOW = at("2026-11-20T12:00")
SAMPLES = 600
HALF_A_STEP = Decimal("5e-16")


def listed(provider_name: str, name: str):
    return next(model for model in load_catalogue().models if model.key == (provider_name, name))


def by_kind(row: ListedPrice) -> dict[ChargeKind, Any]:
    return dict(zip(KINDS, row.unit_prices, strict=True))


def explained(model: Any) -> bool:
    """What the package says and our rows do not: see the module's docstring. Such models are left out."""
    conditions = model.prices if isinstance(model.prices, list) else []
    if any(isinstance(condition.constraint, TimeOfDateConstraint) for condition in conditions):
        return True
    prices = vars(model.get_prices(NOW))
    return any(prices.get(name) is not None for name in ("output_image_mtok", "output_video_mtok"))


def is_finer_than_stored(prices: dict[str, Any]) -> bool:
    """Whether some price per million has more than nine decimals: it came from a division."""
    values = [getattr(price, "base", price) for price in prices.values() if price is not None]
    return any(value.as_tuple().exponent < -9 for value in values)


def random_usage(random: random.Random) -> tuple[dict[str, int], dict[str, int]]:
    """The same call in the package's words and in ours, now and then longer than any context threshold."""
    size = random.choice((10, 1000, 50_000, 150_000, 400_000))
    plain, read, written, hour, reasoning, answer = (random.randrange(size) for _ in range(6))
    searches = random.choice((0, 0, 3))
    total = plain + read + written + hour
    theirs = {
        "input_tokens": total,
        "cache_read_tokens": read,
        "cache_write_tokens": written + hour,
        "cache_write_1h_tokens": hour,
        "output_tokens": answer + reasoning,
        "output_reasoning_tokens": reasoning,
        "web_searches": searches,
    }
    ours = {
        "input_tokens": total,
        "cache_read": read,
        "cache_write_5m": written,
        "cache_write_1h": hour,
        "output_tokens": answer + reasoning,
        "reasoning": reasoning,
        "web_search": searches,
        "calls": 1,
    }
    return theirs, ours


@pytest.mark.django_db
def test_random_usage_costs_what_the_package_says():
    apply_price_sync(diff=preview_price_sync())
    prices = load_price_list()
    randomness = random.Random(20)
    every = [(p, m) for p in get_snapshot().providers for m in p.models if not explained(m)]
    compared = unpriced = 0
    for provider, model in randomness.sample(every, SAMPLES):
        theirs, ours = random_usage(randomness)
        model_id = prices.resolve_model(provider.id, model.id)
        assert model_id, (provider.id, model.id)
        used = quantities(**ours)
        row = prices.find(model_id, 0, "", NOW, ours["input_tokens"], ours["cache_read"])
        charged = cost(row, used) if row else None
        known = vars(model.get_prices(NOW))
        if row is None or charged is None:
            # The package counts what has no price as free; we leave the whole call unpriced.
            needed = {"input_mtok", "output_mtok"} | (
                {"web_searches_kcount"} if ours["web_search"] else set()
            )
            assert any(known.get(name) is None for name in needed), (provider.id, model.id)
            unpriced += 1
            continue
        fee = Decimal(0)
        if ours["web_search"] and known.get("web_searches_kcount") is None:
            # From our supplement, of which the package knows nothing.
            fee = Decimal(cost(row, quantities(web_search=ours["web_search"])) or 0).scaleb(-15)
        expected = model.calc_price(Usage(**theirs), provider, genai_request_timestamp=NOW).total_price
        # A unit price of more than 15 decimals was rounded once; all others agree to the last digit.
        rounding = HALF_A_STEP * sum(used) if is_finer_than_stored(known) else 0
        assert abs(Decimal(decimal_text(charged)) - expected - fee) <= rounding, (
            provider.id,
            model.id,
            theirs,
        )
        compared += 1
    assert compared > 300
    assert unpriced > 0


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


def test_of_prices_by_time_of_day_the_standard_one_is_taken():
    [prices] = listed("deepseek", "deepseek-chat").sets
    package = next(p for p in get_snapshot().providers if p.id == "deepseek")
    conditions: Any = next(model for model in package.models if model.id == "deepseek-chat").prices
    dearest = max(condition.prices.input_mtok for condition in conditions)
    assert by_kind(prices.rows[0])[ChargeKind.INPUT] * 1_000_000 == dearest


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
    models = {model.key for model in load_catalogue().models}
    assert models >= FREE_MODELS
    for fee in FEES:
        assert any(
            provider == fee.provider_name and name.startswith(fee.model_prefixes) for provider, name in models
        )


def test_no_name_means_two_models_of_one_provider():
    """Rules are tried in the order of names, so it must not matter."""
    rules: dict[str, list[tuple[str, Any]]] = {}
    models = load_catalogue().models
    for model in models:
        rules.setdefault(model.provider_name, []).append((model.name, compile_rule(model.match)))
    for model in models:
        found = [name for name, matches in rules[model.provider_name] if matches(model.name.lower())]
        assert found in ([], [model.name]), model.key
