"""Quiet chats in the order of a list, as SQL that looks at few of them, however many there are.

They stand in strands of indexes: those that had their last events in the same week, of everybody or in a department,
in the order of cost or of tokens. A walk looks at the first few of each strand; of all of these together, the last of
as many as are wanted is the ``border``. What is wanted stands before it, so each strand is read up to there.

A word that is searched for is looked for in this order: some of each strand are looked at, and what is found among
these is first in order as far as each strand was looked at. If that is not enough, more are looked at: as many as
should have the page, going by how many of the first had the word. A word that is rare, or not found often enough after
all, is looked up in an index of words, and all that is found is put in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from usage.panels.chats import ChatOrder
from usage.panels.paging import Turn
from usage.panels.search_words import has_word
from usage.progress import Days

NOT_SHARED: Final = "NOT c.is_shared"
ENDED: Final = "c.last_at >= %(start)s AND c.last_at < %(end)s"

_KEYS: Final = {
    ChatOrder.COST: "{row}.contracted_cost",
    ChatOrder.TOKENS: "({row}.input_tokens + {row}.output_tokens)",
    ChatOrder.LAST: "{row}.last_at",
}
_FARTHEST: Final = {
    ChatOrder.COST: ("'-infinity'::numeric", "'infinity'::numeric"),
    ChatOrder.TOKENS: (f"({-(2**63) + 1})::bigint", f"{2**63 - 1}::bigint"),
    ChatOrder.LAST: ("'-infinity'::timestamptz", "'infinity'::timestamptz"),
}
"""Beyond all keys in the order of a list, and on the way back."""
# What was taken back altogether is as if it had never been.
_LEFT: Final = (
    "({row}.calls <> 0 OR {row}.input_tokens <> 0 OR {row}.output_tokens <> 0 OR {row}.contracted_cost <> 0 "
    "OR {row}.unpriced <> 0)"
)
FOUND: Final = "(c.title ILIKE %(like)s OR c.external_id ILIKE %(like)s)"
"""It has what is searched for."""
# As the index of words has them.
_WORDS: Final = "(c.title || E'\\n' || c.external_id)"
# The part of what is searched for that is found least often among the first chats, the longest of several.
_RAREST: Final = """rarest AS MATERIALIZED (
    SELECT part FROM unnest(%(parts)s::text[]) part
    ORDER BY (SELECT count(*) FROM looked_1 WHERE words ILIKE part), length(part) DESC LIMIT 1
)"""
# Without its type, the organization is none of the index.
_BY_RAREST: Final = (
    f"c.organization_id = %(organization_id)s::bigint AND {_WORDS} ILIKE (SELECT part FROM rarest)"
)
_SAMPLE: Final = 600
"""Chats of all strands together that are looked at first."""
_SLACK: Final = 2.75
"""Of how many chats with a word one is on the page, at most: half of them stand where not all strands were looked at,
and the first chats tell only about how often a word is found."""
MOST_LOOKED_AT: Final = 6500
"""To look at so many takes as long, about, as to look up those of a year that have a word which is found less often."""
_WEEK_LENGTH: Final = timedelta(days=7)
_WEEK: Final = "date_bin('7 days', {instant}, '2001-01-01 00:00:00+00')"
_FIRST_WEEK: Final = _WEEK.format(instant="%(start)s::timestamptz")
_WEEKS: Final = f"generate_series({_FIRST_WEEK}, %(end)s::timestamptz, '168 hours') week"
_OF_WEEK: Final = ("c.is_quiet", f"{_WEEK.format(instant='c.last_at')} = week", ENDED)
_SOME: Final = """SELECT c.id, {key} AS key{beside} FROM usage_chat c
    WHERE c.organization_id = %(organization_id)s AND {conditions} ORDER BY key {way}, id {way} LIMIT {count}"""
_ONE: Final = "(VALUES (true)) one (is_one)"
"""All together, in the order of time."""
_EACH: Final = "SELECT {columns} FROM {strands} CROSS JOIN LATERAL ({some}) best WHERE {condition}"
_AND_FOUND: Final = f", {FOUND} AS is_found"
_AND_WORDS: Final = f", {_WORDS} AS words"
_NEAR: Final = """near AS MATERIALIZED ({some}),
border AS MATERIALIZED (SELECT key FROM near ORDER BY key {way} OFFSET %(count)s - 1 LIMIT 1)"""
_UP_TO_BORDER: Final = "{key} {beyond}= coalesce((SELECT key FROM border), {farthest})"
# How far each strand was looked at that has more; what stands before all of these is certainly first.
_LOOKED: Final = """looked_{round} AS MATERIALIZED ({some}),
looked_to_{round} AS MATERIALIZED (
    SELECT {last}(key) AS key FROM looked_{round} GROUP BY {by} HAVING count(*) >= {of_each}
),
certain_{round} AS MATERIALIZED (
    SELECT id, key FROM looked_{round}
    WHERE is_found AND key {beyond} coalesce((SELECT {first}(key) FROM looked_to_{round}), {farthest})
    ORDER BY key {way}, id {way} LIMIT %(count)s
),
enough_{round} AS MATERIALIZED (
    SELECT {condition} AND (count(*) = %(count)s OR NOT EXISTS (SELECT FROM looked_to_{round})) AS is_so
    FROM certain_{round}
)"""
_CERTAIN: Final = "SELECT id, key FROM certain_{round} WHERE (SELECT is_so FROM enough_{round})"
# How many of each strand have the rest of the page, going by the first.
_OFTEN: Final = """often AS MATERIALIZED (
    SELECT CASE WHEN NOT (SELECT is_so FROM enough_1) AND looked_at <= %(most_looked_at)s
        THEN ceil(looked_at / {strands})::bigint ELSE 0 END AS of_each
    FROM (
        SELECT %(count)s * {slack} * count(*) / nullif(count(*) FILTER (WHERE is_found), 0) AS looked_at FROM looked_1
    ) wanted
)"""
_OF_EACH: Final = "(SELECT of_each FROM often)"
_IS_OFTEN: Final = f"{_OF_EACH} > 0"
# By the index of words: an index in the order of the list would be read far for a rare one.
_LOOKED_UP: Final = """SELECT id, key FROM (
    SELECT c.id, {key} AS key FROM usage_chat c WHERE c.organization_id = %(organization_id)s AND {conditions} OFFSET 0
) found WHERE NOT (SELECT is_so FROM enough_1) AND NOT (SELECT is_so FROM enough_2)
ORDER BY key {way}, id {way} LIMIT %(count)s"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedChats:
    """Which chats are listed, and how: with usage in ``days``, which are from ``start`` to before ``end``."""

    days: Days
    start: datetime
    end: datetime
    order: ChatOrder
    search: str
    turn: Turn

    @property
    def count(self) -> int:
        """One more than a page has: whether there is another page."""
        return self.turn.limit + 1

    @property
    def way(self) -> str:
        return "ASC" if self.turn.is_back else "DESC"

    def key(self, row: str = "c") -> str:
        """SQL of what a row is sorted by."""
        return _KEYS[self.order].format(row=row)

    def conditions(self, row: str = "c") -> str:
        """SQL: there is something left of it, and it stands on the page that is asked for or behind."""
        left = _LEFT.format(row=row)
        if self.turn.position is None:
            return left
        sign = ">" if self.turn.is_back else "<"
        return f"{left} AND ({self.key(row)}, {row}.id) {sign} (%(key)s, %(id)s)"


