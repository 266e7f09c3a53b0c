"""The table of members: its orders, its search, and its pages. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import repeat
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from usage.panels.filters import Parameters
from usage.panels.paging import Page, Read, Turn, Value, asked_turn, page_of, read_money, read_number, turned
from usage.panels.sizes_sql import Ranked


class MemberSort(StrEnum):
    """What the table is sorted by; figures largest first, names from A."""

    COST = "cost"
    TOKENS = "tokens"
    NAME = "name"
    LAST_ACTIVE = "last_active"


SORT_NAMES: Final[dict[MemberSort, Promise]] = {
    MemberSort.COST: _("Cost"),
    MemberSort.TOKENS: _("Tokens"),
    MemberSort.NAME: _("Name"),
    MemberSort.LAST_ACTIVE: _("Last active"),
}


class MemberUse(NamedTuple):
    """How much a member used in the days shown, the last of these with usage, and how they are called here and by the
    client: as far as the table is sorted or searched by it (``needed``)."""

    id: int
    tokens: int = 0
    contracted_cost: Decimal = Decimal(0)
    name: str = ""
    external_id: str = ""
    last_day: date | None = None


_READ: Final[Mapping[MemberSort, tuple[Read, ...]]] = {
    MemberSort.COST: (read_money, read_number),
    MemberSort.TOKENS: (read_number,),
    MemberSort.NAME: (str,),
    MemberSort.LAST_ACTIVE: (read_number,),
}
"""How what ``_key`` gives is read back."""
_NEEDED: Final[Mapping[MemberSort, tuple[str, ...]]] = {
    MemberSort.COST: ("contracted_cost", "tokens"),
    MemberSort.TOKENS: ("tokens",),
    MemberSort.NAME: ("name",),
    MemberSort.LAST_ACTIVE: ("last_day",),
}
_RANKED_BY: Final[Mapping[MemberSort, tuple[str, ...]]] = {
    MemberSort.COST: ("-contracted_cost", "-tokens"),
    MemberSort.TOKENS: ("-tokens",),
    MemberSort.LAST_ACTIVE: ("-coalesce(last_day - '0001-01-01'::date + 1, 0)",),
}
"""What ``_key`` gives, as SQL. Upper and lower case are alike to each database in another way, so names are sorted
here."""


def needed(sort: MemberSort, search: str) -> tuple[str, ...]:
    """Which fields of ``MemberUse`` an order and a search take."""
    return tuple(dict.fromkeys((*_NEEDED[sort], *(("name", "external_id") if search else ()))))


def members_used(ids: Sequence[int], columns: Mapping[str, Iterable[Any]]) -> list[MemberUse]:
    """From ids, 0 for usage without a member, and columns of their fields to what each has used."""
    fields = [columns.get(name, repeat(default)) for name, default in MemberUse._field_defaults.items()]
    return [*map(MemberUse._make, zip(ids, *fields, strict=False))]


def matching(members: Sequence[MemberUse], text: str) -> Sequence[MemberUse]:
    """The members whose name or id at the client contains ``text``, upper and lower case alike."""
    wanted = text.strip().casefold()
    if not wanted:
        return members
    return [
        member
        for member in members
        if wanted in member.name.casefold() or wanted in member.external_id.casefold()
    ]


def asked_members(parameters: Parameters, sort: MemberSort) -> Turn:
    """The page that is asked for. Raises ``BadFilter``."""
    return asked_turn(parameters, order=sort.value, read=_READ[sort], read_id=read_number)


def ranked_members(sort: MemberSort, turn: Turn) -> Ranked | None:
    """Which members a page may hold, where the database can say so."""
    if sort not in _RANKED_BY:
        return None
    position = turn.position
    value = () if position is None else position.value
    key = value if isinstance(value, tuple) else (value,)
    return Ranked(
        by=(*_RANKED_BY[sort], "entry_id"),
        limit=turn.limit + 1,
        position=None if position is None else (*key, position.id),
        is_back=turn.is_back,
    )


def members_page(members: Sequence[MemberUse], *, sort: MemberSort, turn: Turn) -> Page[MemberUse]:
    """The page of ``members`` that ``turn`` asks for. A member who moves meanwhile moves no other's page."""
    found = turned(((_key(member, sort), member.id, member) for member in members), turn)
    rows, previous, following = page_of(found, turn)
    return Page(rows=tuple(row["item"] for row in rows), previous=previous, next=following)


def _key(member: MemberUse, sort: MemberSort) -> tuple[Value, ...]:
    """What members are ordered by, the smallest first; of equal costs the tokens decide."""
    if sort is MemberSort.NAME:
        return (member.name.casefold(),)
    if sort is MemberSort.COST:
        return -member.contracted_cost, -member.tokens
    if sort is MemberSort.TOKENS:
        return (-member.tokens,)
    return (-(member.last_day.toordinal() if member.last_day else 0),)
