"""What was sent with a waiting event, field by field, beside what stands in the ledger under its id."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from teams.enums import ScopeKind
from teams.queries.directory import load_directory
from usage.events import Event
from usage.formats.raw_usage import plain
from usage.identity import derived_id
from usage.models import Chat, EventKey, File, Integration, Message, QuarantinedEvent, UsageEvent
from usage.queries.names import INTEGRATION, directory_names

_NO_FACTS: Final = ("conversation_title", "usage")
"""A description may differ between one event and its repetition; a usage object is compared by what it means."""
_COMPOSITION: Final = {
    "user_text": "user_text_tokens",
    "context": "context_tokens",
    "files": "file_tokens",
    "system": "system_tokens",
    "tool_results": "tool_result_tokens",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of an event; ``standing`` and ``differs`` are None where the ledger does not keep what was sent."""

    field: str
    sent: Any
    standing: Any
    differs: bool | None


@dataclass(frozen=True, slots=True)
class ComparedFacts:
    """All fields that say something on either side, and the event that they are compared with."""

    event: UsageEvent
    facts: tuple[Fact, ...]


def compared_facts(entry: QuarantinedEvent) -> ComparedFacts | None:
    """A waiting event beside the one that stands under its id; None while none does."""
    key = EventKey.objects.filter(
        organization_id=entry.organization_id, transaction_id=entry.transaction_id
    ).first()
    events = UsageEvent.objects.filter(organization_id=entry.organization_id)
    standing = events.filter(period=key.period, id=key.event_id).first() if key else None
    if standing is None:
        return None
    sent = plain(msgspec.convert(entry.facts, Event))
    facts = [_fact(name, sent, standing) for name in Event.__struct_fields__ if name not in _NO_FACTS]
    return ComparedFacts(standing, tuple(fact for fact in facts if _says_something(fact)))


def _fact(name: str, sent: Event, standing: UsageEvent) -> Fact:
    value = getattr(sent, name)
    compare = _COMPARED.get(name)
    if compare is not None:
        return compare(name, value, standing)
    found = getattr(standing, name)
    return Fact(name, value, found, value != found)


def _says_something(fact: Fact) -> bool:
    return bool(fact.differs or fact.sent or fact.standing)


def _occurred(name: str, sent: Any, standing: UsageEvent) -> Fact:
    found = standing.sent_occurred_at or standing.occurred_at
    return Fact(name, sent, found, sent != found)


def _cache_creation(name: str, sent: Any, standing: UsageEvent) -> Fact:
    found = standing.cache_creation_5m_input_tokens + standing.cache_creation_1h_input_tokens
    return Fact(name, sent, found, sent != found)


def _one_hour(name: str, sent: Any, standing: UsageEvent) -> Fact:
    found = standing.cache_creation_1h_input_tokens
    return Fact(name, sent, found, sent != found)


def _reported_cost(name: str, sent: str, standing: UsageEvent) -> Fact:
    found = standing.reported_cost
    return Fact(name, sent, found, (Decimal(sent) if sent else None) != found)


def _member(name: str, sent: str, standing: UsageEvent) -> Fact:
    known = load_directory(standing.organization_id).members
    return _named(name, sent, known.get(sent, 0), ScopeKind.MEMBER.value, standing.member_id, standing)


def _project(name: str, sent: str, standing: UsageEvent) -> Fact:
    known = load_directory(standing.organization_id).projects
    return _named(name, sent, known.get(sent, 0), ScopeKind.PROJECT.value, standing.project_id, standing)


def _integration(name: str, sent: str, standing: UsageEvent) -> Fact:
    row = Integration.objects.filter(organization_id=standing.organization_id, external_id=sent).first()
    sent_id = (row.merged_into_id or row.pk) if row else 0
    return _named(name, sent, sent_id, INTEGRATION, standing.integration_id, standing)


def _department(name: str, sent: str, standing: UsageEvent) -> Fact:
    """The member's department comes before the one that was sent, so the latter cannot be told from the ledger."""
    return Fact(name, sent, None, None)


