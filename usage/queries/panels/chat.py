"""One chat: what it used, on which models, by whom, and its messages in their order."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from usage.breakdown import Spend, Told
from usage.enums import Correction
from usage.figures import Measures
from usage.identity import derived_id
from usage.models import Chat, Message, UsageEvent
from usage.panels.chats import CONSUMED, ChatAnswer, ChatRow, ChatSummary, MessageRow, consumed
from usage.panels.paging import Page, Turn, asked_turn, page_of, read_instant
from usage.panels.vocabulary import Dimension
from usage.queries.names import model_names
from usage.queries.panels.chats import chat_row, events_of_chats, sees_whole_chats, shown_name
from usage.queries.panels.parts import named_rows, unnamed_rows
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.request import PanelRequest

IN_TIME: Final = "time"
"""The order of messages: by their first call."""

_SUMS: Final = {f"sum_{name}": Sum(name) for name in CONSUMED} | {
    "sum_unpriced": Sum("unpriced"),
    "sum_contracted_cost": Sum("contracted_cost", default=0),
    "first_at": Min("occurred_at"),
    "last_at": Max("occurred_at"),
}


def chat_panel(request: PanelRequest) -> ChatAnswer | None:
    """The chat that the address names; None when nothing of it is visible. Raises ``BadFilter``."""
    reader = request.reader
    chat = find_chat(reader.organization_id, request.names["conversation_id"])
    summary = _summary(reader, chat) if chat else None
    if chat is None or summary is None:
        return None
    return ChatAnswer(summary=summary, messages=messages_of(reader, chat, asked_messages(request)))


def chat_summary(request: PanelRequest) -> ChatSummary | None:
    """The same without the messages. Four queries at most."""
    chat = find_chat(request.reader.organization_id, request.names["conversation_id"])
    return _summary(request.reader, chat) if chat else None


def _summary(reader: PanelReader, chat: Chat) -> ChatSummary | None:
    row = chat_figures(reader, chat)
    if row is None:
        return None
    spends = zip((Dimension.MODEL, Dimension.MEMBER), _spends(reader, chat), strict=True)
    rows = named_rows(
        reader.organization_id,
        {by.value: unnamed_rows(by.value, Told(found), is_compared=False) for by, found in spends},
    )
    return ChatSummary(
        chat=row,
        is_whole=sees_whole_chats(reader),
        models=rows[Dimension.MODEL],
        members=rows[Dimension.MEMBER],
    )


def find_chat(organization_id: int, conversation_id: str) -> Chat | None:
    """A chat by the client's conversation id, or by its id in the ledger. What may be seen of it is not asked."""
    wanted = [UUID(derived_id(organization_id, "chat", conversation_id)), *_as_uuid(conversation_id)]
    found = {chat.id: chat for chat in Chat.objects.filter(organization_id=organization_id, id__in=wanted)}
    return next((found[id_] for id_ in wanted if id_ in found), None)


def find_message(chat: Chat, message_id: str) -> Message | None:
    """A message of a chat, one of its months' rows, by the client's id or by its id in the ledger."""
    derived = derived_id(chat.organization_id, "message", f"{chat.external_id}\0{message_id}")
    wanted = [UUID(derived), *_as_uuid(message_id)]
    messages = Message.objects.filter(organization_id=chat.organization_id, chat_id=chat.id, id__in=wanted)
    found = {message.id: message for message in messages.order_by("external_id")}
    return next((found[id_] for id_ in wanted if id_ in found), None)


def chat_figures(reader: PanelReader, chat: Chat) -> ChatRow | None:
    """What a chat used, as far as it is seen: the same figures as in the list. None where nothing is seen."""
    stored = {field.attname: getattr(chat, field.attname) for field in Chat._meta.concrete_fields}
    if sees_whole_chats(reader):
        return chat_row(stored)
    sums = events_of_chats(reader, [stored]).aggregate(
        **_SUMS, messages=Count("message_id", distinct=True), rows=Count("id")
    )
    if not sums["rows"]:
        return None
    return ChatRow(
        id=chat.id,
        conversation_id=chat.external_id,
        title=chat.title,
        messages=sums["messages"],
        **consumed(sums, prefix="sum_"),
    )


