"""A company of up to 1,000 members that works for 13 months: the events that its cells begin with.

A cell is one member's day with one model in one feature, and it decides everything that rollups are kept by: the
hour, department, project, integration, platform and tool. However many events it holds, it fills the same rows.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from benchmarks.sample import FEATURES, INTEGRATIONS, MODELS, PLATFORMS, TOOLS
from usage.periods import add_months, month_of

MONTHS: Final = 13
"""With the current one."""
EVENTS_PER_CELL: Final = 1.5
HOURS: Final = {7: 8, 8: 12, 9: 14, 10: 12, 11: 8, 12: 9, 13: 12, 14: 12, 15: 8, 16: 4, 20: 1}
"""UTC hours in which a cell's work may lie, by weight; in Berlin they are all on the same day."""
SPREAD: Final = timedelta(minutes=28)
"""A cell's events lie in the first part of its hour: there is room for as many again as the growth brings."""
UNPRICED_MODEL: Final = ("acme", "acme-in-house-1")
FILES: Final = 300


@dataclass(frozen=True, kw_only=True)
class Company:
    """How large it is, and how many events its history begins with."""

    members: int
    departments: int
    projects: int
    events: int


@dataclass(frozen=True, slots=True)
class _Cell:
    number: int
    starts_at: datetime
    scope: dict[str, str]
    names: dict[str, str]
    feature: str


def first_moment(now: datetime) -> datetime:
    """From the second day of the first month on: the first is another day east and west of here."""
    month = add_months(month_of(now.date()), 1 - MONTHS)
    return datetime(month.year, month.month, 2, tzinfo=UTC)


def history(company: Company, *, now: datetime, seed: int = 1) -> Iterator[dict[str, Any]]:
    """The events of all its cells until five minutes before ``now``, in order of their days."""
    chance = random.Random(seed)
    zeal = [1 / (rank / company.members + 0.4) for rank in range(company.members)]
    days = _working_days(first_moment(now).date(), now.date())
    until, made, number = now - timedelta(minutes=5) - SPREAD, 0, 0
    for place, day in enumerate(days, start=1):
        quota = company.events * place // len(days)
        while made < quota:
            number += 1
            cell = _cell(company, number, day, chance.choices(range(company.members), zeal)[0], chance)
            if cell.starts_at > until:
                cell = _cell(company, number, days[-2], number % company.members, chance)
            count = min(quota - made, 1 if chance.random() < 2 - EVENTS_PER_CELL else 2)
            yield from (_event(cell, turn, chance) for turn in range(count))
            made += count


def _working_days(first: date, last: date) -> list[date]:
    every = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    return [day for day in every if day.weekday() < 5 or day.day % 9 == 0]


def _cell(company: Company, number: int, day: date, member: int, chance: random.Random) -> _Cell:
    habits = random.Random(member)
    usual = habits.choices(MODELS, [share for *_names, share in MODELS])[0]
    other = chance.choices(MODELS, [share for *_names, share in MODELS])[0]
    provider, model = (usual if chance.random() < 0.8 else other)[:2]
    if chance.random() < 0.01:
        provider, model = UNPRICED_MODEL
    feature = _drawn(FEATURES, chance)
    scope = {"platform": _drawn(PLATFORMS, habits)}
    if chance.random() < 0.97:
        scope |= {
            "member_id": f"member-{member:04d}",
            "department_id": f"department-{member % company.departments:02d}",
        }
    if (member + len(feature)) % 5 < 3:
        scope["project_id"] = f"project-{(member * 7 + len(feature)) % company.projects:02d}"
    if feature == "agents" or "member_id" not in scope:
        scope["integration_id"] = habits.choice(INTEGRATIONS)
    starts_at = datetime(day.year, day.month, day.day, _drawn(HOURS, chance), tzinfo=UTC)
    names = {"provider_name": provider, "request_model": model, "response_model": model}
    return _Cell(number, starts_at, scope, names, feature)


def _event(cell: _Cell, turn: int, chance: random.Random) -> dict[str, Any]:
    chat, tool, parts = f"chat-{cell.number:07d}", TOOLS.get(cell.feature), _composition(cell, chance)
    output_tokens = int(chance.lognormvariate(5.4, 0.8)) + 1
    moment = cell.starts_at + timedelta(seconds=chance.randrange(60)) + turn * SPREAD / 2
    event: dict[str, Any] = {
        "transaction_id": f"{chat}-{turn}",
        "occurred_at": moment.isoformat().replace("+00:00", "Z"),
        "response_id": f"chatcmpl-{chance.getrandbits(112):028x}",
        "operation_name": "chat",
        "conversation_id": chat,
        "conversation_title": f"Question {cell.number}",
        "message_id": f"{chat}-{turn}",
        "feature": cell.feature,
        "duration_ms": int(chance.lognormvariate(7.6, 0.6)),
        "time_to_first_token_ms": int(chance.lognormvariate(6, 0.5)),
        "input_tokens": sum(parts.values()) + 8,
        "cache_read_input_tokens": parts["context"] // 128 * 128,
        "output_tokens": output_tokens,
        "composition": parts,
        **cell.scope,
        **cell.names,
    }
    if tool:
        event["tools"] = [{"name": tool, "calls": 1, "tokens": parts["tool_results"]}]
        event["tool_call_tokens"] = min(24, output_tokens)
    if parts["files"]:
        name = f"report-{cell.number % FILES}.pdf"
        event["files"] = [{"file_id": name, "name": name, "size_bytes": 80_000, "tokens": parts["files"]}]
    if event["request_model"].startswith("o3"):
        event["reasoning_output_tokens"] = output_tokens // 2
    if chance.random() < 0.015:
        event["error_type"] = "rate_limited"
    return event


def _composition(cell: _Cell, chance: random.Random) -> dict[str, int]:
    return {
        "user_text": int(chance.lognormvariate(4.6, 0.9)) + 1,
        "context": int(chance.lognormvariate(6.5, 1)),
        "files": 4_000 + cell.number % FILES if cell.feature == "files" else 0,
        "system": 320,
        "tool_results": int(chance.lognormvariate(6, 0.7)) if cell.feature in TOOLS else 0,
    }


def _drawn(shares: dict[Any, int], chance: random.Random) -> Any:
    return chance.choices(list(shares), list(shares.values()))[0]
