"""Orders, search and pages of any members."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from usage.enums import RowKind
from usage.figures import Measures, Row
from usage.panels.members import BadKey, MemberSort, MemberUse, matching, page_of


def _member(
    entry_id: int, *, cost: int = 0, tokens: int = 0, name: str = "", day: date | None = None
) -> MemberUse:
    measures = Measures(input_tokens=tokens, contracted_cost=Decimal(cost))
    row = Row(
        RowKind.NAMED, "member", entry_id, f"m{entry_id}", name, "", False, 1, measures, None, None, None
    )
    return MemberUse(row, day)


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
        unique_by=lambda member: member.row.id,
    ),
    sort=st.sampled_from(MemberSort),
    size=st.integers(1, 7),
)
def test_pages_hold_each_member_once_and_in_order(
    members: list[MemberUse], sort: MemberSort, size: int
) -> None:
    everyone = page_of(members, sort=sort, size=len(members) + 1).members
    paged: list[MemberUse] = []
    page = page_of(members, sort=sort, size=size)
    while True:
        paged += page.members
        if not page.next_key:
            break
        page = page_of(list(reversed(members)), sort=sort, size=size, after=page.next_key)
    assert tuple(paged) == everyone
    assert len(paged) == page.count == len(members)


@given(st.text())
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        page_of([_member(1)], sort=MemberSort.COST, size=1, after=text)
    except BadKey:
        pass


def test_matching_ignores_case_and_spaces_around() -> None:
    street, other = _member(1, name="Straße").row, _member(7, name="x").row
    assert matching([street, other], " STRASSE ") == [street]
    assert matching([street, other], "M7") == [other]
    assert matching([street, other], " ") == [street, other]
