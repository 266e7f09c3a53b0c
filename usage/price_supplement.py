"""Prices that the genai-prices package lacks: fees per call, audio by the second, models known to be free.

Each entry names the page on which the provider publishes it. A fee goes to every model of the provider whose
name starts with one of the prefixes and for which the package itself says nothing; the package always wins.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from usage.enums import ChargeKind

# The month in which the entries were noted; it stands in the source of every price that has one of them.
NOTED_IN: Final = "2026-11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """US dollars for ``units`` calls or seconds at the models of a provider with one of these prefixes."""

    provider_name: str
    model_prefixes: tuple[str, ...]
    kind: ChargeKind
    price: Decimal
    units: int
    page: str


_OPENAI: Final = "https://platform.openai.com/docs/pricing"
_ANTHROPIC: Final = "https://docs.claude.com/en/docs/about-claude/pricing"
_GOOGLE: Final = "https://ai.google.dev/gemini-api/docs/pricing"
_OPENAI_TOOL_MODELS: Final = ("gpt-4.1", "gpt-4o", "gpt-5", "gpt-6", "o1", "o3", "o4-mini")

FEES: Final = (
    # The two search previews are dearer than the tool; the first entry that fits is taken.
    Fee(
        provider_name="openai",
        model_prefixes=("gpt-4o-search-preview", "gpt-4o-mini-search-preview"),
        kind=ChargeKind.WEB_SEARCH,
        price=Decimal("25"),
        units=1000,
        page=_OPENAI,
    ),
    Fee(
        provider_name="openai",
        model_prefixes=_OPENAI_TOOL_MODELS,
        kind=ChargeKind.WEB_SEARCH,
        price=Decimal("10"),
        units=1000,
        page=_OPENAI,
    ),
    # Charged per container of the smallest size; a run is taken to be one container.
    Fee(
        provider_name="openai",
        model_prefixes=_OPENAI_TOOL_MODELS,
        kind=ChargeKind.CODE_RUN,
        price=Decimal("0.03"),
        units=1,
        page=_OPENAI,
    ),
    # The estimate that the page gives for those who meter audio by time; tokens are what it bills.
    Fee(
        provider_name="openai",
        model_prefixes=("gpt-4o-transcribe",),
        kind=ChargeKind.AUDIO_SECOND,
        price=Decimal("0.006"),
        units=60,
        page=_OPENAI,
    ),
    Fee(
        provider_name="openai",
        model_prefixes=("gpt-4o-mini-transcribe",),
        kind=ChargeKind.AUDIO_SECOND,
        price=Decimal("0.003"),
        units=60,
        page=_OPENAI,
    ),
    Fee(
        provider_name="anthropic",
        model_prefixes=("claude-",),
        kind=ChargeKind.WEB_SEARCH,
        price=Decimal("10"),
        units=1000,
        page=_ANTHROPIC,
    ),
    # No fee per call: containers are charged by the hour beyond an allowance that only the provider knows.
    Fee(
        provider_name="anthropic",
        model_prefixes=("claude-",),
        kind=ChargeKind.CODE_RUN,
        price=Decimal(0),
        units=1,
        page=_ANTHROPIC,
    ),
    Fee(
        provider_name="google",
        model_prefixes=("gemini-2", "gemini-1", "gemini-flash", "gemini-pro"),
        kind=ChargeKind.WEB_SEARCH,
        price=Decimal("35"),
        units=1000,
        page=_GOOGLE,
    ),
    Fee(
        provider_name="google",
        model_prefixes=("gemini-",),
        kind=ChargeKind.WEB_SEARCH,
        price=Decimal("14"),
        units=1000,
        page=_GOOGLE,
    ),
    # Only the tokens of code and its result are charged.
    Fee(
        provider_name="google",
        model_prefixes=("gemini-",),
        kind=ChargeKind.CODE_RUN,
        price=Decimal(0),
        units=1,
        page=_GOOGLE,
    ),
)

# Listed without any price because they cost nothing, unlike those whose price is just not known. Names that
# end with ":free" are free as well.
FREE_MODELS: Final = frozenset(
    {
        ("openai", "moderation"),
        ("google", "gemma-3"),
        ("google", "gemma-3n"),
        ("google", "gemma-4-26b-a4b-it"),
        ("google", "gemma-4-31b-it"),
        ("github-copilot", "gpt-3.5-turbo"),
        ("github-copilot", "gpt-4.1"),
        ("github-copilot", "gpt-4o"),
        ("github-copilot", "gpt-4o-mini"),
    }
)


def is_free(provider_name: str, model_name: str) -> bool:
    """Whether a model without prices is known to cost nothing."""
    return model_name.endswith(":free") or (provider_name, model_name) in FREE_MODELS


def fee_for(provider_name: str, model_name: str, kind: ChargeKind) -> Fee | None:
    """The fee that the supplement knows for a model, if any."""
    return next(
        (
            fee
            for fee in FEES
            if fee.kind is kind
            and fee.provider_name == provider_name
            and model_name.startswith(fee.model_prefixes)
        ),
        None,
    )
