"""Pages of long lists by key: each goes on where the one before ended, whatever came in between. Pure.

A list is sorted by one value or by several, then by id. It reads up to one row more than the page it is asked for
(``asked_turn``) may hold, and ``page_of`` cuts them to the page and names the pages beside it.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from heapq import nlargest, nsmallest
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _

from usage.panels.filters import BadFilter, Parameters, one

CURSOR: Final = "cursor"
PAGE_SIZE: Final = "page_size"
SEARCH: Final = "search"
SORT: Final = "sort"
"""The parameters of every long list."""
MOST_ROWS: Final = 200
ROWS: Final = 50

_BACK: Final = "-"
_MOST_CHARACTERS: Final = 2000
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_MONEY: Final = re.compile(r"-?[0-9]{1,23}(\.[0-9]{1,15})?")
Item = TypeVar("Item")
Value = Decimal | int | datetime | str
Key = Value | tuple[Value, ...]
Id = UUID | int
Read = Callable[[str], Value]


def read_number(text: str) -> int:
    """A whole number of a position. Raises ``ValueError``, as the others do."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("no whole number")
    return int(text)


def read_money(text: str) -> Decimal:
    """An amount of a position."""
    if not _MONEY.fullmatch(text):
        raise ValueError("no amount")
    return Decimal(text)


def read_instant(text: str) -> datetime:
    """An instant of a position."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None or not 1 < read.year < 9999:
        raise ValueError("no instant")
    return read


@dataclass(frozen=True, slots=True)
class Position:
    """Where a row stands: what it is sorted by, its value or values, and its id. As text it is opaque."""

    order: str
    value: Key
    id: Id

    def __str__(self) -> str:
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        id_ = self.id.hex if isinstance(self.id, UUID) else str(self.id)
        told = json.dumps([self.order, id_, *map(_written, values)], separators=(",", ":"))
        return urlsafe_b64encode(told.encode()).decode().rstrip("=")

    @classmethod
    def parse(
        cls, text: str, *, order: str, read: Read | tuple[Read, ...], read_id: Callable[[str], Id] = UUID
    ) -> "Position":
        """The position that ``text`` names in a list sorted by ``order``. Raises ``ValueError``."""
        named, id_, *values = _told(text)
        if named != order:
            raise ValueError("of another order")
        if isinstance(read, tuple):
            several = tuple(one_of(value) for one_of, value in zip(read, values, strict=True))
            return cls(order, several, read_id(id_))
        (value,) = values
        return cls(order, read(value), read_id(id_))


def _written(value: Value) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _told(text: str) -> list[str]:
    """The texts that a position was written from, two of them at least."""
    if len(text) > _MOST_CHARACTERS:
        raise ValueError("too long for a position")
    try:
        told = json.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except RecursionError:
        raise ValueError("no position") from None
    if not isinstance(told, list) or len(told) < 2 or not all(isinstance(part, str) for part in told):
        raise ValueError("no position")
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Which page is asked for: the rows after a position, or (``is_back``) before it; the first ones without.

    A cursor is the position as text, with a minus before it for the rows before.
    """

    order: str
    limit: int = ROWS
    position: Position | None = None
    is_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some rows, and the cursors of the neighbouring pages; empty at the ends."""

    rows: tuple[Item, ...]
    previous: str = ""
    next: str = ""


def asked_turn(
    parameters: Parameters,
    *,
    order: str,
    read: Read | tuple[Read, ...],
    read_id: Callable[[str], Id] = UUID,
) -> Turn:
    """The page that ``cursor`` and ``page_size`` ask for. Raises ``BadFilter``."""
    text, position = one(parameters, CURSOR), None
    if text:
        try:
            position = Position.parse(text.removeprefix(_BACK), order=order, read=read, read_id=read_id)
        except ValueError:
            raise no_position() from None
    is_back = text.startswith(_BACK)
    return Turn(order=order, limit=asked_limit(parameters), position=position, is_back=is_back)


def no_position() -> BadFilter:
    """What is raised for a ``cursor`` that cannot be read."""
    return BadFilter(CURSOR, _("This is no position in this list. Begin with the first page."))


def turned(keyed: Iterable[tuple[tuple[Value, ...], int, Item]], turn: Turn) -> list[Mapping[str, Any]]:
    """What ``page_of`` takes, of a list that is in memory: key, id and ``item`` of all rows, smallest key first."""
    rows = keyed
    if turn.position:
        here = turn.position.value, turn.position.id
        rows = (row for row in keyed if (row[:2] < here if turn.is_back else row[:2] > here))
    first = nlargest if turn.is_back else nsmallest
    found = first(turn.limit + 1, rows, key=itemgetter(0, 1))
    return [{"key": key, "id": id_, "item": item} for key, id_, item in found]


def page_of(found: Sequence[Mapping[str, Any]], turn: Turn) -> tuple[list[Mapping[str, Any]], str, str]:
    """The rows of a page in order, and the cursors of its neighbours, empty where there are none.

    ``found`` are up to ``turn.limit`` + 1 rows with ``key`` and ``id``, away from the position that was asked for.
    """
    shown = list(found[: turn.limit])
    goes_on = len(found) > turn.limit
    if turn.is_back:
        shown.reverse()
    has_previous = goes_on if turn.is_back else turn.position is not None
    has_next = turn.is_back or goes_on
    ends = [Position(turn.order, row["key"], row["id"]) for row in (shown[:1] + shown[-1:])]
    if not ends:
        return shown, "", ""
    return shown, f"{_BACK}{ends[0]}" if has_previous else "", str(ends[-1]) if has_next else ""


def asked_limit(parameters: Parameters) -> int:
    """How many rows a page may have. Raises ``BadFilter``."""
    text = one(parameters, PAGE_SIZE)
    if not text:
        return ROWS
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MOST_ROWS):
        raise BadFilter(PAGE_SIZE, _("This is a whole number from 1 to %(most)d.") % {"most": MOST_ROWS})
    return int(text)
