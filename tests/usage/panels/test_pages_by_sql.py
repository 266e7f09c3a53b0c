"""What stands in the tables of pages is what plain SQL over the raw events says, for the owner and for a lead.

Days are told by the clock in Kathmandu from when events occurred, not from what the ledger noted beside them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import pytest
from django.db import connection
from time_machine import travel

from teams.models import Department, Member, Organization, Project, User
from tests.billing.web.page import Page, Table
from tests.teams.cast import Cast
from tests.usage.panels.asking import page
from tests.usage.panels.ledger_scene import NOW, ZONE, set_ledger_scene
from usage.models import Integration, LlmModel

pytestmark = pytest.mark.django_db

LOCAL: Final = f"(occurred_at AT TIME ZONE '{ZONE}')"
MAY: Final = f"{LOCAL}::date BETWEEN '2026-05-01' AND '2026-05-21'"
TOKENS: Final = "sum(input_tokens + output_tokens)"
COST: Final = "coalesce(sum(contracted_cost), 0)"
NAMES: Final = {
    "feature": "nullif(feature, '')",
    "model": "model.name || ' ' || model.provider_name",
    "provider": "model.provider_name",
    "department": "coalesce(nullif(department.name, ''), department.external_id)",
    "project": "coalesce(nullif(project.name, ''), project.external_id)",
    "member": "coalesce(nullif(member.name, ''), member.external_id)",
    "integration": "coalesce(nullif(integration.name, ''), integration.external_id)",
}
NAMED: Final = "usage_event e " + " ".join(
    f"LEFT JOIN {model._meta.db_table} {name} ON {name}.id = e.{name}_id"
    for name, model in (
        ("model", LlmModel),
        ("department", Department),
        ("project", Project),
        ("member", Member),
        ("integration", Integration),
    )
)
BREAKDOWNS: Final = (
    ("", "Models", "model"),
    ("", "Projects", "project"),
    ("", "Departments", "department"),
    ("", "Members", "member"),
    ("features/", "Usage by feature", "feature"),
    ("costs/", "Cost by model", "model"),
    ("costs/", "Cost by provider", "provider"),
    ("integrations/", "Usage by integration", "integration"),
    ("team/", "Departments", "department"),
    ("team/", "Projects", "project"),
    ("team/", "Members", "member"),
)
"""Pages with the caption of a table and what it is by."""


@dataclass(frozen=True)
class Viewer:
    """Somebody, and SQL of the events that are theirs to see: of any kind, and of what is kept by department."""

    user: User
    organization: Organization
    seen: str
    in_part: str
    pages: dict[str, Page] = field(default_factory=dict)

    def table(self, path: str, caption: str, *heads: str) -> Table:
        """The table of a page with this caption and these columns, whatever else it has."""
        if path not in self.pages:
            self.pages[path] = Page(page(self.user, path))
        found = self.pages[path].tables
        return next(table for table in found if caption in table.caption and {*heads} <= {*table.heads})

    def sql(
        self, select: str, source: str = "usage_event e", *, where: str = MAY, seen: str = "", more: str = ""
    ) -> Any:
        statement = (
            f"SELECT {select} FROM {source} WHERE e.organization_id = %s AND {seen or self.seen} AND {where}"
        )
        with connection.cursor() as cursor:
            cursor.execute(f"{statement} {more}", [self.organization.pk])
            return cursor.fetchall()


def viewers(cast: Cast) -> Iterator[Viewer]:
    """The owner; and Dana, who leads Research and used something in Support."""
    led = f"e.department_id = {cast.research.pk}"
    yield Viewer(cast.alice, cast.acme, "true", "true")
    yield Viewer(cast.dana, cast.acme, f"({led} OR e.member_id = {cast.member(cast.dana).pk})", led)


def figures(rows: Sequence[Sequence[Any]]) -> dict[str, tuple[Decimal, ...]]:
    """Rows of SQL by their name; what named none has one, too, and what was all voided none."""
    return {name or "Unattributed": tuple(map(Decimal, sums)) for name, *sums in rows if any(sums)}


def summed(rows: Any) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, rows[0]))


def test_what_pages_say_is_what_sql_over_the_events_says(cast: Cast) -> None:
    set_ledger_scene(cast)
    with travel(NOW, tick=False):
        for viewer in viewers(cast):
            check_breakdowns(viewer)
            check_days_and_months(viewer)
            check_weeks(viewer)
            check_hours(viewer)
            check_kinds_and_services(viewer)
            check_chats(viewer)
            check_files(viewer)
            check_tools(viewer)
            check_members(viewer)


def check_breakdowns(viewer: Viewer) -> None:
    for path, caption, by in BREAKDOWNS:
        heads = ("Tokens", "Cost, USD", "Calls") if path else ("Tokens", "Cost, USD")
        table = viewer.table(path, caption, *heads)
        sums = ", ".join((TOKENS, COST, "sum(calls)")[: len(heads)])
        assert table.under(*heads) == figures(viewer.sql(f"{NAMES[by]}, {sums}", NAMED, more="GROUP BY 1")), (
            table
        )
        assert table.total_under(*heads) == summed(viewer.sql(sums)), caption


def check_members(viewer: Viewer) -> None:
    """The list of members, whose ids stand beside their names; what named nobody is in the total."""
    heads = ("Tokens", "Cost, USD")
    table = viewer.table("team/members/", "Usage by member", *heads)
    name = f"concat_ws(' ', {NAMES['member']}, nullif(member.external_id, {NAMES['member']}))"
    members = viewer.sql(
        f"{name}, {TOKENS}, {COST}", NAMED, where=f"{MAY} AND member_id <> 0", more="GROUP BY 1"
    )
    assert table.under(*heads) == figures(members)
    assert table.total_under(*heads) == summed(viewer.sql(f"{TOKENS}, {COST}"))


def check_days_and_months(viewer: Viewer) -> None:
    heads = ("Tokens", "Input tokens", "Output tokens", "Calls", "Cost, USD")
    sums = f"{TOKENS}, sum(input_tokens), sum(output_tokens), sum(calls), {COST}"
    table = viewer.table("", "", "Day", *heads)
    days = viewer.sql(f"{LOCAL}::date, {sums}", more="GROUP BY 1 ORDER BY 1")
    assert len(table.rows) == 21
    found = [table.rows[day.day - 1] for day, *_sums in days]
    columns = [table.heads.index(head) for head in heads]
    assert [[Decimal(row[column] or 0) for column in columns] for row in found] == [
        [*map(Decimal, of)] for _day, *of in days
    ]
    assert table.total_under(*heads) == summed(viewer.sql(sums))
    months = viewer.table("months/", "Tokens, calls and cost", "Tokens", "Calls", "Cost, USD")
    by_month = viewer.sql(
        f"to_char({LOCAL}, 'FMMonth YYYY') || CASE WHEN {MAY} THEN ' so far' ELSE '' END, {TOKENS}, sum(calls), {COST}",
        where="true",
        more="GROUP BY 1",
    )
    assert months.under("Tokens", "Calls", "Cost, USD") == figures(by_month)


def check_weeks(viewer: Viewer) -> None:
    """From Monday to Wednesday, which are over, against those of the week before."""
    heads = ("The week before, tokens", "This week, tokens", "Change, tokens")
    table = viewer.table("trends/", "Parts of the change", *heads)
    before, now = (
        f"coalesce({TOKENS} FILTER (WHERE {LOCAL}::date BETWEEN '2026-05-{first}' AND '2026-05-{last}'), 0)"
        for first, last in ((11, 13), (18, 20))
    )
    expected = figures(
        viewer.sql(f"{NAMES['model']}, {before}, {now}, {now} - {before}", NAMED, more="GROUP BY 1")
    )
    assert table.under(*heads) == expected
    assert table.total_under(*heads) == summed(viewer.sql(f"{before}, {now}, {now} - {before}"))
    weeks = viewer.table("trends/", "", "Week", "Tokens", "Cost, USD", "Calls")
    by_week = viewer.sql(
        f"date_trunc('week', {LOCAL}), {TOKENS}, {COST}, sum(calls)",
        where="true",
        more="GROUP BY 1 ORDER BY 1",
    )
    used = [row for row in weeks.under("Tokens", "Cost, USD", "Calls").values() if any(row)]
    assert used == [tuple(map(Decimal, sums)) for _week, *sums in by_week if any(sums)]


def check_hours(viewer: Viewer) -> None:
    """An average hour of the week: what was used in it over how often it came since May began."""
    table = viewer.table("patterns/", "Average per hour of the week")
    hour = f"extract(isodow FROM {LOCAL})::int, extract(hour FROM {LOCAL})::int"
    used = {
        (day, at): tokens
        for day, at, tokens in viewer.sql(f"{hour}, {TOKENS}", seen=viewer.in_part, more="GROUP BY 1, 2")
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {hour}, count(*) FROM generate_series('2026-04-30 18:15Z', %s, interval '1 hour') "
            "AS h(occurred_at) GROUP BY 1, 2",
            [NOW],
        )
        came = {(day, at): count for day, at, count in cursor.fetchall()}
    assert [row[0] for row in table.rows] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    for day, row in enumerate(table.rows, 1):
        for at in range(24):
            assert abs(Decimal(row[at + 1]) - Decimal(used.get((day, at), 0)) / came[day, at]) < Decimal(
                "1e-9"
            )


def check_kinds_and_services(viewer: Viewer) -> None:
    kinds = viewer.table("costs/", "Cost by kind of charge", "Quantity", "Cost, USD")
    tokens, cost = summed(viewer.sql(f"{TOKENS}, {COST}"))
    assert kinds.total_under("Quantity", "Cost, USD") == (tokens, cost)
    assert sum(kinds.column(kinds.heads.index("Cost, USD"))) == cost
    health = viewer.table("integrations/", "The health of connected services", "Calls")
    calls = viewer.sql(
        "integration.external_id, sum(calls)",
        NAMED,
        where=f"{MAY} AND integration_id <> 0",
        more="GROUP BY 1",
    )
    assert {name.split()[0]: of for name, of in health.under("Calls").items()} == figures(calls)


def check_tools(viewer: Viewer) -> None:
    table = viewer.table("tools/", "Calls by the tools", "Tool calls")
    expected = viewer.sql(
        "tool->>'name', sum((tool->>'calls')::bigint), sum(calls), sum(input_tokens), sum(output_tokens), "
        f"sum((tool->>'tokens')::bigint), {COST}",
        "usage_event e CROSS JOIN LATERAL jsonb_array_elements(tools) tool",
        seen=viewer.in_part,
        more="GROUP BY 1",
    )
    assert table.under(
        "Tool calls",
        "Calls that used it",
        "Input tokens",
        "Output tokens",
        "of both, tool tokens",
        "Cost of these calls, USD",
    ) == figures(expected)


def check_chats(viewer: Viewer) -> None:
    """Those with usage in May, each with all that the viewer sees of it, the dearest first."""
    heads = ("Messages", "Input tokens", "Output tokens", "All tokens", "Cost, USD")
    table = viewer.table("chats/", "Chats", *heads)
    expected = viewer.sql(
        "chat_id, count(DISTINCT message_id), sum(input_tokens), sum(output_tokens), "
        f"{TOKENS}, {COST} AS cost",
        where="chat_id IS NOT NULL",
        more=f"GROUP BY 1 HAVING bool_or({MAY}) AND sum(calls) <> 0 ORDER BY cost DESC",
    )
    assert [*table.under(*heads).values()] == [tuple(map(Decimal, of)) for _chat, *of in expected]


def check_files(viewer: Viewer) -> None:
    heads = ("Chats", "Uses", "Tokens added", "of which cached", "Cost added, USD")
    table = viewer.table("files/", "Files, those that added", *heads)
    expected = viewer.sql(
        "file->>'id', count(DISTINCT chat_id), sum((file->>'uses')::bigint), sum((file->>'tokens')::bigint), "
        "sum((file->>'cache_read_tokens')::bigint), coalesce(sum((file->>'cost')::numeric), 0) AS cost",
        "usage_event e CROSS JOIN LATERAL jsonb_array_elements(files) file",
        where="true",
        more="GROUP BY 1 ORDER BY cost DESC",
    )
    assert [*table.under(*heads).values()] == [tuple(map(Decimal, of)) for _file, *of in expected]
