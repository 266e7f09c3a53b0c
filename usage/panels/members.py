"""The table of members: its orders, its search, and its pages. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from usage.breakdown import Name
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
    """How much a member used in the days shown.

    ``name``, and ``last_day``, the last of the days with usage, are there where the table is sorted or searched by it.
    """

    id: int
    tokens: int
    contracted_cost: Decimal
    name: Name
    last_day: date | None


_NAMELESS: Final = Name("")
_READ: Final[Mapping[MemberSort, tuple[Read, ...]]] = {
    MemberSort.COST: (read_money, read_number),
    MemberSort.TOKENS: (read_number,),
    MemberSort.NAME: (str,),
    MemberSort.LAST_ACTIVE: (read_number,),
}
"""How what ``_key`` gives is read back."""
_SIZES: Final[Mapping[MemberSort, tuple[str, ...]]] = {
    MemberSort.COST: ("-contracted_cost", "-tokens"),
    MemberSort.TOKENS: ("-tokens",),
}
"""What ``_key`` gives, as SQL."""


def members_used(
    sizes: Sequence[tuple[int, int, Decimal]], *, names: Mapping[int, Name], last_days: Mapping[int, date]
) -> list[MemberUse]:
    """From ids, tokens and cost, id 0 for usage without a member, to what each has used."""
    return [
        MemberUse(member_id, tokens, cost, names.get(member_id, _NAMELESS), last_days.get(member_id))
        for member_id, tokens, cost in sizes
    ]


def matching(members: Sequence[MemberUse], text: str) -> Sequence[MemberUse]:
    """The members whose name or id at the client contains ``text``, upper and lower case alike."""
    wanted = text.strip().casefold()
    if not wanted:
        return members
    return [
        member
        for member in members
        if wanted in member.name.name.casefold() or wanted in member.name.external_id.casefold()
    ]


def asked_members(parameters: Parameters, sort: MemberSort) -> Turn:
    """The page that is asked for. Raises ``BadFilter``."""
    return asked_turn(parameters, order=sort.value, read=_READ[sort], read_id=read_number)


def ranked_by_size(sort: MemberSort, turn: Turn) -> Ranked | None:
    """Which members a page may hold, where their sizes alone say so."""
    if sort not in _SIZES:
        return None
    position = turn.position
    value = () if position is None else position.value
    key = value if isinstance(value, tuple) else (value,)
    return Ranked(
        by=(*_SIZES[sort], "entry_id"),
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
        return (member.name.name.casefold(),)
    if sort is MemberSort.COST:
        return -member.contracted_cost, -member.tokens
    if sort is MemberSort.TOKENS:
        return (-member.tokens,)
    return (-(member.last_day.toordinal() if member.last_day else 0),)
