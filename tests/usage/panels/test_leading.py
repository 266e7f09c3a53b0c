"""What the database ranks is what would be ranked from all of it: tops, lines, members, with merged entries."""

from dataclasses import replace
from datetime import date

import pytest

from teams.models import Member
from tests.usage.overview.scene import OCT
from tests.usage.panels.test_skeleton_reading import roles, world_of
from usage.breakdown import Told, leading
from usage.enums import RowKind
from usage.panels.members import (
    MemberSort,
    MemberUse,
    asked_members,
    members_page,
    members_used,
    needed,
    ranked_members,
)
from usage.panels.paging import Page
from usage.panels.sums_sql import Leading
from usage.panels.vocabulary import Dimension
from usage.queries.panels.parts import unnamed_rows
from usage.queries.panels.sums import Sizes, spend_of_sums

ENTRIES = (
    Dimension.DEPARTMENT,
    Dimension.PROJECT,
    Dimension.MEMBER,
    Dimension.INTEGRATION,
    Dimension.MODEL,
)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("seed", "is_kept"), [(11, False), (12, True)])
def test_top_rows_and_the_rest_are_those_of_all_rows(seed: int, is_kept: bool) -> None:
    world = world_of(seed, is_kept=is_kept)
    cut = 0
    for access, _sees in roles(world):
        request = world.request(access)
        reader, spans = request.reader, request.spans
        is_compared = spans.compared is not None
        for top in (0, 1, 2):
            told = reader.told_of_each(ENTRIES, spans, Leading(by_cost=top + 1))
            for by in ENTRIES:
                everything = Told(reader.spends(by, spans))
                rows = unnamed_rows(by.value, told[by], is_compared=is_compared, top=top)
                assert rows == unnamed_rows(by.value, everything, is_compared=is_compared, top=top)
                assert told[by].total == everything.total
                cut += any(row.kind is RowKind.OTHER for row in rows)
    assert cut > 5


@pytest.mark.parametrize(("seed", "is_kept"), [(13, False), (14, True)])
def test_lines_are_among_those_that_lead_by_cost_or_by_tokens(seed: int, is_kept: bool) -> None:
    world = world_of(seed, is_kept=is_kept)
    for access, _sees in roles(world):
        reader, spans = world.request(access).reader, world.request(access).spans
        for by in ENTRIES:
            everything = unnamed_rows(by.value, Told(reader.spends(by, spans)), is_compared=False)
            for count in (1, 2):
                told = reader.told_of_each((by,), spans, Leading(by_cost=count, by_tokens=count))[by]
                rows = unnamed_rows(by.value, told, is_compared=False)
                assert [row.id for row in leading(rows, count=count)] == [
                    row.id for row in leading(everything, count=count)
                ]


@pytest.mark.parametrize(("seed", "is_kept"), [(15, False), (16, True)])
def test_sizes_are_those_of_whoever_has_anything(seed: int, is_kept: bool) -> None:
    world = world_of(seed, is_kept=is_kept)
    for access, _sees in roles(world):
        reader, spans = world.request(access).reader, world.request(access).spans
        expected = {
            (entry_id, spend.measures.total_tokens, spend.measures.contracted_cost)
            for entry_id, spend in reader.spends(Dimension.MEMBER, spans).items()
            if spend
        }
        sizes = reader.sizes(Dimension.MEMBER, spans)
        assert {*zip(sizes.ids, *sizes.columns.values(), strict=True)} == expected
        assert sizes.count == sum(1 for entry_id, *_size in expected if entry_id)


@pytest.mark.parametrize(("seed", "is_kept"), [(17, False), (18, True)])
def test_pages_of_members_are_those_of_all_of_them(seed: int, is_kept: bool) -> None:
    world = world_of(seed, is_kept=is_kept)
    walked = 0
    for access, _sees in roles(world):
        reader, spans = world.request(access).reader, world.request(access).spans
        for sort in (MemberSort.COST, MemberSort.TOKENS, MemberSort.LAST_ACTIVE):
            told = needed(sort, "")
            everyone = reader.sizes(Dimension.MEMBER, spans, told=told)
            cursor, back = "", ""
            while True:
                page = _page(everyone, sort, cursor)
                turn = asked_members({"cursor": [cursor], "page_size": ["2"]}, sort)
                ranked = ranked_members(sort, turn)
                assert ranked is not None
                sizes = reader.sizes(Dimension.MEMBER, spans, ranked=ranked, told=told)
                assert sizes.count == everyone.count
                assert _page(sizes, sort, cursor) == page
                assert (0 in sizes.ids) is (0 in everyone.ids)
                walked += 1
                # To the end, and back again.
                back = back or ("back" if not page.next else "")
                cursor = page.previous if back else page.next
                if not cursor:
                    break
    assert walked > 10