@dataclass(frozen=True, slots=True)
class QuietChats:
    """SQL of the first quiet chats: ``selects`` of (id, key), which have each of them once, and the ``beside`` that
    these are read with, parts of a WITH."""

    selects: tuple[str, ...]
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Strands:
    """Where quiet chats stand in the order of cost or tokens: ``count`` strands of an index, or fewer, that are told
    apart ``by`` columns of ``each``. ``conditions`` are of a strand's chats, ``all`` of those of all strands."""

    each: str
    by: str
    count: int
    conditions: tuple[str, ...]
    all: tuple[str, ...]

    def share(self, count: int) -> int:
        """How many chats of each strand are ``count`` of all together, at least."""
        return ceil(count / self.count)

    def sql(self, some: str, columns: str = "best.*", *, condition: str = "true") -> str:
        """SELECT ``some`` of each strand, if a condition on no chat is met."""
        return _EACH.format(columns=columns, strands=self.each, some=some, condition=condition)


def first_chats(asked: ListedChats, *conditions: str) -> str:
    """SELECT (id, key) of the first chats that meet ``conditions`` and the search."""
    return _some(asked, *conditions, *([FOUND] if asked.search else []))


def quiet_chats(asked: ListedChats) -> QuietChats:
    """The first of everybody's quiet chats."""
    weeks = _week_count(asked)
    return _in_strands(asked, _Strands(_WEEKS, "week", weeks, _OF_WEEK, ("c.is_quiet", ENDED)))


