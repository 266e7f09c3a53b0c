"""What the genai-prices package lacks: fees per call, audio by the second, free models, dates of daily hours.

Each entry names where the provider publishes it and who was found to repeat it; none was compared with a bill, so
all are to be reviewed before invoices depend on them. A fee goes to every model of the provider whose name starts
with one of the prefixes and for which the package itself says nothing; the package always wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from usage.enums import ChargeKind
from usage.price_windows import MONDAY_TO_FRIDAY

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


_OPENAI: Final = "https://developers.openai.com/api/docs/pricing"
_ANTHROPIC: Final = "https://platform.claude.com/docs/en/about-claude/pricing"
_GOOGLE: Final = "https://ai.google.dev/gemini-api/docs/pricing"
_OPENAI_TOOL_MODELS: Final = ("gpt-4.1", "gpt-4o", "gpt-5", "gpt-6", "o1", "o3", "o4-mini")

FEES: Final = (
    # "Web search preview (non-reasoning models): $25 / 1k calls": the page as quoted in community.openai.com/t/1363698;
    # LiteLLM 1.109.1 has the same. The first entry that fits is taken.
    Fee(
        provider_name="openai",
        model_prefixes=("gpt-4o-search-preview", "gpt-4o-mini-search-preview"),
        kind=ChargeKind.WEB_SEARCH,
        price=Decimal("25"),
        units=1000,
        page=_OPENAI,
    ),
    # "Web search (all models): $10 / 1k calls": quoted in the same thread; the package agrees where it says anything.
    Fee(
        provider_name="openai",
        model_prefixes=_OPENAI_TOOL_MODELS,
        kind=ChargeKind.WEB_SEARCH,
        price=Decimal("10"),
        units=1000,
        page=_OPENAI,
    ),
    # $0.03 per session (community.openai.com/t/1360060), of the smallest size; a run is taken to be one session.
    Fee(
        provider_name="openai",
        model_prefixes=_OPENAI_TOOL_MODELS,
        kind=ChargeKind.CODE_RUN,
        price=Decimal("0.03"),
        units=1,
        page=_OPENAI,
    ),
    # The estimate that the page gives for those who meter audio by time; tokens are what it bills. LiteLLM 1.109.1
    # has the same, $0.0001 a second.
    Fee(
        provider_name="openai",
        model_prefixes=("gpt-4o-transcribe",),
        kind=ChargeKind.AUDIO_SECOND,
        price=Decimal("0.006"),
        units=60,
        page=_OPENAI,
    ),
    # The page's estimate, as read in halfpower.work/?p=3800.
    Fee(
        provider_name="openai",
        model_prefixes=("gpt-4o-mini-transcribe",),
        kind=ChargeKind.AUDIO_SECOND,
        price=Decimal("0.003"),
        units=60,
        page=_OPENAI,
    ),
    # No fee per run: the page charges containers by the hour beyond an allowance, which no event can tell
    # (skywork.ai/blog/?p=25411 quotes $0.05 an hour).
    Fee(
        provider_name="anthropic",
        model_prefixes=("claude-",),
        kind=ChargeKind.CODE_RUN,
        price=Decimal(0),
        units=1,
        page=_ANTHROPIC,
    ),
    # "There's no additional charge for enabling code execution": only the tokens of code and its result are charged.
    Fee(
        provider_name="google",
        model_prefixes=("gemini-",),
        kind=ChargeKind.CODE_RUN,
        price=Decimal(0),
        units=1,
        page="https://ai.google.dev/gemini-api/docs/code-execution",
    ),
    # $35 per 1,000 grounded requests beyond a daily allowance (discuss.ai.google.dev/t/104625); LiteLLM 1.109.1 too.
    Fee(
        provider_name="google",
        model_prefixes=("gemini-2.5", "gemini-live-2.5"),
        kind=ChargeKind.WEB_SEARCH,
        price=Decimal("35"),
        units=1000,
        page=_GOOGLE,
    ),
    # $14 per 1,000 queries beyond a monthly allowance (discuss.ai.google.dev/t/134866); LiteLLM 1.109.1 too.
    Fee(
        provider_name="google",
        model_prefixes=("gemini-3", "gemini-4", "gemini-robotics-er-2"),
        kind=ChargeKind.WEB_SEARCH,
        price=Decimal("14"),
        units=1000,
        page=_GOOGLE,
    ),
)

# Models whose daily hours leave out days. Peak is Monday to Friday, public holidays of China excepted, which no
# rule here knows: api-docs.deepseek.com/quick_start/pricing; LiteLLM 1.109.1 has the same.
HOURS_ON: Final[Mapping[tuple[str, str], int]] = {
    ("deepseek", "deepseek-flash"): MONDAY_TO_FRIDAY,
    ("deepseek", "deepseek-v4-flash"): MONDAY_TO_FRIDAY,
    ("deepseek", "deepseek-v4-pro"): MONDAY_TO_FRIDAY,
}

# Prices that the package still has and the provider gave up, with the instant: from then on none is known here, since
# a wrong one is worse. On that day both models got one price without hours ($0.56 and $1.68), the package kept the
# former ones, and LiteLLM 1.109.1 has a third: api-docs.deepseek.com/quick_start/pricing. Both were retired in 2026.
GIVEN_UP: Final[Mapping[tuple[str, str], datetime]] = {
    ("deepseek", "deepseek-chat"): datetime(2025, 9, 5, 16, tzinfo=UTC),
    ("deepseek", "deepseek-reasoner"): datetime(2025, 9, 5, 16, tzinfo=UTC),
}

# Peak prices between the first price with hours and the latest, of which alone the package says them: twice the
# others, $0.44 and $1.32 (api-docs.deepseek.com/quick_start/pricing as quoted in github.com/anomalyco/models.dev,
# pull request 4891).
PEAK_FACTORS: Final[Mapping[tuple[str, str, date], int]] = {
    ("deepseek", "deepseek-v4-flash", date(2026, 8, 17)): 2,
}

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