@pytest.mark.parametrize(("seed", "is_kept"), [(21, False), (22, True), (23, True)])
def test_last_days_of_members_are_told_with_their_sizes(seed: int, is_kept: bool) -> None:
    """Where a month that is read goes on after the days shown, where it began before them, and where it is whole; of
    whoever used something only in the days compared, too."""
    world = world_of(seed, is_kept=is_kept, only_on=date(2026, 10, 2))
    found = 0
    whole, cut = (("10-01", "10-31"), ("10-03", "10-31")), (("10-01", "11-11"), ("11-01", "11-15"))
    for first, last in (*whole, *cut, ("10-09", "10-25")):
        for access, _sees in roles(world):
            request = world.request(
                access, compare="previous", **{"from": f"2026-{first}", "to": f"2026-{last}"}
            )
            sizes = request.reader.sizes(Dimension.MEMBER, request.spans, told=("last_day",))
            expected = request.reader.last_days(Dimension.MEMBER, request.spans.shown)
            assert [*sizes.columns.get("last_day", ())] == [expected.get(one) for one in sizes.ids]
            found += len({*expected.values()})
    assert found > 20


def test_a_day_of_which_nothing_is_left_is_nobodys_last() -> None:
    """It is read by itself, behind a month that is kept."""
    emptied = date(2026, 11, 1)
    world = world_of(24, is_kept=True, only_on=date(2026, 10, 20), emptied=emptied)
    found = []
    for access, _sees in roles(world):
        request = world.request(access, **{"from": "2026-10-01", "to": emptied.isoformat()})
        reader = replace(request.reader, kept={OCT: request.reader.kept[OCT]})
        sizes = reader.sizes(Dimension.MEMBER, request.spans, told=("last_day",))
        expected = reader.last_days(Dimension.MEMBER, request.spans.shown)
        told = [*sizes.columns.get("last_day", ())]
        assert told == [expected.get(one) for one in sizes.ids]
        found += told
    assert date(2026, 10, 20) in found and emptied not in found


@pytest.mark.parametrize(("seed", "is_kept"), [(17, False), (18, True)])
def test_members_are_called_as_in_the_directory(seed: int, is_kept: bool) -> None:
    world = world_of(seed, is_kept=is_kept)
    for access, _sees in roles(world):
        reader, spans = world.request(access).reader, world.request(access).spans
        called = reader.sizes(Dimension.MEMBER, spans, told=("name", "external_id"))
        entries = {one.pk: one for one in Member.objects.filter(organization_id=reader.organization_id)}
        for entry_id, name, external_id in zip(called.ids, *called.columns.values(), strict=True):
            entry = entries.get(entry_id)
            assert (name, external_id) == (
                (entry.name or entry.external_id, entry.external_id) if entry else (None, None)
            )


def _page(sizes: Sizes, sort: MemberSort, cursor: str) -> Page[MemberUse]:
    turn = asked_members({"cursor": [cursor], "page_size": ["2"]}, sort)
    members = [one for one in members_used(sizes.ids, sizes.columns) if one.id]
    return members_page(members, sort=sort, turn=turn)


@pytest.mark.parametrize(("seed", "is_kept"), [(19, False), (20, True)])
@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-10-03", "2026-10-25"), ("2026-10-30", "2026-11-18"), ("2026-10-02", "2026-11-03")],
)
def test_pairs_come_with_the_last_of_the_days_shown(seed: int, is_kept: bool, first: str, last: str) -> None:
    world = world_of(seed, is_kept=is_kept)
    told = 0
    for access, _sees in roles(world):
        request = world.request(access, **{"from": first, "to": last})
        reader, spans = request.reader, request.spans
        pairs = reader.sums_of_pairs(Dimension.MEMBER, Dimension.MODEL, spans)
        by_member = reader.by_first(Dimension.MEMBER, pairs)
        assert {
            member_id: spend_of_sums(
                [sum(column) for column in zip(*(row[1:-1] for row in rows), strict=True)]
            )
            for member_id, rows in by_member.items()
        } == reader.spends(Dimension.MEMBER, spans)
        assert {
            member_id: max(days)
            for member_id, rows in by_member.items()
            if (days := [row[-1] for row in rows if row[-1]])
        } == reader.last_days(Dimension.MEMBER, spans.shown)
        told += len(by_member)
    assert told > 5
