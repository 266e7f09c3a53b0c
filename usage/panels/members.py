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
    """A member in the days shown; ``last_day`` is the last of them with usage, None without any or where it is not
    asked for."""

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


_Key = tuple[Decimal, int, str, int]
"""What members are ordered by: the figure or 0, of equal costs the tokens, the name or nothing, and the id."""


def matching(members: Sequence[Row], text: str) -> list[Row]:
    """The members whose name or id at the client contains ``text``, upper and lower case alike."""
    wanted = text.strip().casefold()
    return [
        member
        for member in members
        if wanted in member.name.casefold() or wanted in member.external_id.casefold()
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
        return Decimal(0), 0, row.name.casefold(), row.id
    if sort is MemberSort.COST:
        return -row.measures.contracted_cost, -row.measures.total_tokens, "", row.id
    if sort is MemberSort.TOKENS:
        return Decimal(0), -row.measures.total_tokens, "", row.id
    return Decimal(0), -(member.last_day.toordinal() if member.last_day else 0), "", row.id


def _written_key(key: _Key, sort: MemberSort) -> str:
    text = json.dumps([sort.value, str(key[0]), *key[1:]], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_key(text: str, sort: MemberSort) -> _Key:
    try:
        if len(text) > _MOST_CHARACTERS:
            raise ValueError(text)
        kind, money, figure, name, entry_id = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        cost = Decimal(money) if isinstance(money, str) else Decimal("NaN")
        numbers = type(figure) is type(entry_id) is int
        if kind != sort or not cost.is_finite() or not numbers or not isinstance(name, str):
            raise ValueError(text)
    except (ValueError, TypeError, InvalidOperation, RecursionError):
        raise BadKey from None
    return cost, figure, name, entry_id
