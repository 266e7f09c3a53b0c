"""Files that chats read: which cost most over all time, and one of them in detail."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from teams.permissions import Visible
from teams.queries.ahead import ahead, sent
from usage.identity import NIL
from usage.panels.filters import MOST_CHARACTERS, BadFilter, Parameters, one
from usage.panels.paging import SEARCH, Page, Turn, asked_turn, page_of, read_money, read_number
from usage.queries.files import FileDetail, file_detail
from usage.queries.panels.files_unpriced import is_lower_bound
from usage.queries.panels.request import PanelRequest

BY_COST: Final = "cost"
"""The order of the list: by the cost that the uses added, then by their tokens."""

_USES: Final = """
    SELECT use.file_id, use.chat_id, use.uses, use.input_tokens AS tokens, use.cache_read_input_tokens AS cached,
        use.contracted_cost AS cost, use.processing_cost AS processing
    FROM usage_file_use use {among} use.organization_id = %(organization_id)s
"""
_WHOLE: Final = _USES.format(among="WHERE")
_MINE: Final = """
    SELECT c.id FROM usage_chat c WHERE c.organization_id = %(organization_id)s AND NOT c.is_shared AND {which}
"""
_OWN_CHATS: Final = " UNION ALL ".join(
    _MINE.format(which=which)
    for which in (
        "c.is_quiet AND c.department_id = ANY(%(departments)s)",
        "c.is_quiet AND c.member_id = ANY(%(members)s) AND c.department_id <> ALL(%(departments)s)",
        "NOT c.is_quiet AND (c.department_id = ANY(%(departments)s) OR c.member_id = ANY(%(members)s))",
    )
)
_OF_EVENTS: Final = """
    SELECT used.id AS file_id, coalesce(e.chat_id, %(outside)s) AS chat_id, sum_bigint(used.uses) AS uses,
        sum_bigint(used.tokens) AS tokens, sum_bigint(used.cache_read_tokens) AS cached,
        sum(coalesce(used.cost, 0)) AS cost, sum(coalesce(used.processing_cost, 0)) AS processing
    FROM usage_event e CROSS JOIN LATERAL jsonb_to_recordset(e.files) AS used(
        id uuid, uses bigint, tokens bigint, cache_read_tokens bigint, cost numeric, processing_cost numeric)
    WHERE e.organization_id = %(organization_id)s AND e.files IS NOT NULL AND {which}
        AND (e.department_id = ANY(%(departments)s) OR e.member_id = ANY(%(members)s))
    GROUP BY 1, 2
"""
# Uses are kept per chat. Those who see a part are told the uses in chats that are theirs alone; of other chats, and
# of no chat, what the events say that they may see. Where there are none, events are not asked: to plan that takes
# longer than to read the list.
_PART: Final = _USES.format(among=f"JOIN ({_OWN_CHATS}) own ON own.id = use.chat_id WHERE")
# Told by IN, the server looks for each use among the chats of a member, which are few; told by JOIN, now and then for
# each chat among all uses. A lead's chats are many.
_MEMBERS_PART: Final = _USES.format(among=f"WHERE use.chat_id IN ({_OWN_CHATS}) AND")
_LOOSE_PART: Final = f" UNION ALL {_OF_EVENTS.format(which='e.chat_id IS NULL')}"
_SHARED_PART: Final = f" UNION ALL {_OF_EVENTS.format(which='e.chat_id = ANY(%(shared)s)')}"
_READ_IN: Final = """
    SELECT c.id FROM usage_chat c WHERE c.organization_id = %(organization_id)s AND c.is_shared AND {which}
        AND c.id IN (SELECT chat_id FROM usage_file_use WHERE organization_id = %(organization_id)s)
