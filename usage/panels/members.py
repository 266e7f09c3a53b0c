"""The table of members: its orders, its search, and its pages, which begin after a key. Pure."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from usage.figures import Row

PAGE_SIZE: Final = 50
MOST_ROWS: Final = 200
_MOST_CHARACTERS: Final = 2000


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
    """A member in the days shown; ``last_day`` is the last of them with usage, None where only the days compared
    have some."""

    row: Row
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some members in order. ``count`` are all that match; ``next_key`` begins the page after this one, or is empty."""

    members: tuple[MemberUse, ...]
    count: int
    next_key: str


class BadKey(Exception):
    """A page's key that was not made here."""


_Key = tuple[Decimal, str, int]
"""What members are ordered by: the figure or 0, the name or nothing, and the id, which settles ties."""


def matching(members: Sequence[MemberUse], text: str) -> list[MemberUse]:
    """The members whose name or id at the client contains ``text``, upper and lower case alike."""
    wanted = text.strip().casefold()
    return [
        member
        for member in members
        if wanted in member.row.name.casefold() or wanted in member.row.external_id.casefold()
    ]


def page_of(members: Sequence[MemberUse], *, sort: MemberSort, size: int, after: str = "") -> Page:
    """``size`` of ``members`` after the key ``after``. A member who moves meanwhile moves no other's page.

    Raises ``BadKey``.
    """
    keyed = sorted(((_key(member, sort), member) for member in members), key=lambda pair: pair[0])
    if after:
        begin = _read_key(after, sort)
        rest = [pair for pair in keyed if pair[0] > begin]
    else:
        rest = keyed
    shown = rest[:size]
    return Page(
        members=tuple(member for _found, member in shown),
        count=len(keyed),
        next_key=_written_key(shown[-1][0], sort) if len(rest) > size else "",
    )


def _key(member: MemberUse, sort: MemberSort) -> _Key:
    row = member.row
    if sort is MemberSort.NAME:
        return Decimal(0), row.name.casefold(), row.id
    if sort is MemberSort.COST:
        return -row.measures.contracted_cost, "", row.id
    if sort is MemberSort.TOKENS:
        return Decimal(-row.measures.total_tokens), "", row.id
    return Decimal(-(member.last_day.toordinal() if member.last_day else 0)), "", row.id


def _written_key(key: _Key, sort: MemberSort) -> str:
    figure, name, entry_id = key
    text = json.dumps([sort.value, str(figure), name, entry_id], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_key(text: str, sort: MemberSort) -> _Key:
    try:
        if len(text) > _MOST_CHARACTERS:
            raise ValueError(text)
        kind, figure, name, entry_id = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        number = Decimal(figure) if isinstance(figure, str) else Decimal("NaN")
        if kind != sort or not number.is_finite() or not isinstance(name, str) or type(entry_id) is not int:
            raise ValueError(text)
    except (ValueError, TypeError, InvalidOperation, RecursionError):
        raise BadKey from None
    return number, name, entry_id
