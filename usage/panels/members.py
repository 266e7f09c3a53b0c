"""The table of members: its orders, its search, and its pages. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from usage.figures import Row
from usage.panels.filters import Parameters
from usage.panels.paging import Page, Read, Turn, Value, asked_turn, page_of, read_money, read_number, turned


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


@dataclass(frozen=True, slots=True)
class MemberUse:
    """A member in the days shown; ``last_day`` is the last of them with usage, None without any or where it is not
    asked for."""

    row: Row
    last_day: date | None


_READ: Final[Mapping[MemberSort, tuple[Read, ...]]] = {
    MemberSort.COST: (read_money, read_number),
    MemberSort.TOKENS: (read_number,),
    MemberSort.NAME: (str,),
    MemberSort.LAST_ACTIVE: (read_number,),
}
"""How what ``_key`` gives is read back."""


def matching(members: Sequence[Row], text: str) -> list[Row]:
    """The members whose name or id at the client contains ``text``, upper and lower case alike."""
    wanted = text.strip().casefold()
    return [
        member
        for member in members
        if wanted in member.name.casefold() or wanted in member.external_id.casefold()
    ]


def asked_members(parameters: Parameters, sort: MemberSort) -> Turn:
    """The page that is asked for. Raises ``BadFilter``."""
    return asked_turn(parameters, order=sort.value, read=_READ[sort], read_id=read_number)


def members_page(members: Sequence[MemberUse], *, sort: MemberSort, turn: Turn) -> Page[MemberUse]:
    """The page of ``members`` that ``turn`` asks for. A member who moves meanwhile moves no other's page."""
    found = turned(((_key(member, sort), member.row.id, member) for member in members), turn)
    rows, previous, following = page_of(found, turn)
    return Page(rows=tuple(row["item"] for row in rows), previous=previous, next=following)


def _key(member: MemberUse, sort: MemberSort) -> tuple[Value, ...]:
    """What members are ordered by, the smallest first; of equal costs the tokens decide."""
    row = member.row
    if sort is MemberSort.NAME:
        return (row.name.casefold(),)
    if sort is MemberSort.COST:
        return -row.measures.contracted_cost, -row.measures.total_tokens
    if sort is MemberSort.TOKENS:
        return (-row.measures.total_tokens,)
    return (-(member.last_day.toordinal() if member.last_day else 0),)
