"""Believable usage events for benchmarks: one company's people at work, the same ones on every run."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

MEMBERS: Final = 300
DEPARTMENTS: Final = 8
PROJECTS: Final = 12
CALLS_PER_DAY: Final = 15_000
WORKING_HOURS: Final = 10
OPEN_CHATS: Final = 30
MESSAGES_PER_CHAT: Final = 8

# Provider, model, share of the chats.
MODELS: Final = (
    ("openai", "gpt-4o", 26),
    ("openai", "gpt-4o-mini", 28),
    ("openai", "o3-mini", 6),
    ("anthropic", "claude-3-5-sonnet-20241022", 24),
    ("anthropic", "claude-3-5-haiku-20241022", 10),
    ("google", "gemini-2.0-flash", 6),
)
FEATURES: Final = {"chat": 60, "agents": 14, "analysis": 10, "web_search": 8, "files": 6, "voice": 2}
PLATFORMS: Final = {"web": 62, "ios": 14, "android": 9, "api": 15}
INTEGRATIONS: Final = ("slack", "gmail", "notion")
TOOLS: Final = {"agents": "code_generation", "web_search": "web_search", "files": "document_analysis"}


@dataclass(slots=True)
class _Chat:
    """One conversation that is going on: whose, about what, and how far it is."""

    conversation_id: str
    scope: dict[str, str]
    names: dict[str, str]
    feature: str
    file_number: int
    messages: int = 0
    context: int = 0


def usage_events(count: int, *, prefix: str, end: datetime, seed: int = 1) -> Iterator[dict[str, Any]]:
    """``count`` events in the native format, in order of time, spread over the working hours of the days before
    ``end``: 50 calls a day for each of 300 members of unequal zeal, in chats of about 8 messages, 30 at a time;
    one message in seven takes more than one call. ``prefix`` begins every transaction id.
    """
    chance = random.Random(seed)
    zeal = [1 / (rank + 8) for rank in range(MEMBERS)]
    chats: list[_Chat] = []
    made = opened = 0
    while made < count:
        if len(chats) < OPEN_CHATS:
            opened += 1
            chats.append(_new_chat(opened, chance.choices(range(MEMBERS), zeal)[0], chance))
        chat = chance.choice(chats)
        chat.messages += 1
        calls = 1 if chance.random() < 6 / 7 else chance.randint(2, 3)
        for _call in range(min(calls, count - made)):
            moment = _moment(count - made, end).isoformat().replace("+00:00", "Z")
            yield _event(chat, transaction_id=f"{prefix}-{made:08d}", occurred_at=moment, chance=chance)
            made += 1
        if chance.random() < 1 / MESSAGES_PER_CHAT:
            chats.remove(chat)


def _moment(calls_before_end: int, end: datetime) -> datetime:
    days, calls = divmod(calls_before_end, CALLS_PER_DAY)
    into = timedelta(hours=WORKING_HOURS) * calls / CALLS_PER_DAY
    return (end - timedelta(days=days) - into).astimezone(UTC)


def _new_chat(number: int, member: int, chance: random.Random) -> _Chat:
    habits = random.Random(member)
    usual = habits.choices(MODELS, [share for *_names, share in MODELS])[0]
    other = chance.choices(MODELS, [share for *_names, share in MODELS])[0]
    provider, model, _share = usual if chance.random() < 0.8 else other
    scope = {
        "member_id": f"member-{member:03d}",
        "department_id": f"department-{member % DEPARTMENTS}",
        "platform": _drawn(PLATFORMS, habits if chance.random() < 0.9 else chance),
    }
    if chance.random() < 0.6:
        scope["project_id"] = f"project-{habits.randrange(PROJECTS)}"
    if chance.random() < 0.15:
        scope["integration_id"] = habits.choice(INTEGRATIONS)
    return _Chat(
        conversation_id=f"chat-{member:03d}-{number:06d}",
        scope=scope,
        names={"provider_name": provider, "request_model": model, "response_model": model},
        feature=_drawn(FEATURES, chance),
        file_number=int(chance.paretovariate(1.2)) % 200,
    )


def _event(chat: _Chat, *, transaction_id: str, occurred_at: str, chance: random.Random) -> dict[str, Any]:
    tool = TOOLS.get(chat.feature)
    parts = {
        "user_text": int(chance.lognormvariate(4.6, 0.9)) + 1,
        "context": chat.context,
        "files": 4_000 + chat.file_number if chat.feature == "files" else 0,
        "system": 320,
        "tool_results": int(chance.lognormvariate(6, 0.7)) if tool else 0,
    }
    input_tokens, output_tokens = sum(parts.values()) + 8, int(chance.lognormvariate(5.4, 0.8)) + 1
    chat.context = min(chat.context + parts["user_text"] + output_tokens, 60_000)
    event: dict[str, Any] = {
        "transaction_id": transaction_id,
        "occurred_at": occurred_at,
        "response_id": f"chatcmpl-{chance.getrandbits(112):028x}",
        "operation_name": "chat",
        "conversation_id": chat.conversation_id,
        "message_id": f"{chat.conversation_id}-{chat.messages}",
        "feature": chat.feature,
        "duration_ms": int(chance.lognormvariate(7.6, 0.6)),
        "time_to_first_token_ms": int(chance.lognormvariate(6, 0.5)),
        "input_tokens": input_tokens,
        "cache_read_input_tokens": parts["context"] // 128 * 128,
        "output_tokens": output_tokens,
        "composition": parts,
        **chat.scope,
        **chat.names,
    }
    if chat.messages == 1:
        event["conversation_title"] = f"Question {chat.conversation_id}"
    if tool:
        event["tools"] = [{"name": tool, "calls": 1, "tokens": parts["tool_results"]}]
        event["tool_call_tokens"] = min(24, output_tokens)
    if parts["files"]:
        event["files"] = [_file(f"report-{chat.file_number}.pdf", parts["files"])]
    if event["request_model"].startswith("o3"):
        event["reasoning_output_tokens"] = output_tokens // 2
    if chance.random() < 0.015:
        event["error_type"] = "rate_limited"
    return event


def _file(name: str, tokens: int) -> dict[str, Any]:
    return {"file_id": name, "name": name, "size_bytes": 80_000, "tokens": tokens}


def _drawn(shares: dict[str, int], chance: random.Random) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]