def asked_messages(request: PanelRequest) -> Turn:
    """The page of messages that is asked for. Raises ``BadFilter``."""
    return asked_turn(request.parameters, order=IN_TIME, read=read_instant)


def messages_of(reader: PanelReader, chat: Chat, turn: Turn) -> Page[MessageRow]:
    """A page of a chat's messages, the first one first, each summed up from the calls that are seen."""
    events = _events(reader, chat)
    grouped: Any = events.values("message_id").annotate(
        **_SUMS,
        sum_context=Sum("context_tokens"),
        first_token=Min("time_to_first_token_ms", filter=Q(correction=Correction.NONE)),
        key=F("first_at"),
        id=F("message_id"),
    )
    rows, previous, following = page_of(_turned(grouped, turn), turn)
    names = _client_ids(chat, rows)
    models = _models(events, rows)
    messages = tuple(
        MessageRow(
            id=row["message_id"],
            message_id=names.get(row["message_id"], ""),
            context_tokens=row["sum_context"],
            time_to_first_token_ms=row["first_token"],
            models=models.get(row["message_id"], ()),
            **consumed(row, prefix="sum_"),
        )
        for row in rows
    )
    return Page(rows=messages, previous=previous, next=following)


def _turned(grouped: "QuerySet[Any, Any]", turn: Turn) -> list[Mapping[str, Any]]:
    if position := turn.position:
        way = "lt" if turn.is_back else "gt"
        grouped = grouped.filter(
            Q(**{f"key__{way}": position.value})
            | Q(**{"key": position.value, f"message_id__{way}": position.id})
        )
    ordering = ("-key", "-message_id") if turn.is_back else ("key", "message_id")
    return list(grouped.order_by(*ordering)[: turn.limit + 1])


def _events(reader: PanelReader, chat: Chat) -> "QuerySet[UsageEvent]":
    span = {"id": chat.id, "first_at": chat.first_at, "last_at": chat.last_at}
    return events_of_chats(reader, [span]).filter(message_id__isnull=False)


def _client_ids(chat: Chat, rows: list[Mapping[str, Any]]) -> dict[UUID, str]:
    messages = Message.objects.filter(
        organization_id=chat.organization_id, chat_id=chat.id, id__in=[row["message_id"] for row in rows]
    )
    return dict(messages.order_by("external_id").values_list("id", "external_id"))


def _models(events: "QuerySet[UsageEvent]", rows: list[Mapping[str, Any]]) -> dict[UUID, tuple[str, ...]]:
    """Per message the names of its models, the dearest first."""
    shown = events.filter(message_id__in=[row["message_id"] for row in rows])
    grouped: list[Any] = list(
        shown.values("message_id", "model_id").annotate(
            cost=Sum("contracted_cost", default=0), used=Sum("calls")
        )
    )
    grouped.sort(key=lambda row: (-row["cost"], row["model_id"]))
    names = model_names(("model", row["model_id"]) for row in grouped)
    found: dict[UUID, tuple[str, ...]] = {}
    for row in grouped:
        if row["used"] or row["cost"]:
            name = shown_name(names, ("model", row["model_id"]))
            found[row["message_id"]] = (*found.get(row["message_id"], ()), name)
    return found


def _spends(reader: PanelReader, chat: Chat) -> tuple[dict[int | str, Spend], dict[int | str, Spend]]:
    """What each model and each member used of a chat."""
    grouped: Any = (
        _events(reader, chat)
        .values("model_id", "member_id")
        .annotate(
            calls_=Sum("calls"),
            input_=Sum("input_tokens"),
            output_=Sum("output_tokens"),
            cost_=Sum("contracted_cost", default=0),
            unpriced_=Sum("unpriced"),
            unpriced_tokens_=Sum(F("input_tokens") + F("output_tokens"), filter=~Q(unpriced=0), default=0),
        )
    )
    models: dict[int | str, Spend] = {}
    members: dict[int | str, Spend] = {}
    for row in grouped:
        names = ("calls_", "input_", "output_", "cost_", "unpriced_", "unpriced_tokens_")
        spend = Spend(Measures(*(row[name] for name in names)))
        member = reader.merged.shown_as(("member", row["member_id"]))[1]
        models[row["model_id"]] = models.get(row["model_id"], Spend()) + spend
        members[member] = members.get(member, Spend()) + spend
    return models, members


def _as_uuid(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []
