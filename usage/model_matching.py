"""Which model of the price list an event means: rules over provider and model names.

A rule is one JSON object, a *clause*: ``{"equals": text}``, ``{"starts_with": text}``,
``{"ends_with": text}``, ``{"contains": text}``, ``{"regex": pattern}``, ``{"or": [clause, …]}`` or
``{"and": [clause, …]}``. Names are compared in lower case.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from reprlib import repr as shortened
from typing import Any, Final

Matcher = Callable[[str], bool]

MEMORY_SIZE: Final = 20_000
PROVIDER_LENGTH: Final = 100
MODEL_LENGTH: Final = 200
"""Characters of a name that are kept; some letters become two when they are made small."""
_NESTING_LIMIT: Final = 20

# Spellings of providers that clients send: OpenTelemetry's well-known values, older ones of them, and those
# of gateways. The key is the name that the price list uses.
PROVIDER_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "anthropic": ("claude",),
    "aws": ("aws.bedrock", "aws_bedrock", "bedrock", "bedrock_converse", "amazon-bedrock", "amazon"),
    "azure": (
        "azure.ai.openai",
        "az.ai.openai",
        "azure.ai.inference",
        "az.ai.inference",
        "azure_ai",
        "azure_openai",
        "azure-openai",
        "microsoft.foundry",
    ),
    "cohere": ("cohere_chat",),
    "deepseek": ("deep_seek", "deepseek-ai"),
    "fireworks": ("fireworks_ai", "fireworks-ai"),
    "google": (
        "gcp.gemini",
        "gcp.vertex_ai",
        "gcp.gen_ai",
        "gemini",
        "vertex_ai",
        "vertex",
        "vertexai",
        "google_genai",
        "google-gla",
        "google-vertex",
        "google_vertexai",
    ),
    "groq": ("groqcloud",),
    "mistral": ("mistral_ai", "mistralai", "mistral-ai"),
    "moonshotai": ("moonshot_ai", "moonshot"),
    "openai": ("open_ai", "openai.responses", "openai_chat", "text-completion-openai"),
    "openrouter": ("open_router",),
    "perplexity": ("perplexity_ai", "perplexity-ai"),
    "together": ("together_ai", "together-ai", "togetherai"),
    "voyageai": ("voyage", "voyage_ai"),
    "x-ai": ("x_ai", "xai"),
}

_GATEWAYS: Final = frozenset(("", "litellm"))
_COMPACT_DATE: Final = re.compile(r"-(20\d{2})(\d{2})(\d{2})(?=-|:|$)")


class InvalidRule(ValueError):
    """A rule is not of the clause language."""


def compile_rule(clause: Any, *, depth: int = 0) -> Matcher:
    """A function that tells whether a name, given in lower case, satisfies the rule.

    Raises ``InvalidRule`` for what is not a clause: an unknown word, more than one word, a bad pattern.
    """
    if depth > _NESTING_LIMIT or not isinstance(clause, Mapping) or len(clause) != 1:
        raise InvalidRule(f"not a clause: {shortened(clause)}")
    word, value = next(iter(clause.items()))
    if word in ("or", "and"):
        if not isinstance(value, list | tuple) or not value:
            raise InvalidRule(f"{word!r} takes a list of clauses")
        parts = tuple(compile_rule(part, depth=depth + 1) for part in value)
        return _any_of(parts) if word == "or" else _all_of(parts)
    if not isinstance(value, str):
        raise InvalidRule(f"{word!r} takes a text")
    return _compile_text(word, value)


def _compile_text(word: str, value: str) -> Matcher:
    text = value.lower()
    match word:
        case "equals":
            return lambda name: name == text
        case "starts_with":
            return lambda name: name.startswith(text)
        case "ends_with":
            return lambda name: name.endswith(text)
        case "contains":
            return lambda name: text in name
        case "regex":
            try:
                search = re.compile(value).search
            except re.error as error:
                raise InvalidRule(f"bad pattern {value!r}: {error}") from error
            return lambda name: search(name) is not None
    raise InvalidRule(f"unknown word {word!r}")


def _any_of(parts: tuple[Matcher, ...]) -> Matcher:
    return lambda name: any(part(name) for part in parts)


def _all_of(parts: tuple[Matcher, ...]) -> Matcher:
    return lambda name: all(part(name) for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """A provider of the price list.

    ``name_rule`` matches other spellings of its name, ``model_rule`` the names of its models when no provider
    was sent, ``fallbacks`` are providers whose models it serves too when it does not list them itself.
    """

    name: str
    aliases: tuple[str, ...] = ()
    name_rule: Any = None
    model_rule: Any = None
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """A model: ``rule`` is None for placeholders, which mean just their own name."""

    id: int
    provider_name: str
    name: str
    rule: Any = None


def dashed_date(name: str) -> str:
    """``name-20261124`` as ``name-2026-11-24``, the way price lists write it; other names unchanged."""

    def dashed(found: re.Match[str]) -> str:
        year, month, day = found.groups()
        try:
            return f"-{date(int(year), int(month), int(day))}"
        except ValueError:
            return found.group(0)

    return _COMPACT_DATE.sub(dashed, name)


def placeholder_name(model_name: str) -> str:
    """The name under which an unknown model is kept: case does not matter, so all spellings are one model."""
    return model_name.strip().lower()[:MODEL_LENGTH] or model_name


class ModelDirectory:
    """Finds the model that a pair of names means. Built once per version of the list; remembers answers."""

    def __init__(self, *, providers: Iterable[ProviderEntry], models: Iterable[ModelEntry]) -> None:
        entries = tuple(providers)
        self._canonical = {alias: name for name, aliases in PROVIDER_ALIASES.items() for alias in aliases}
        for entry in entries:
            self._canonical.update({alias.strip().lower(): entry.name for alias in entry.aliases})
        self._canonical.update({entry.name: entry.name for entry in entries})
        self._name_rules = [(compile_rule(e.name_rule), e.name) for e in entries if e.name_rule]
        self._model_rules = [(compile_rule(e.model_rule), e.name) for e in entries if e.model_rule]
        self._fallbacks = {entry.name: entry.fallbacks for entry in entries}
        self._exact: dict[tuple[str, str], int] = {}
        self._placeholders: dict[tuple[str, str], int] = {}
        self._rules: dict[str, list[tuple[Matcher, int]]] = {}
        for model in models:
            self._add(model)
        self._memory: dict[tuple[str, str], int] = {}

    def _add(self, model: ModelEntry) -> None:
        key = (model.provider_name.strip().lower(), model.name.strip().lower())
        if model.rule is None:
            self._placeholders[key] = model.id
            return
        self._exact[key] = model.id
        self._rules.setdefault(key[0], []).append((compile_rule(model.rule), model.id))

    def resolve(self, provider_name: str, model_name: str) -> int:
        """The id of the model that the two names mean, 0 when there is none. Case does not matter.

        Without a provider the model's name decides which one is meant; "provider/model" is understood where a
        gateway sent it.
        """
        key = (provider_name, model_name)
        found = self._memory.get(key)
        if found is None:
            if len(self._memory) >= MEMORY_SIZE:
                self._memory.clear()
            found = self._search(provider_name.strip().lower(), model_name.strip().lower())
            self._memory[key] = found
        return found

    def canonical_provider(self, provider_name: str) -> str:
        """The price list's name of a provider; in lower case as sent when the list does not know it."""
        name = provider_name.strip().lower()[:PROVIDER_LENGTH]
        if known := self._canonical.get(name):
            return known
        return next((known for matches, known in self._name_rules if name and matches(name)), name)

    def _search(self, provider: str, model: str) -> int:
        if not model:
            return 0
        canonical = self.canonical_provider(provider)
        if canonical in _GATEWAYS:
            canonical, listed = self._behind_gateway(canonical, model)
        else:
            listed = model
        for owner in (canonical, *self._fallbacks.get(canonical, ())):
            if found := self._listed(owner, listed):
                return found
        return self._placeholders.get((canonical, listed)) or self._placeholders.get((provider, model), 0)

    def _behind_gateway(self, gateway: str, model: str) -> tuple[str, str]:
        prefix, slash, rest = model.partition("/")
        if slash and rest:
            provider = self.canonical_provider(prefix)
            if provider in self._fallbacks:
                return provider, rest
        owner = next((name for matches, name in self._model_rules if matches(model)), gateway)
        return owner, model

    def _listed(self, provider: str, model: str) -> int:
        """A model that has a price rule: by its own name, by rule, by rule with the date written in full."""
        if found := self._exact.get((provider, model)):
            return found
        rules = self._rules.get(provider, ())
        for name in dict.fromkeys((model, dashed_date(model))):
            for matches, model_id in rules:
                if matches(name):
                    return model_id
        return 0
