"""The members of an organization: what each used, by what, and when last; a page at a time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from teams.queries.ahead import ahead, sent
from usage.breakdown import Key, Name, Spend, all_together, name_of, named
from usage.enums import RowKind
from usage.figures import Measures, Row, share_of
from usage.month_sql import SUMMED
from usage.panels.filters import BadFilter, one
from usage.panels.members import (
    MemberSort,
    MemberUse,
    asked_members,
    matching,
    members_page,
    members_used,
    needed,
    ranked_members,
)
from usage.panels.paging import SEARCH, SORT, Page
from usage.panels.vocabulary import Dimension
from usage.periods import local_midnight
from usage.queries.names import MODEL, names_ahead
from usage.queries.panels.options import model_value
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.sums import Sizes, spend_of_sums

_MEMBER: Final = Dimension.MEMBER
_TOKENS: Final = tuple(SUMMED.index(name) for name in ("input_tokens", "output_tokens"))
ModelSums = tuple[Any, ...]
"""A model's id, the sums of somebody's use of it, and the last day with any."""
# What began in these days was last used no earlier. Quiet chats have an index by members, in which those of each are
# counted faster than those of all are grouped; the others are few.
_BEGUN: Final = """organization_id = %(organization_id)s AND calls > 0
    AND last_at >= %(begins)s AND first_at >= %(begins)s AND first_at < %(ends)s"""
_CHATS_BEGUN: Final = f"""
    SELECT asked.id, (SELECT count(*) FROM usage_chat WHERE member_id = asked.id AND is_quiet AND {_BEGUN})
    FROM unnest(%(members)s::bigint[]) AS asked(id)
    UNION ALL
    SELECT member_id, count(*) FROM usage_chat
    WHERE member_id = ANY(%(members)s) AND NOT is_quiet AND {_BEGUN} GROUP BY member_id
"""


@dataclass(frozen=True, slots=True)
class FavouriteModel:
    """The model that most of somebody's tokens went to; ``value`` is what a filter calls it."""

    name: str
    provider_name: str
    value: str
    tokens: int


@dataclass(frozen=True, slots=True)
class BesideColumn:
    """A column that another app adds: its title, and the template of its cells, which show ``MemberLine.beside``."""

    title: str
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """One member. ``last_day`` is the last of the days shown with usage. ``chats_begun`` are the chats that they
    began on those days; None where not all of them may be counted."""

    row: Row
    last_day: date | None
    favourite: FavouriteModel | None
    chats_begun: int | None
    beside: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersAnswer:
    """A page of the members with usage, ``count`` of whom match the search.

    All members together and ``unattributed``, usage without a member, are ``total``; shares are of the total.
    """

    total: Spend
    page: Page[MemberLine]
    unattributed: Row | None
    count: int
    member_count: int
    sort: MemberSort
    search: str
    beside: BesideColumn | None = None

    @property
    def counts_chats(self) -> bool:
        """Whether the chats that somebody began may be counted here."""
        return any(member.chats_begun is not None for member in self.members)

    @property
    def members(self) -> tuple[MemberLine, ...]:
        """Those of this page."""
        return self.page.rows


def members_panel(request: PanelRequest) -> MembersAnswer:
    """The members as the page or the API asks for them. Raises ``BadFilter``."""
    sort, search = _sort(request), one(request.parameters, SEARCH)
    turn = asked_members(request.parameters, sort)
    ranked = None if search else ranked_members(sort, turn)
    sizes = request.reader.sizes(_MEMBER, request.spans, ranked=ranked, told=needed(sort, search))
    # What else a page tells is read later, of those on it.
    everyone = members_used(sizes.ids, _called(sizes))
    found = matching([one for one in everyone if one.id], search)
    page = members_page(found, sort=sort, turn=turn)
    nobody = [one for one in everyone if not one.id]
    is_all = len(page.rows) == sizes.count
    lines, unattributed, whole = _lines(request, page.rows, nobody, is_all=is_all)
    return MembersAnswer(
        total=whole,
        page=Page(rows=lines, previous=page.previous, next=page.next),
        unattributed=unattributed,
        count=sizes.count if ranked else len(found),
        member_count=sizes.count,
        sort=sort,
        search=search,
    )


def _called(sizes: Sizes) -> Mapping[str, Sequence[Any]]:
    """The columns of ``sizes``; who is gone from the directory is called by the id."""
    if None not in sizes.columns.get("name", ()):
        return sizes.columns
    names = zip(sizes.ids, sizes.columns["name"], strict=True)
    called = [name_of((_MEMBER.value, one), {}).name if name is None else name for one, name in names]
    external_ids = [one or "" for one in sizes.columns.get("external_id", ())]
    return {**sizes.columns, "name": called, **({"external_id": external_ids} if external_ids else {})}


