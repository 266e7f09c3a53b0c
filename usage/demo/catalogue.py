"""What people of the demo use: models with their rise and fall, and features with their habits."""

import random
from dataclasses import dataclass
from typing import Final

from usage.demo.people import UNPRICED


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoModel:
    """A model: in use between two positions of the history, with soft edges, at ``weight`` in its tier.

    ``answers_as`` is the dated name that a provider answers with. ``speed`` is milliseconds per output token.
    """

    provider: str
    name: str
    tier: str
    rises: float = -1.0
    falls: float = 2.0
    weight: float = 1.0
    answers_as: str = ""
    thinks: float = 0.0
    speed: float = 12.0
    writes_cache: bool = False

    def share(self, position: float) -> float:
        """The weight at a position of the history; a change of model takes a tenth of it."""
        up = min(1.0, max(0.0, (position - self.rises) * 10))
        down = min(1.0, max(0.0, (self.falls - position) * 10))
        return self.weight * up * down


_ANTHROPIC: Final = "anthropic"
MODELS: Final = (
    DemoModel(provider="openai", name="gpt-4o-mini", tier="small", falls=0.45, speed=7),
    DemoModel(
        provider="openai", name="gpt-5-mini", tier="small", rises=0.05, falls=0.85, speed=8, thinks=0.3
    ),
    DemoModel(provider="openai", name="gpt-5.6-luna", tier="small", rises=0.72, weight=1.4, speed=6),
    DemoModel(provider="google", name="gemini-2.5-flash", tier="small", falls=0.75, weight=0.9, speed=5),
    DemoModel(provider="google", name="gemini-3.7-flash", tier="small", rises=0.7, weight=1.1, speed=5),
    DemoModel(
        provider=_ANTHROPIC, name="claude-haiku-4-5", tier="small", weight=0.6, speed=7, writes_cache=True
    ),
    DemoModel(
        provider="openai", name="gpt-4o", answers_as="gpt-4o-2024-08-06", tier="medium", falls=0.5, speed=11
    ),
    DemoModel(provider="openai", name="gpt-5", tier="medium", falls=0.7, thinks=0.8, speed=13),
    DemoModel(provider="openai", name="gpt-5.4", tier="medium", rises=0.45, falls=0.95, thinks=0.6),
    DemoModel(provider="openai", name="gpt-5.6-terra", tier="medium", rises=0.75, weight=1.3, thinks=0.5),
    DemoModel(
        provider=_ANTHROPIC,
        name="claude-sonnet-4-5",
        answers_as="claude-sonnet-4-5-20250929",
        tier="medium",
        falls=0.65,
        weight=1.3,
        writes_cache=True,
    ),
    DemoModel(
        provider=_ANTHROPIC, name="claude-sonnet-5", tier="medium", rises=0.55, weight=1.6, writes_cache=True
    ),
    DemoModel(provider="google", name="gemini-2.5-pro", tier="medium", falls=0.6, weight=0.5, thinks=0.5),
    DemoModel(
        provider="google", name="gemini-3.1-pro-preview", tier="medium", rises=0.5, weight=0.6, thinks=0.5
    ),
    DemoModel(
        provider=_ANTHROPIC, name="claude-opus-4-1", tier="large", falls=0.5, speed=24, writes_cache=True
    ),
    DemoModel(
        provider=_ANTHROPIC, name="claude-opus-5", tier="large", rises=0.42, speed=18, writes_cache=True
    ),
    DemoModel(provider="openai", name="gpt-5.6-sol", tier="large", rises=0.7, thinks=1.0, speed=18),
    DemoModel(provider="openai", name="gpt-realtime", tier="voice", speed=4),
    DemoModel(provider="openai", name="gpt-transcribe", tier="transcription", speed=1),
    DemoModel(provider=UNPRICED[0], name=UNPRICED[1], tier="in_house", rises=0.66, speed=9),
)


