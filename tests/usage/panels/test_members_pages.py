"""Orders, search and pages of any members."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.panels.filters import BadFilter
from usage.panels.members import MemberSort, MemberUse, asked_members, matching, members_page
from usage.panels.paging import Page


def _member(
    entry_id: int, *, cost: int = 0, tokens: int = 0, name: str = "", day: date | None = None
) -> MemberUse:
    return MemberUse(entry_id, tokens, Decimal(cost), name, f"m{entry_id}", day)


@given(
    members=st.lists(
        st.builds(
            _member,
            st.integers(1, 10**6),
            cost=st.integers(-3, 3),
            tokens=st.integers(0, 3),
            name=st.text(max_size=3),
            day=st.none() | st.dates(),
        ),
        max_size=20,
        unique_by=lambda member: member.id,
    ),
    sort=st.sampled_from(MemberSort),
    size=st.integers(1, 7),
)
def test_pages_hold_each_member_once_and_in_order(
    members: list[MemberUse], sort: MemberSort, size: int
) -> None:
    everyone = tuple(sorted(members, key=lambda member: _order(member, sort)))
    pages = [_page(members, sort, size)]
    while pages[-1].next:
        pages.append(_page(list(reversed(members)), sort, size, pages[-1].next))
    assert sum((page.rows for page in pages), ()) == everyone
    assert not pages[0].previous
    for page, following in pairwise(pages):
        back = _page(members, sort, size, following.previous)
        assert back.rows == page.rows


def _page(members: list[MemberUse], sort: MemberSort, size: int, cursor: str = "") -> Page[MemberUse]:
    turn = asked_members({"cursor": [cursor], "page_size": [str(size)]}, sort)
    return members_page(members, sort=sort, turn=turn)


def _order(member: MemberUse, sort: MemberSort) -> tuple[Any, ...]:
    orders: dict[MemberSort, tuple[Any, ...]] = {
        MemberSort.COST: (-member.contracted_cost, -member.tokens),
        MemberSort.TOKENS: (-member.tokens,),
        MemberSort.NAME: (member.name.casefold(),),
        MemberSort.LAST_ACTIVE: (-member.last_day.toordinal() if member.last_day else 0,),
    }
    return *orders[sort], member.id


@given(st.text())
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with suppress(BadFilter):
        _page([_member(1)], MemberSort.COST, 1, text)


def test_a_cursor_is_of_one_order() -> None:
    following = _page([_member(1), _member(2)], MemberSort.COST, 1).next
    with pytest.raises(BadFilter):
        _page([_member(1), _member(2)], MemberSort.TOKENS, 1, following)


def test_matching_ignores_case_and_spaces_around() -> None:
    street, other = _member(1, name="Straße"), _member(7, name="x")
    assert matching([street, other], " STRASSE ") == [street]
    assert matching([street, other], "M7") == [other]
    assert matching([street, other], " ") == [street, other]