def _named(name: str, sent: str, sent_id: int, entity: str, standing_id: int, standing: UsageEvent) -> Fact:
    key = (entity, standing_id)
    found = directory_names(standing.organization_id, [key]).get(key) if standing_id else None
    is_same = sent_id == standing_id if sent else standing_id == 0
    return Fact(name, sent, sent if is_same else found.external_id if found else "", not is_same)


def _conversation(name: str, sent: str, standing: UsageEvent) -> Fact:
    organization_id = standing.organization_id
    sent_id = UUID(derived_id(organization_id, "chat", sent)) if sent else None
    chats = Chat.objects.filter(organization_id=organization_id)
    found = chats.filter(id=standing.chat_id).first() if standing.chat_id else None
    is_same = sent_id == standing.chat_id
    return Fact(name, sent, sent if is_same else found.external_id if found else "", not is_same)


def _message(name: str, sent: str, standing: UsageEvent) -> Fact:
    """A message's id holds its chat's, so messages of other chats are others; what is shown is the client's own id."""
    rows = Message.objects.filter(organization_id=standing.organization_id, period=standing.period)
    row = rows.filter(id=standing.message_id).first() if standing.message_id else None
    found = row.external_id if row else ""
    return Fact(name, sent, found, sent != found)


def _composition(name: str, sent: Any, standing: UsageEvent) -> Fact:
    was_sent = (
        {part: getattr(sent, part) for part in _COMPOSITION} if sent else dict.fromkeys(_COMPOSITION, 0)
    )
    found = {part: getattr(standing, column) for part, column in _COMPOSITION.items()}
    return Fact(name, _told(was_sent), _told(found), was_sent != found)


def _told(parts: dict[str, int]) -> dict[str, int]:
    return {part: tokens for part, tokens in parts.items() if tokens}


def _tools(name: str, sent: Iterable[Any], standing: UsageEvent) -> Fact:
    was_sent = [{"name": tool.name, "calls": tool.calls, "tokens": tool.tokens} for tool in sent]
    found = standing.tools or []
    return Fact(name, was_sent, found, was_sent != found)


def _files(name: str, sent: Iterable[Any], standing: UsageEvent) -> Fact:
    """Files by their ids and tokens; sizes belong to the file, not to its use."""
    stored = standing.files or []
    ids = [use["id"] for use in stored]
    rows = File.objects.filter(organization_id=standing.organization_id, id__in=ids)
    names = {pk.hex: external_id for pk, external_id in rows.values_list("id", "external_id")}
    was_sent = [
        {"file_id": file.file_id, "tokens": file.tokens, "processed": True}
        if file.processed
        else {"file_id": file.file_id, "tokens": file.tokens, "cache_read_tokens": file.cache_read_tokens}
        for file in sent
    ]
    found = [
        {"file_id": names.get(UUID(use["id"]).hex, use["id"])}
        | (
            {"tokens": use["tokens"], "cache_read_tokens": use["cache_read_tokens"]}
            if "cost" in use
            else {"processed": True}
        )
        for use in stored
    ]
    comparable = [
        {key: value for key, value in use.items() if not (use.get("processed") and key == "tokens")}
        for use in was_sent
    ]
    return Fact(name, was_sent, found, comparable != found)


_COMPARED: Final[dict[str, Callable[[str, Any, UsageEvent], Fact]]] = {
    "occurred_at": _occurred,
    "cache_creation_input_tokens": _cache_creation,
    "cache_creation_1h_input_tokens": _one_hour,
    "reported_cost": _reported_cost,
    "member_id": _member,
    "project_id": _project,
    "department_id": _department,
    "integration_id": _integration,
    "conversation_id": _conversation,
    "message_id": _message,
    "composition": _composition,
    "tools": _tools,
    "files": _files,
}
"""Fields that the ledger keeps under another name, as ids of its own, or as parts."""
