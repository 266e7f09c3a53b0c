"""Pages of long lists by key: each goes on where the one before ended, whatever came in between. Pure."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _

from usage.panels.filters import BadFilter, Parameters, one

AFTER: Final = "after"
BEFORE: Final = "before"
LIMIT: Final = "limit"
MOST_ROWS: Final = 200
ROWS: Final = 50

_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_MONEY: Final = re.compile(r"-?[0-9]{1,23}(\.[0-9]{1,15})?")
Item = TypeVar("Item")
Value = Decimal | int | datetime


def read_number(text: str) -> int:
    """A whole number of a position. Raises ``ValueError``, as the other two do."""
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
    """Where a row stands: what it is sorted by, its value, and its id. As text it is opaque."""

    order: str
    value: Value
    id: UUID

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else str(self.value)
        if isinstance(self.value, Decimal):
            value = f"{self.value:f}"
        return urlsafe_b64encode(f"{self.order} {self.id.hex} {value}".encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, *, order: str, read: Callable[[str], Value]) -> "Position":
        """The position that ``text`` names in a list sorted by ``order``. Raises ``ValueError``."""
        plain = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
        named, id_, value = plain.split(" ")
        if named != order:
            raise ValueError("of another order")
        return cls(order, read(value), UUID(id_))


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Which page is asked for: the rows after a position, or (``is_back``) before it; the first ones without."""

    order: str
    limit: int = ROWS
    position: Position | None = None
    is_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some rows, and where the neighbouring pages go on; None at the ends."""

    rows: tuple[Item, ...]
    previous: Position | None = None
    next: Position | None = None


def asked_turn(parameters: Parameters, *, order: str, read: Callable[[str], Value]) -> Turn:
    """The page that ``after``, ``before`` and ``limit`` ask for. Raises ``BadFilter``."""
    after, before = one(parameters, AFTER), one(parameters, BEFORE)
    if after and before:
        raise BadFilter(BEFORE, _("Give either what comes before or what comes after."))
    position = None
    if text := after or before:
        try:
            position = Position.parse(text, order=order, read=read)
        except ValueError:
            name = AFTER if after else BEFORE
            raise BadFilter(name, _("This is no position in this list. Begin with the first page.")) from None
    return Turn(order=order, limit=_limit(parameters), position=position, is_back=bool(before))


def page_of(
    found: list[Mapping[str, Any]], turn: Turn
) -> tuple[list[Mapping[str, Any]], Position | None, Position | None]:
    """The rows of a page in order, and the positions of its neighbours.

    ``found`` are up to ``turn.limit`` + 1 rows with ``key`` and ``id``, away from the position that was asked for.
    """
    shown = found[: turn.limit]
    goes_on = len(found) > turn.limit
    if turn.is_back:
        shown.reverse()
    has_previous = goes_on if turn.is_back else turn.position is not None
    has_next = turn.is_back or goes_on
    ends = [Position(turn.order, row["key"], row["id"]) for row in (shown[:1] + shown[-1:])]
    if not ends:
        return shown, None, None
    return shown, ends[0] if has_previous else None, ends[-1] if has_next else None


def _limit(parameters: Parameters) -> int:
    text = one(parameters, LIMIT)
    if not text:
        return ROWS
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MOST_ROWS):
        raise BadFilter(LIMIT, _("This is a whole number from 1 to %(most)d.") % {"most": MOST_ROWS})
    return int(text)