def quiet_chats_of_departments(
    asked: ListedChats, conditions: Sequence[str], *, named: str, count: int
) -> QuietChats:
    """The first quiet chats of one user in ``count`` departments, which stand in the argument that is so ``named``;
    these meet ``conditions``, too."""
    own = (*conditions, NOT_SHARED)
    strands = _Strands(
        f"unnest(%({named})s::bigint[]) department CROSS JOIN {_WEEKS}",
        "department, week",
        _week_count(asked) * max(1, count),
        (*_OF_WEEK, *own, "c.department_id = department"),
        ("c.is_quiet", ENDED, *own, f"c.department_id = ANY(%({named})s)"),
    )
    return _in_strands(asked, strands)


def quiet_chats_of_members(asked: ListedChats, conditions: Sequence[str]) -> QuietChats:
    """The first quiet chats of one user, by members whom ``conditions`` name. These have few: a search looks at each of
    them."""
    found = [FOUND] if asked.search else []
    return QuietChats((_some(asked, "c.is_quiet", NOT_SHARED, *conditions, ENDED, *found),))


def _in_strands(asked: ListedChats, strands: _Strands) -> QuietChats:
    if asked.order is not ChatOrder.LAST:
        return _found(asked, strands) if asked.search else _walk(asked, strands)
    if asked.search:
        return _found(asked, _Strands(_ONE, "is_one", 1, strands.all, strands.all))
    return QuietChats((first_chats(asked, *strands.all),))


def _walk(asked: ListedChats, strands: _Strands) -> QuietChats:
    # Twice as many as are wanted: the border is near where these end.
    count = min(asked.count, strands.share(2 * asked.count))
    near = strands.sql(_some(asked, *strands.conditions, count=count))
    border = _UP_TO_BORDER.format(
        key=asked.key(),
        beyond=_ENDS[asked.turn.is_back]["beyond"],
        farthest=_FARTHEST[asked.order][asked.turn.is_back],
    )
    whole = strands.sql(_some(asked, *strands.conditions, border))
    return QuietChats((whole,), (_NEAR.format(some=near, way=asked.way),))


def _found(asked: ListedChats, strands: _Strands) -> QuietChats:
    """In two rounds at most, or by the index of words."""

    def looked(round_: int, of_each: int | str, condition: str, beside: str = "") -> str:
        some = _some(asked, *strands.conditions, beside=_AND_FOUND + beside, count=of_each)
        return _LOOKED.format(
            round=round_,
            some=strands.sql(some, f"{strands.by}, best.*", condition=condition),
            by=strands.by,
            of_each=of_each,
            condition=condition,
            way=asked.way,
            **_ENDS[asked.turn.is_back],
            farthest=_FARTHEST[asked.order][asked.turn.is_back],
        )

    # Whatever has no word is looked for in all of them.
    by_words = [_BY_RAREST] if has_word(asked.search) else []
    every = " AND ".join((asked.conditions(), *strands.all, *by_words, FOUND))
    others = _LOOKED_UP.format(key=asked.key(), conditions=every, way=asked.way)
    return QuietChats(
        (*(_CERTAIN.format(round=round_) for round_ in (1, 2)), others),
        (
            looked(1, strands.share(_SAMPLE), "true", _AND_WORDS),
            _OFTEN.format(strands=strands.count, slack=_SLACK),
            looked(2, _OF_EACH, _IS_OFTEN),
            _RAREST,
        ),
    )


_ENDS: Final = {
    False: {"beyond": ">", "first": "max", "last": "min"},
    True: {"beyond": "<", "first": "min", "last": "max"},
}
"""How keys are compared in the order of a list, and on the way back."""


def _week_count(asked: ListedChats) -> int:
    return (asked.end - asked.start) // _WEEK_LENGTH + 2


def _some(asked: ListedChats, *conditions: str, beside: str = "", count: int | str = "%(count)s") -> str:
    """SELECT the first chats under some conditions, whatever is searched for: (id, key), and what else of them stands
    in ``beside``."""
    every = " AND ".join((asked.conditions(), *conditions))
    return _SOME.format(key=asked.key(), beside=beside, way=asked.way, conditions=every, count=count)