def choose_model(tier: str, position: float, dice: random.Random) -> DemoModel:
    """A model of a tier as they are used at a position of the history."""
    candidates = [model for model in MODELS if model.tier == tier]
    return dice.choices(candidates, [model.share(position) + 1e-9 for model in candidates])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFeature:
    """How a feature is used. Token numbers are medians, ``turns`` and ``steps`` (calls per turn) means.

    ``tools`` are drawn from in every step but a turn's last. ``topics`` make titles.
    """

    name: str
    tiers: dict[str, float]
    system_tokens: int
    user_tokens: int
    answer_tokens: int
    topics: tuple[str, ...]
    turns: float = 2.5
    steps: float = 1.0
    tools: tuple[str, ...] = ()
    files: float = 0.0
    images: float = 0.0


FEATURES: Final = {
    feature.name: feature
    for feature in (
        DemoFeature(
            name="chat",
            tiers={"small": 5, "medium": 4, "large": 0.4},
            system_tokens=900,
            user_tokens=90,
            answer_tokens=320,
            turns=3.2,
            topics=(
                "Wording of an announcement",
                "Question about a contract",
                "Translation",
                "Agenda",
                "Ideas",
            ),
        ),
        DemoFeature(
            name="agents",
            tiers={"medium": 5, "large": 1.2, "small": 1},
            system_tokens=9_500,
            user_tokens=180,
            answer_tokens=480,
            turns=1.6,
            steps=4.0,
            tools=("web_search", "document_analysis", "code_run", "crm_lookup"),
            topics=(
                "Release checklist",
                "Vendor comparison",
                "Ticket triage",
                "Data clean-up",
                "Research task",
            ),
        ),
        DemoFeature(
            name="web_search",
            tiers={"small": 4, "medium": 3},
            system_tokens=1_100,
            user_tokens=40,
            answer_tokens=380,
            turns=1.5,
            steps=2.0,
            tools=("web_search",),
            topics=("Market news", "Library versions", "Competitor prices", "Travel options", "Regulation"),
        ),
        DemoFeature(
            name="analysis",
            tiers={"medium": 4, "large": 1},
            system_tokens=1_600,
            user_tokens=160,
            answer_tokens=700,
            turns=2.2,
            steps=1.6,
            tools=("code_run", "image_analysis", "document_analysis"),
            files=0.5,
            images=0.15,
            topics=("Churn by cohort", "Cost drivers", "Survey results", "Funnel", "Load test"),
        ),
        DemoFeature(
            name="files",
            tiers={"small": 3, "medium": 3},
            system_tokens=700,
            user_tokens=60,
            answer_tokens=360,
            turns=2.4,
            tools=("document_analysis",),
            files=1.0,
            topics=("Summary", "Open questions", "Clauses", "Comparison", "Key figures"),
        ),
        DemoFeature(
            name="code",
            tiers={"medium": 6, "large": 1.5, "small": 1, "in_house": 1.2},
            system_tokens=7_800,
            user_tokens=1_900,
            answer_tokens=900,
            turns=2.6,
            steps=2.0,
            tools=("code_generation", "code_run"),
            topics=("Failing test", "Refactoring", "Query plan", "Review", "New endpoint"),
        ),
    )
}

VOICE: Final = "voice"
PROFILES: Final[dict[str, dict[str, float]]] = {
    "engineering": {"code": 6, "chat": 2, "agents": 1.2, "files": 0.7, "web_search": 0.7, VOICE: 0.1},
    "research": {"analysis": 3, "web_search": 2, "code": 2, "agents": 1.2, "files": 1.5, "chat": 1.5},
    "product": {"chat": 3, "analysis": 1.5, "files": 1.5, "agents": 0.6, VOICE: 0.8, "web_search": 0.8},
    "sales": {"chat": 3, "files": 1.5, VOICE: 1.6, "web_search": 1.2, "agents": 0.5},
    "support": {"chat": 5, "files": 1.8, "agents": 0.6, VOICE: 0.4},
    "marketing": {"chat": 4, "web_search": 1.8, "analysis": 0.8, "files": 1, VOICE: 0.3},
    "finance": {"analysis": 3, "files": 2.5, "chat": 1.5},
    "": {"chat": 3, "files": 1, "web_search": 1, VOICE: 0.3, "analysis": 0.5},
}
"""How often members of a department use each feature; the last is for everyone else."""
