"""Prices of batch, flex and priority processing, which the genai-prices package lacks: standard prices × a factor.

Factors are from the providers' public pages, as noted in ``price_supplement.NOTED_IN``, and stand here only where the
price table of LiteLLM 1.109.1, read from the same pages by others, says the same for the model. They are to be
reviewed before invoices depend on them. A tier without an entry stays unpriced. Fees per call are not discounted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from usage.enums import ChargeKind
from usage.price_catalogue import ListedModel, ListedPrice, ListedSet, exactly
from usage.price_supplement import NOTED_IN
from usage.pricing import KINDS

_HALF: Final = Fraction(1, 2)
_FEES: Final = (ChargeKind.AUDIO_SECOND, ChargeKind.WEB_SEARCH, ChargeKind.CODE_RUN, ChargeKind.CALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierFactor:
    """What a tier costs, as a part or a multiple of the standard price of the same model and time.

    ``cached`` is the factor of cached input; None where the provider names no price of its own, so that it is
    priced as input. Contexts above a threshold have no price where ``long_contexts`` is False.
    """

    provider_name: str
    service_tiers: tuple[str, ...]
    models: frozenset[str]
    factor: Fraction
    cached: Fraction | None
    long_contexts: bool
    page: str


def _factor(
    provider_name: str,
    service_tiers: str,
    models: str,
    *,
    factor: Fraction,
    cached: Fraction | None = None,
    long_contexts: bool = True,
) -> TierFactor:
    return TierFactor(
        provider_name=provider_name,
        service_tiers=tuple(service_tiers.split()),
        models=frozenset(models.split()),
        factor=factor,
        cached=cached,
        long_contexts=long_contexts,
        page=_PAGES[provider_name, service_tiers],
    )


# OpenAI: "Batch" and "Flex" tables of the pricing page; flex is at batch prices. "Priority processing was renamed Fast
# mode on July 30, 2026. You can use either." Anthropic: half of everything, caching included. Google: "50% discount"
# for batch and flex, "75% to 100% more" for priority (ai.google.dev/gemini-api/docs/optimization).
_PAGES: Final = {
    ("openai", "batch"): "https://developers.openai.com/api/docs/pricing",
    ("openai", "flex"): "https://developers.openai.com/api/docs/pricing",
    ("openai", "priority fast"): "https://openai.com/api-fast-mode/",
    ("anthropic", "batch"): "https://platform.claude.com/docs/en/build-with-claude/batch-processing",
    ("google", "batch"): "https://ai.google.dev/gemini-api/docs/pricing",
    ("google", "flex"): "https://ai.google.dev/gemini-api/docs/pricing",
    ("google", "priority"): "https://ai.google.dev/gemini-api/docs/pricing",
}
_GPT_5: Final = "gpt-5 gpt-5-mini gpt-5-nano gpt-5.1 gpt-5.2 gpt-5.4-mini gpt-5.4-nano gpt-5.5 "
_GPT_6: Final = (
    "gpt-5.6-luna gpt-5.6-sol gpt-5.6-terra gpt-6-astra gpt-6-luna gpt-6-sol gpt-6.1-sol gpt-6.1-terra "
)
_GEMINI_FULL_CACHE: Final = "gemini-2.5-flash gemini-2.5-flash-lite gemini-3-flash-preview "
_GEMINI_NEW: Final = (
    "gemini-3.1-flash-lite gemini-3.6-flash gemini-3.7-flash gemini-3.8-flash gemini-4-argon "
)
_GEMINI_LONG: Final = "gemini-2.5-pro gemini-3.1-pro-preview "

TIER_FACTORS: Final = (
    _factor("openai", "batch", _GPT_5 + _GPT_6, factor=_HALF, cached=_HALF),
    _factor(
        "openai",
        "batch",
        "gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-5-pro gpt-5.2-pro gpt-5.4-pro "
        "gpt-5.5-pro o1 o1-pro o3 o3-mini o3-pro o4-mini text-embedding-3-large text-embedding-3-small",
        factor=_HALF,
    ),
    _factor("openai", "flex", _GPT_5 + _GPT_6 + "o3 gpt-5.4-pro", factor=_HALF, cached=_HALF),
    _factor(
        "openai",
        "priority fast",
        "gpt-5 gpt-5.1 gpt-5.2 gpt-5.4 gpt-5.4-mini",
        factor=Fraction(2),
        cached=Fraction(2),
        long_contexts=False,
    ),
    _factor(
        "openai",
        "priority fast",
        "gpt-5.5",
        factor=Fraction(5, 2),
        cached=Fraction(5, 2),
        long_contexts=False,
    ),
    _factor("openai", "priority fast", "gpt-5-mini", factor=Fraction(9, 5), cached=Fraction(9, 5)),
    _factor("openai", "priority fast", "gpt-4.1 gpt-4.1-mini", factor=Fraction(7, 4), cached=Fraction(7, 4)),
    _factor(
        "openai",
        "priority fast",
        "gpt-5.6-luna gpt-5.6-sol gpt-5.6-terra",
        factor=Fraction(2),
        cached=Fraction(2),
    ),
    _factor(
        "anthropic",
        "batch",
        "claude-fable-5 claude-fable-5-1 claude-haiku-4-5 claude-haiku-5-5 claude-opus-4-5 claude-opus-4-6 "
        "claude-opus-4-7 claude-opus-4-8 claude-opus-5 claude-opus-5-5 claude-sonnet-4-6 claude-sonnet-5 "
        "claude-sonnet-5-5",
        factor=_HALF,
        cached=_HALF,
    ),
    _factor("google", "batch", _GEMINI_FULL_CACHE + _GEMINI_LONG, factor=_HALF, cached=Fraction(1)),
    _factor("google", "batch", _GEMINI_NEW + "gemini-3.5-flash", factor=_HALF, cached=_HALF),
    _factor("google", "flex", _GEMINI_FULL_CACHE, factor=_HALF, cached=Fraction(1)),
    _factor("google", "flex", _GEMINI_LONG, factor=_HALF, cached=Fraction(1), long_contexts=False),
    _factor("google", "flex", _GEMINI_NEW, factor=_HALF, cached=_HALF),
    _factor(
        "google",
        "priority",
        _GEMINI_FULL_CACHE + _GEMINI_LONG + _GEMINI_NEW + "gemini-3.5-flash",
        factor=Fraction(9, 5),
        cached=Fraction(9, 5),
    ),
)


def tiers_of(model: ListedModel) -> Iterable[ListedModel]:
    """The tiers of a model beside the ordinary one, each priced from the model's standard sets."""
    for entry in TIER_FACTORS:
        if entry.provider_name == model.provider_name and model.name in entry.models:
            for service_tier in entry.service_tiers:
                yield replace(
                    model,
                    service_tier=service_tier,
                    sets=tuple(_set(entry, prices) for prices in model.sets),
                    note=f"× {entry.factor} as noted in {NOTED_IN} from {entry.page}, to be reviewed",
                )


def _set(entry: TierFactor, prices: ListedSet) -> ListedSet:
    return replace(prices, rows=tuple(_row(entry, row) for row in prices.rows))


def _row(entry: TierFactor, row: ListedPrice) -> ListedPrice:
    if row.context_threshold and not entry.long_contexts:
        return replace(row, unit_prices=(None,) * len(KINDS))
    factors = (entry.cached if kind is ChargeKind.CACHE_READ else entry.factor for kind in KINDS)
    return replace(
        row,
        unit_prices=tuple(
            price
            if price is None or kind in _FEES
            else exactly(Fraction(price) * factor)
            if factor is not None
            else None
            for kind, price, factor in zip(KINDS, row.unit_prices, factors, strict=True)
        ),
    )