"""
_OUTSIDE: Final = """(
    SELECT chat_id FROM usage_file_use WHERE organization_id = %(organization_id)s AND chat_id = %(outside)s LIMIT 1
)"""
_NOT_OWN: Final = " UNION ALL ".join(
    (_READ_IN.format(which="c.is_quiet"), _READ_IN.format(which="NOT c.is_quiet"), _OUTSIDE)
)
_LIST: Final = """
WITH used AS ({used}),
found AS MATERIALIZED (
    SELECT file.id, file.external_id, file.name, file.size_bytes, file.extracted_tokens, standing.*
    FROM usage_file file JOIN (
        SELECT file_id, sum_bigint(uses) AS uses, sum_bigint(tokens) AS tokens, sum_bigint(cached) AS cached,
            sum(cost) AS cost, sum(processing) AS processing, count(*) FILTER (WHERE chat_id <> %(outside)s
                AND (uses <> 0 OR tokens <> 0 OR cached <> 0 OR cost <> 0)) AS chats
        FROM used GROUP BY file_id
    ) standing ON standing.file_id = file.id
    WHERE file.organization_id = %(organization_id)s
        AND (standing.uses <> 0 OR standing.tokens <> 0 OR standing.cost <> 0 OR standing.processing <> 0)
        AND (file.name ILIKE %(like)s OR file.external_id ILIKE %(like)s)
)
SELECT total.*, page.external_id, page.name, page.size_bytes, page.extracted_tokens, page.uses, page.chats,
    page.tokens, page.cached, page.cost, page.processing, page.id
FROM (
    SELECT count(*), coalesce(sum(uses), 0)::bigint, coalesce(sum(tokens), 0)::bigint,
        coalesce(sum(cached), 0)::bigint, coalesce(sum(cost), 0), coalesce(sum(processing), 0) FROM found
) total LEFT JOIN (
    SELECT * FROM found
    WHERE %(is_first)s OR (-cost, -tokens, id) {beyond} (%(cost)s::numeric, %(tokens)s::bigint, %(id)s::uuid)
    ORDER BY -cost {way}, -tokens {way}, id {way} LIMIT %(limit)s
) page ON true
ORDER BY -page.cost {way}, -page.tokens {way}, page.id {way}
"""
_TOTALS: Final = 6
# Uses are to be read in the order in which they lie, not file by file. Keys begin with the organization: where there
# are few, the server takes keys and rows to be in one order, unless a page out of order is as dear as on a disk. Then
# it would rather read whole tables, in which most rows may be those of other organizations.
_BY_PLACE: Final = ("SET LOCAL random_page_cost = 4", "SET LOCAL enable_seqscan = off")
_AS_BEFORE: Final = ("SET LOCAL random_page_cost TO DEFAULT", "SET LOCAL enable_seqscan TO DEFAULT")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A file and what all its uses added, as far as the asker may see them. Money in US dollars.

    Usage without a price adds tokens and no cost. The call that extracted the file is no use of it: what it took
    is ``processing_cost``. ``chat_count`` counts chats, not use outside of them.
    """

    file_id: str
    name: str
    size_bytes: int
    extracted_tokens: int
    uses: int
    chat_count: int
    input_tokens: int
    cache_read_input_tokens: int
    contracted_cost: Decimal
    processing_cost: Decimal

    @property
    def has_no_cost(self) -> bool:
        """Whether tokens were added that nothing is known to have been paid for."""
        return self.input_tokens > 0 and not self.contracted_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTotals:
    """All files of a list together, on whichever page they stand."""

    files: int
    uses: int
    input_tokens: int
    cache_read_input_tokens: int
    contracted_cost: Decimal
    processing_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FileList:
    """One page of files, those that added the most cost first, and all of them together.

    ``is_lower_bound`` where it was asked whether some of their uses have no price yet, and some have none.
    """

    page: Page[FileRow]
    totals: FileTotals
    search: str
    is_lower_bound: bool = False

    @property
    def rows(self) -> tuple[FileRow, ...]:
        """Those of this page."""
        return self.page.rows


@dataclass(frozen=True, slots=True)
class FilePage:
    """One file."""

    file: FileDetail

    @property
    def heading(self) -> str:
        return self.file.name or self.file.file_id


