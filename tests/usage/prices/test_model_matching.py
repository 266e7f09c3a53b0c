from typing import Any

import pytest

from usage import model_matching
from usage.model_matching import (
    InvalidRule,
    ModelDirectory,
    ModelEntry,
    ProviderEntry,
    compile_rule,
    dashed_date,
)


@pytest.mark.parametrize(
    ("rule", "name", "expected"),
    [
        ({"equals": "gpt-4o"}, "gpt-4o", True),
        ({"equals": "GPT-4o"}, "gpt-4o", True),
        ({"equals": "gpt-4o"}, "gpt-4o-mini", False),
        ({"starts_with": "gpt-4o"}, "gpt-4o-mini", True),
        ({"starts_with": "gpt-4o"}, "ft:gpt-4o", False),
        ({"ends_with": ":free"}, "qwen:free", True),
        ({"ends_with": ":free"}, "qwen:free-2", False),
        ({"contains": "opus"}, "claude-opus-4", True),
        ({"contains": "opus"}, "claude-sonnet-4", False),
        ({"regex": r"^o\d(-|$)"}, "o3-mini", True),
        ({"regex": r"^o\d(-|$)"}, "o3mini", False),
        ({"or": [{"equals": "a"}, {"equals": "b"}]}, "b", True),
        ({"or": [{"equals": "a"}, {"equals": "b"}]}, "c", False),
        ({"and": [{"starts_with": "a"}, {"ends_with": "z"}]}, "a-z", True),
        ({"and": [{"starts_with": "a"}, {"ends_with": "z"}]}, "a-y", False),
        ({"or": [{"and": [{"contains": "x"}, {"contains": "y"}]}, {"equals": "z"}]}, "yx", True),
    ],
)
def test_clauses(rule, name, expected):
    assert compile_rule(rule)(name) is expected


@pytest.mark.parametrize(
    "rule",
    [
        None,
        "gpt",
        {},
        {"equals": "a", "contains": "b"},
        {"resembles": "a"},
        {"equals": 4},
        {"or": []},
        {"or": "gpt"},
        {"or": [{"nonsense": "a"}]},
        {"regex": "("},
    ],
)
def test_what_is_not_a_rule_is_refused(rule):
    with pytest.raises(InvalidRule):
        compile_rule(rule)


def test_a_rule_nested_without_end_is_refused():
    rule: dict[str, Any] = {"equals": "a"}
    for _ in range(1000):
        rule = {"or": [rule]}
    with pytest.raises(InvalidRule):
        compile_rule(rule)


def directory(*models: ModelEntry, **changed) -> ModelDirectory:
    providers = [
        ProviderEntry(name="openai", model_rule={"starts_with": "gpt-"}),
        ProviderEntry(name="anthropic", model_rule={"contains": "claude"}),
        ProviderEntry(name="google", fallbacks=("anthropic",), name_rule={"contains": "vertex"}),
        ProviderEntry(name="aws", aliases=("Our Bedrock",)),
        ProviderEntry(name="azure", fallbacks=("openai",)),
        ProviderEntry(name="mistral"),
        ProviderEntry(name="x-ai"),
        ProviderEntry(name="deepseek"),
        ProviderEntry(name="groq"),
        ProviderEntry(name="perplexity"),
        ProviderEntry(name="cohere"),
    ]
    known = [
        ModelEntry(id=1, provider_name="openai", name="gpt-4o", rule={"starts_with": "gpt-4o"}),
        ModelEntry(
            id=2, provider_name="anthropic", name="claude-opus-4", rule={"starts_with": "claude-opus-4"}
        ),
        ModelEntry(id=3, provider_name="openai", name="gpt-5.2", rule={"equals": "gpt-5.2-2025-12-11"}),
    ]
    return ModelDirectory(providers=providers, models=[*known, *models])


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("openai", "openai"),
        ("OpenAI", "openai"),
        (" openai ", "openai"),
        ("anthropic", "anthropic"),
        ("gcp.gemini", "google"),
        ("gcp.vertex_ai", "google"),
        ("gcp.gen_ai", "google"),
        ("my-vertex-proxy", "google"),
        ("aws.bedrock", "aws"),
        ("our bedrock", "aws"),
        ("azure.ai.openai", "azure"),
        ("az.ai.openai", "azure"),
        ("az.ai.inference", "azure"),
        ("mistral_ai", "mistral"),
        ("x_ai", "x-ai"),
        ("xai", "x-ai"),
        ("deepseek", "deepseek"),
        ("groq", "groq"),
        ("perplexity", "perplexity"),
        ("cohere", "cohere"),
        ("Nobody Knows", "nobody knows"),
        ("", ""),
    ],
)
def test_spellings_of_providers(sent, canonical):
    assert directory().canonical_provider(sent) == canonical


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("openai", "gpt-4o-2024-08-06", 1),
        ("OPENAI", "GPT-4o", 1),
        ("azure.ai.openai", "gpt-4o", 1),
        ("gcp.vertex_ai", "claude-opus-4@20250514", 2),
        ("openai", "gpt-5.2-20251211", 3),
        ("openai", "gpt-5.2", 3),
        ("", "gpt-4o", 1),
        ("", "claude-opus-4-1", 2),
        ("litellm", "openai/gpt-4o", 1),
        ("", "anthropic/claude-opus-4", 2),
        ("openai", "gpt-9", 0),
        ("openai", "", 0),
        ("groq", "gpt-4o", 0),
        ("nobody", "gpt-4o", 0),
        ("openai", "claude-opus-4", 0),
        ("", "nobody/gpt-4o", 0),
    ],
)
def test_which_model_two_names_mean(provider, model, expected):
    assert directory().resolve(provider, model) == expected


def test_a_placeholder_means_its_own_name_and_yields_to_a_listed_model():
    names = directory(
        ModelEntry(id=8, provider_name="openai", name="GPT-9"),
        ModelEntry(id=9, provider_name="openai", name="gpt-4o-nightly"),
        ModelEntry(id=10, provider_name="nobody", name="nobody's-model"),
        ModelEntry(id=11, provider_name="", name="openai/gpt-10"),
    )
    assert names.resolve("openai", "gpt-9") == 8
    assert names.resolve("openai", "gpt-9-mini") == 0
    assert names.resolve("openai", "gpt-4o-nightly") == 1
    assert names.resolve("Nobody", "nobody's-model") == 10
    assert names.resolve("", "openai/gpt-10") == 11


def test_what_was_found_is_remembered_within_bounds(monkeypatch):
    monkeypatch.setattr(model_matching, "MEMORY_SIZE", 10)
    names = directory()
    for n in range(100):
        assert names.resolve("openai", f"gpt-4o-{n}") == 1
        assert names.resolve("openai", f"unknown-{n}") == 0
        assert len(names._memory) <= 10


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gpt-5.2-20251211", "gpt-5.2-2025-12-11"),
        ("gpt-5.2-20251211-eu", "gpt-5.2-2025-12-11-eu"),
        ("gpt-5.2-20251311", "gpt-5.2-20251311"),
        ("gpt-5.2-20250229", "gpt-5.2-20250229"),
        ("gpt-5.2", "gpt-5.2"),
        ("gpt-120251211", "gpt-120251211"),
    ],
)
def test_dates_without_dashes(name, expected):
    assert dashed_date(name) == expected


def test_a_providers_name_never_grows_beyond_what_can_be_kept():
    directory = ModelDirectory(providers=[], models=[])
    assert directory.canonical_provider("İ" * 100) == "i̇" * 50
