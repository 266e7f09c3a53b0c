"""Chats and messages as panels list them. Frozen; money is US dollars, exact. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from usage.figures import Row
from usage.panels.paging import Page

_FITS_A_PATH: Final = re.compile(r"(?!\.{1,2}$)[^/\\\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]+")


class ChatOrder(StrEnum):
    """What a list of chats is sorted by, the largest or latest first."""

    COST = "cost"
    TOKENS = "tokens"
    LAST = "last"


ORDER_NAMES: Final[dict[ChatOrder, Promise]] = {
    ChatOrder.COST: _("Cost"),
    ChatOrder.TOKENS: _("Tokens"),
    ChatOrder.LAST: _("Last activity"),
}


def written_in_path(external_id: str, id_: UUID) -> str:
    """What an address calls something: the client's id, or ours where that would not survive in a path.

    Browsers resolve dots, and proxies slashes, even where they are percent-encoded.
    """
    return external_id if _FITS_A_PATH.fullmatch(external_id) else str(id_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    """What was used over some calls, corrections counted against what they correct.

    ``contracted_cost`` is at least this much while there are ``unpriced_events``. ``duration_ms`` is processing
    time, summed up; ``elapsed`` is the time from the first call to the last.
    """

    calls: int
    failures: int
    duration_ms: int
    input_tokens: int
    cache_read_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    contracted_cost: Decimal
    unpriced_events: int
    first_at: datetime
    last_at: datetime

    @property
    def total_tokens(self) -> int:
        """Input (cached tokens included) and output (reasoning included)."""
        return self.input_tokens + self.output_tokens

    @property
    def elapsed(self) -> timedelta:
        return self.last_at - self.first_at

    @property
    def elapsed_ms(self) -> int:
        return self.elapsed // timedelta(milliseconds=1)

    @property
    def is_taken_back(self) -> bool:
        """Whether nothing is left of it."""
        return not (self.calls or self.total_tokens or self.contracted_cost or self.unpriced_events)


CONSUMED: Final = (
    "calls",
    "failures",
    "duration_ms",
    "input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)
"""Fields of ``Consumed`` that stand under the same names in events, chats and messages."""


def consumed(row: Mapping[str, Any], *, prefix: str = "") -> dict[str, Any]:
    """The fields of ``Consumed`` from a row of a table, or from sums whose names begin with ``prefix``."""
    return {name: row[f"{prefix}{name}"] for name in (*CONSUMED, "contracted_cost")} | {
        "unpriced_events": row[f"{prefix}unpriced"],
        "first_at": row["first_at"],
        "last_at": row["last_at"],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRow(Consumed):
    """A chat, as far as it is shown. ``conversation_id`` is the client's, empty where a rebuild lost it.

    ``models`` are names, the dearest first; ``members`` are the names of who used it, most cost first.
    """

    id: UUID
    conversation_id: str
    title: str
    messages: int
    models: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """What addresses call it."""
        return written_in_path(self.conversation_id, self.id)

    @property
    def shown_title(self) -> str:
        return self.title or self.conversation_id or str(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow(Consumed):
    """A message of a chat. ``message_id`` is the client's, empty where an event came without one."""

    id: UUID
    message_id: str
    context_tokens: int
    time_to_first_token_ms: int | None
    models: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """What addresses call it."""
        return written_in_path(self.message_id, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatsAnswer:
    """A page of the chats with usage in the days shown.

    ``is_whole``: the figures are of whole chats, whoever used them and whenever. Otherwise they are of the part of
    each chat that the asker may see and the filter lets through. ``kept`` are the parameters beside the filter.
    """

    page: Page[ChatRow]
    order: ChatOrder
    search: str
    is_whole: bool

    @property
    def orders(self) -> tuple[tuple[str, Promise], ...]:
        """What the list can be sorted by."""
        return tuple((order.value, title) for order, title in ORDER_NAMES.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSummary:
    """One chat. ``models`` and ``members`` are lines that each add up to the chat exactly."""

    chat: ChatRow
    is_whole: bool
    models: tuple[Row, ...]
    members: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAnswer:
    """One chat and its messages."""

    summary: ChatSummary
    messages: Page[MessageRow]

    @property
    def chat(self) -> ChatRow:
        return self.summary.chat

    @property
    def is_whole(self) -> bool:
        return self.summary.is_whole

    @property
    def models(self) -> tuple[Row, ...]:
        return self.summary.models

    @property
    def members(self) -> tuple[Row, ...]:
        return self.summary.members

    @property
    def heading(self) -> str:
        return self.chat.shown_title