def _lines(
    request: PanelRequest, members: Sequence[MemberUse], nobody: Sequence[MemberUse], *, is_all: bool
) -> tuple[tuple[MemberLine, ...], Row | None, Spend]:
    """Lines of ``members``, the row of what ``nobody`` used if there is any, and what all come to, of whom these
    may be all."""
    ids = [member.id for member in members]
    if not (members or nobody):
        return (), None, request.reader.total(request.spans)
    with ahead():
        total_read = None if is_all else request.reader.total_ahead(request.spans)
        everyone = _only(request, [*ids, *(one.id for one in nobody)])
        sums = everyone.sums_of_pairs(_MEMBER, Dimension.MODEL, request.spans)
        begun_read = _chats_begun(request, ids)
        # The server counts chats meanwhile.
        of_each = everyone.by_first(_MEMBER, sums)
        favourites = {one: found for one in ids if (found := _favourite_of(of_each[one]))}
        models = {(MODEL, model_id) for model_id, _tokens in favourites.values()}
        names_read = names_ahead(request.organization.pk, [*((_MEMBER.value, one) for one in ids), *models])
        spends = {member_id: _together(rows) for member_id, rows in of_each.items()}
        is_compared = request.spans.compared is not None
        total = total_read() if total_read else all_together(spends.values())
        whole = total.measures
        rows = [_row(one.id, spends[one.id], whole, is_compared=is_compared) for one in (*members, *nobody)]
        names, begun = names_read(), begun_read()
    lines = tuple(
        MemberLine(
            row=row,
            last_day=max((last for *_sums, last in of_each[row.id] if last), default=None),
            favourite=_favourite(favourites.get(row.id), names),
            chats_begun=None if begun is None else begun.get(row.id, 0),
        )
        for row in named(rows[: len(ids)], names)
    )
    return lines, next(iter(rows[len(ids) :]), None), total


def _row(member_id: int, spend: Spend, whole: Measures, *, is_compared: bool) -> Row:
    """A line without its name."""
    return Row(
        kind=RowKind.NAMED if member_id else RowKind.UNATTRIBUTED,
        entity=_MEMBER.value,
        id=member_id,
        external_id="",
        name="",
        detail="",
        is_placeholder=False,
        entries=1,
        measures=spend.measures,
        share_of_tokens=share_of(spend.measures.total_tokens, whole.total_tokens),
        share_of_cost=share_of(spend.measures.contracted_cost, whole.contracted_cost),
        change=spend.change if is_compared else None,
    )


def _only(request: PanelRequest, member_ids: Sequence[int]) -> PanelReader:
    """Reads the usage of these members, as far as the filter lets it through."""
    merged, chosen = request.reader.merged, request.reader.chosen
    ids = frozenset(old for member_id in member_ids for old in merged.shown_under((_MEMBER.value, member_id)))
    return replace(
        request.reader, chosen={**chosen, _MEMBER: ids & chosen[_MEMBER] if _MEMBER in chosen else ids}
    )


def _together(rows: Sequence[ModelSums]) -> Spend:
    """What a member used of all models."""
    return spend_of_sums(
        [sum(column) for column in zip(*(sums for _model_id, *sums, _last in rows), strict=True)]
    )


def _favourite_of(rows: Iterable[ModelSums]) -> tuple[int, int] | None:
    """The model with the most tokens in the days shown, and these; ties go to the one known longest."""
    tokens: dict[int, int] = {}
    for model_id, *sums in rows:
        if model_id:
            tokens[model_id] = tokens.get(model_id, 0) + sum(sums[place] for place in _TOKENS)
    return max(
        ((model_id, count) for model_id, count in tokens.items() if count > 0),
        key=lambda of: (of[1], -of[0]),
        default=None,
    )


def _favourite(found: tuple[int, int] | None, names: Mapping[Key, Name]) -> FavouriteModel | None:
    name = names.get((MODEL, found[0])) if found else None
    if found is None or name is None:
        return None
    return FavouriteModel(name.name, name.detail, model_value(name.detail, name.external_id), found[1])


def _chats_begun(request: PanelRequest, member_ids: Sequence[int]) -> Callable[[], Mapping[int, int] | None]:
    """How many chats each member began on the days shown. Sent ahead.

    A chat belongs to whoever began it and to no department, model or feature: with another filter, or for who does
    not see the whole organization, it cannot be told which of them to count.
    """
    if not request.visible.whole_organization or set(request.reader.chosen) - {_MEMBER}:
        return lambda: None
    zone, shown = ZoneInfo(request.time_zone), request.spans.shown
    begins, ends = (local_midnight(day, zone) for day in (shown.first, shown.last + timedelta(days=1)))
    merged = request.reader.merged
    ids = {old for member_id in member_ids for old in merged.shown_under((_MEMBER.value, member_id))}
    found = sent(
        _CHATS_BEGUN,
        {"organization_id": request.organization.pk, "members": sorted(ids), "begins": begins, "ends": ends},
    )

    def begun() -> Mapping[int, int]:
        result: dict[int, int] = {}
        for member_id, count in found():
            shown_as = merged.shown_as((_MEMBER.value, member_id))[1]
            result[shown_as] = result.get(shown_as, 0) + count
        return result

    return begun


def _sort(request: PanelRequest) -> MemberSort:
    text = one(request.parameters, SORT)
    try:
        return MemberSort(text or MemberSort.COST)
    except ValueError:
        known = ", ".join(sort.value for sort in MemberSort)
        raise BadFilter(SORT, _("Choose one of: %(known)s.") % {"known": known}) from None
