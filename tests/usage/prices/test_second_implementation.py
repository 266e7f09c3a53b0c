"""10,000 random calls at random instants, against the arithmetic of the package that the prices come from.

Every difference has a reason that is checked here; the table of them in docs/prices.md is compared with what is found.
"""

import random
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import StartDateConstraint, TimeOfDateConstraint

from tests.usage.price_factories import at, quantities
from usage.enums import ChargeKind
from usage.price_package import _NAMES
from usage.price_supplement import GIVEN_UP, HOURS_ON, fee_for
from usage.pricing import KINDS, PriceList, PriceRow, cost, decimal_text
from usage.queries.price_list import load_price_list
from usage.services.price_list import apply_price_sync, preview_price_sync

CALLS = 10_000
FIRST = at("2024-01-01T00:00")
MINUTES = 3 * 365 * 24 * 60
HALF_A_STEP = Decimal("5e-16")
DOCS = Path(__file__).parents[3] / "docs" / "prices.md"

SAME = "the same to the last digit"
ROUNDED = "the same but for one rounding"
UNPRICED = "unpriced here"
FEE = "a fee of the supplement on top"
HOURS = "another price at that hour"

REASONS = {
    ROUNDED: "unit prices finer than 15 decimals are stored rounded, half to even, once",
    UNPRICED: "something that was used has no price: the package counts it as free",
    FEE: "web searches that the package has no price for, and the supplement has",
    HOURS: "the package does not date DeepSeek's peak hours, and has them at weekends too",
}

# Ours → the package's. Cached audio and images are left out: nothing here tells them from cached text.
WORDS = {
    "cache_read": "cache_read_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "audio_input": "input_audio_tokens",
    "image_input": "input_image_tokens",
    "reasoning": "output_reasoning_tokens",
    "audio_output": "output_audio_tokens",
    "web_search": "web_searches",
}


def random_call(randomness: random.Random) -> dict[str, int]:
    """Quantities of all kinds, now and then longer than any context threshold."""
    size = randomness.choice((10, 1000, 50_000, 150_000, 400_000))
    some = {
        name: randomness.randrange(size)
        for name in ("cache_read", "cache_write_5m", "cache_write_1h", "reasoning")
    }
    some |= {
        name: randomness.randrange(size) if randomness.random() < 0.2 else 0
        for name in ("audio_input", "image_input", "audio_output")
    }
    parts = sum(some[name] for name in some if name not in ("reasoning", "audio_output"))
    return some | {
        "input_tokens": randomness.randrange(size) + parts,
        "output_tokens": randomness.randrange(size) + some["reasoning"] + some["audio_output"],
        "web_search": randomness.choice((0,) * 9 + (3,)),
        "calls": 1,
    }


def in_the_packages_words(call: dict[str, int]) -> Usage:
    return Usage(
        input_tokens=call["input_tokens"],
        output_tokens=call["output_tokens"],
        cache_write_tokens=call["cache_write_5m"] + call["cache_write_1h"],
        cache_audio_read_tokens=0,
        cache_image_read_tokens=0,
        **{theirs: call[ours] for ours, theirs in WORDS.items()},
    )


def every_model() -> list[tuple[Any, Any]]:
    return [(provider, model) for provider in get_snapshot().providers for model in provider.models]


def is_finer_than_stored(prices: dict[str, Any]) -> bool:
    """Whether some price per million has more than nine decimals: it came from a division."""
    values = [getattr(price, "base", price) for price in prices.values() if price is not None]
    return any(value.as_tuple().exponent < -9 for value in values)


def why(*, row: PriceRow | None, call: dict[str, int], provider: Any, model: Any, when: datetime) -> str:
    """The reason of the difference between our cost and the package's. Fails where there is none."""
    key = (provider.id, model.id)
    known = vars(model.get_prices(when))
    used = quantities(**call)
    charged = None if row is None else cost(row, used)
    if charged is None:
        assert key in GIVEN_UP or nothing_to_go_by(known, used), key
        return UNPRICED
    expected = model.calc_price(
        in_the_packages_words(call), provider, genai_request_timestamp=when
    ).total_price
    difference = Decimal(decimal_text(charged)) - expected
    if not difference:
        return SAME
    if call["web_search"] and known.get("web_searches_kcount") is None:
        fee = fee_for(*key, ChargeKind.WEB_SEARCH)
        assert fee, key
        assert difference == fee.price / fee.units * call["web_search"], key
        return FEE
    if key in HOURS_ON:
        assert differs_by_the_hour(model, when), (key, when)
        return HOURS
    assert is_finer_than_stored(known), (key, call, when, difference)
    assert abs(difference) <= HALF_A_STEP * sum(used), (key, call, when)
    return ROUNDED


def differs_by_the_hour(model: Any, when: datetime) -> bool:
    """Whether the package takes a price by the hour at a weekend, or before its latest dated price."""
    constraints = [condition.constraint for condition in model.prices if condition.constraint]
    days = [
        constraint.start_date for constraint in constraints if isinstance(constraint, StartDateConstraint)
    ]
    at_that_hour = any(c.active(when) for c in constraints if isinstance(c, TimeOfDateConstraint))
    return at_that_hour and (when.weekday() >= 5 or not days or when.date() < max(days))


def nothing_to_go_by(known: dict[str, Any], used: Iterable[int]) -> bool:
    """Whether a kind that was used has no price of its own in the package, nor that of what it is part of."""
    named = {kind: any(known.get(name) is not None for name in names) for kind, (names, _) in _NAMES.items()}
    if any(known.get(name) is not None for name in ("output_image_mtok", "output_video_mtok")):
        named[ChargeKind.OUTPUT] = False
    text_in = named[ChargeKind.INPUT]
    whole = dict.fromkeys(KINDS, False) | {
        kind: text_in for kind in KINDS if kind.value.startswith(("cache", "audio_in", "image"))
    }
    whole |= dict.fromkeys((ChargeKind.REASONING, ChargeKind.AUDIO_OUTPUT), named[ChargeKind.OUTPUT])
    return any(
        n and not (named[k] or whole[k]) for k, n in zip(KINDS, used, strict=True) if k is not ChargeKind.CALL
    )


def compared(prices: PriceList) -> Counter[str]:
    randomness = random.Random(20)
    models = every_model()
    ids = {(p.id, m.id): prices.resolve_model(p.id, m.id) for p, m in models}
    assert all(ids.values())
    found: Counter[str] = Counter()
    for _ in range(CALLS):
        provider, model = randomness.choice(models)
        call = random_call(randomness)
        when = FIRST + timedelta(minutes=randomness.randrange(MINUTES))
        row = prices.find(ids[provider.id, model.id], 0, "", when, call["input_tokens"], call["cache_read"])
        found[why(row=row, call=call, provider=provider, model=model, when=when)] += 1
    return found


@pytest.mark.django_db
def test_random_calls_cost_what_the_package_says_or_the_reason_is_known():
    apply_price_sync(diff=preview_price_sync())
    found = compared(load_price_list())
    assert sum(found.values()) == CALLS
    assert found[SAME] > CALLS * 0.7
    written = DOCS.read_text(encoding="utf-8")
    table = [f"| {SAME} | {found[SAME]:,} | |"]
    table += [f"| {reason} | {found[reason]:,} | {text} |" for reason, text in REASONS.items()]
    assert "\n".join(table) in written, "docs/prices.md should say:\n" + "\n".join(table)
