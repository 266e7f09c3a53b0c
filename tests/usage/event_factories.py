"""Events to store: one at a time, or many of every kind, the same for the same seed."""

import random
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from usage.events import Composition, Event, FileReference, ToolUse

FIRST_INSTANT: Final = datetime(2026, 3, 25, tzinfo=UTC)
SPREAD: Final = timedelta(days=60)
"""``make_events`` spreads over this time from ``FIRST_INSTANT`` on: parts of three months."""

_numbers = count(1)


def make_event(**overrides: Any) -> Event:
    """A call of gpt-4o by Bob with 1,000 tokens in and 100 out, under an id of its own."""
    fields: dict[str, Any] = {
        "transaction_id": f"made-{next(_numbers)}",
        "occurred_at": FIRST_INSTANT,
        "provider_name": "openai",
        "response_model": "gpt-4o",
        "member_id": "bob",
        "input_tokens": 1000,
        "output_tokens": 100,
    }
    return Event(**(fields | overrides))


def make_events(number: int, seed: int = 1) -> list[Event]:
    """Valid events of every kind: chats and messages, tools, files, voice, caching, failures, an unknown model.

    Ids are ``<seed>-<position>``, so two calls with one seed give the same events.
    """
    chance = random.Random(seed)
    return [_any_event(chance, f"{seed}-{position}") for position in range(number)]


def _any_event(chance: random.Random, transaction_id: str) -> Event:
    tokens = _tokens(chance)
    conversation = chance.choice(["", *(f"chat-{i}" for i in range(12))])
    fields: dict[str, Any] = {
        "transaction_id": transaction_id,
        "occurred_at": FIRST_INSTANT + chance.random() * SPREAD,
        "response_model": chance.choice(["gpt-4o", "gpt-4o", "gpt-4o", "mystery-1"]),
        "conversation_id": conversation,
        "conversation_title": chance.choice(["", f"About {conversation}"]),
        "message_id": chance.choice(["", *(f"message-{i}" for i in range(30))]),
        "member_id": chance.choice(["", "alice", "bob", "dana"]),
        "department_id": chance.choice(["", "research"]),
        "project_id": chance.choice(["", "", "atlas", "borealis"]),
        "integration_id": chance.choice(["", "", "slack"]),
        "feature": chance.choice(["chat", "agents", "voice", ""]),
        "platform": chance.choice(["web", "ios", ""]),
        "error_type": chance.choice(["", "", "", "", "timeout"]),
        "calls": chance.choice([1, 1, 1, 3]),
        "duration_ms": chance.choice([0, chance.randrange(1, 90_000)]),
        "time_to_first_token_ms": chance.choice([None, chance.randrange(1, 2_000)]),
    }
    return make_event(**fields, **tokens, **_tools(chance), **_files(chance, tokens))


def _tokens(chance: random.Random) -> dict[str, Any]:
    parts = {
        "cache_read_input_tokens": chance.choice([0, chance.randrange(5_000)]),
        "cache_creation_input_tokens": chance.choice([0, 0, chance.randrange(2_000)]),
        "audio_input_tokens": chance.choice([0, 0, 0, chance.randrange(500)]),
        "image_input_tokens": chance.choice([0, 0, 0, chance.randrange(500)]),
    }
    reasoning, answer = chance.choice([0, chance.randrange(400)]), chance.randrange(1_000)
    plain = chance.randrange(3_000)
    return parts | {
        "input_tokens": plain + sum(parts.values()),
        "cache_creation_1h_input_tokens": parts["cache_creation_input_tokens"] // 3,
        "output_tokens": reasoning + answer,
        "reasoning_output_tokens": reasoning,
        "tool_call_tokens": answer // 4,
        "composition": chance.choice([None, Composition(user_text=plain // 2, context=plain // 3)]),
    }


def _tools(chance: random.Random) -> dict[str, Any]:
    names = chance.sample(["web search", "code", "image analysis"], chance.choice([0, 0, 1, 2]))
    return {
        "tools": [ToolUse(name, calls=chance.randrange(1, 4), tokens=chance.randrange(50)) for name in names]
    }


def _files(chance: random.Random, tokens: dict[str, Any]) -> dict[str, Any]:
    if chance.random() > 0.2:
        return {}
    half = tokens["input_tokens"] // 2
    cached = min(half, tokens["cache_read_input_tokens"])
    names = chance.sample(["report.pdf", "plan.docx", "data.csv"], 2)
    read = FileReference(names[0], name=names[0], size_bytes=10_000, tokens=half, cache_read_tokens=cached)
    processed = FileReference(names[1], tokens=half // 2, extracted_tokens=half // 2, processed=True)
    return {"files": chance.choice([[read], [processed], [read, processed]])}