def files_panel(request: PanelRequest) -> FileList:
    """The files that the asker may see used. Raises ``BadFilter``."""
    organization_id, visible = request.organization.pk, request.visible
    found = asked_files(organization_id, visible=visible, parameters=request.parameters)
    at_least = found.totals.files > 0 and is_lower_bound(
        organization_id, visible=visible, search=found.search
    )
    return replace(found, is_lower_bound=at_least)


def file_panel(request: PanelRequest) -> FilePage | None:
    """One file by its id; None where there is none, or no use of it may be seen."""
    found = file_detail(request.organization.pk, request.names["file_id"], visible=request.visible)
    return FilePage(found) if found else None


def asked_files(organization_id: int, *, visible: Visible, parameters: Parameters) -> FileList:
    """The page of files that ``parameters`` ask for: words to search and a cursor. Raises ``BadFilter``."""
    search = one(parameters, SEARCH).strip()
    if len(search) > MOST_CHARACTERS or "\x00" in search:
        raise BadFilter(SEARCH, _("This is no name or id of anything."))
    turn = asked_turn(parameters, order=BY_COST, read=(read_money, read_number))
    return file_list(organization_id, visible=visible, search=search, turn=turn)


def file_list(organization_id: int, *, visible: Visible, search: str = "", turn: Turn) -> FileList:
    """The files whose name or id contains ``search``. Two queries, however many there are; and four settings."""
    position = turn.position
    cost, tokens = position.value if position and isinstance(position.value, tuple) else (0, 0)
    arguments: dict[str, Any] = {
        "organization_id": organization_id,
        "outside": NIL,
        "departments": list(visible.department_ids),
        "members": list(visible.member_ids),
        "like": f"%{_literal(search)}%",
        "is_first": position is None,
        "cost": cost,
        "tokens": tokens,
        "id": position.id if position else NIL,
        "limit": turn.limit + 1,
    }
    beyond, way = ("<", "DESC") if turn.is_back else (">", "ASC")
    with ahead():
        for setting in _BY_PLACE:
            sent(setting, ())
        used = _WHOLE if visible.whole_organization else _part(arguments)
        found_read = sent(_LIST.format(used=used, beyond=beyond, way=way), arguments)
        for setting in _AS_BEFORE:
            sent(setting, ())
        found = found_read()
    rows, previous, following = page_of([_keyed(row[_TOTALS:]) for row in found if row[-1] is not None], turn)
    return FileList(
        page=Page(rows=tuple(row["file"] for row in rows), previous=previous, next=following),
        totals=FileTotals(
            files=found[0][0],
            uses=found[0][1],
            input_tokens=found[0][2],
            cache_read_input_tokens=found[0][3],
            contracted_cost=found[0][4],
            processing_cost=found[0][5],
        ),
        search=search,
    )


def _part(arguments: dict[str, Any]) -> str:
    """SQL of the uses that the asker may see; ``arguments`` are told which chats are shared."""
    others = [chat_id for (chat_id,) in sent(_NOT_OWN, arguments)()]
    shared = arguments["shared"] = [chat_id for chat_id in others if chat_id != NIL]
    part = _PART if arguments["departments"] else _MEMBERS_PART
    return part + _LOOSE_PART * (NIL in others) + _SHARED_PART * bool(shared)


def _keyed(row: tuple[Any, ...]) -> dict[str, Any]:
    return {"key": (-row[8], -row[6]), "id": row[10], "file": _row(row)}


def _row(row: tuple[Any, ...]) -> FileRow:
    return FileRow(
        file_id=row[0],
        name=row[1],
        size_bytes=row[2],
        extracted_tokens=row[3],
        uses=row[4],
        chat_count=row[5],
        input_tokens=row[6],
        cache_read_input_tokens=row[7],
        contracted_cost=row[8],
        processing_cost=row[9],
    )


def _literal(search: str) -> str:
    """``search`` without a meaning in LIKE."""
    return search.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
