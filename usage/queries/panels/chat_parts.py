"""Chats that several members or departments used, as far as somebody may see them: summed up from their events.

The row of a chat holds all of it, whoever used it. Who sees a part of it, or asks for one, is told that part's figures
and no others, not in the order of the list either.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from usage.panels.chats import CONSUMED
from usage.panels.vocabulary import Dimension
from usage.periods import month_of
from usage.progress import Days
from usage.queries.panels.reader import PanelReader

FIGURES: Final = (*CONSUMED, "contracted_cost", "unpriced", "first_at", "last_at")
"""Columns that parts of chats and chats have in common, beside the number of messages."""

_FEW: Final = 200
"""Shared chats that are summed up one by one, whoever used them. Of more, those that are meant are found first."""
_LOOSE: Final = timedelta(days=2)
"""No local day is farther from its UTC day."""

_SEEN: Final = (
    "(%(sees_all)s OR e.department_id = ANY(%(departments)s) OR e.member_id = ANY(%(members)s)) "
    "AND (%(any_member)s OR e.member_id = ANY(%(chosen_members)s)) "
    "AND (%(any_department)s OR e.department_id = ANY(%(chosen_departments)s))"
)
_SUMS: Final = ", ".join(
    (
        *(f"sum(e.{name})::bigint AS {name}" for name in CONSUMED),
        "coalesce(sum(e.contracted_cost), 0) AS contracted_cost",
        "sum(e.unpriced)::bigint AS unpriced",
        "count(DISTINCT e.message_id) AS messages",
        "min(e.occurred_at) AS first_at",
        "max(e.occurred_at) AS last_at",
    )
)
_SHARED: Final = """
SELECT c.id FROM usage_chat c WHERE c.organization_id = %(organization_id)s AND c.is_shared AND {quiet}
    AND c.last_at >= %(start)s AND c.first_at < %(end)s
"""
_FEW_SHARED: Final = (
    f"{_SHARED.format(quiet='c.is_quiet')} UNION ALL {_SHARED.format(quiet='NOT c.is_quiet')} "
    f"LIMIT {_FEW + 1}"
)
_ONE_BY_ONE: Final = "= ANY(%(shared)s)"
_BY_USERS: Final = f"""IN (
    SELECT e.chat_id FROM usage_event e
    WHERE e.organization_id = %(organization_id)s AND e.chat_id IS NOT NULL
        AND e.period BETWEEN %(first_month)s AND %(last_month)s
        AND e.local_date BETWEEN %(first_day)s AND %(last_day)s
        AND e.occurred_at BETWEEN %(from)s AND %(to)s AND e.member_id = ANY(%(users)s) AND {_SEEN})"""
_PARTS: Final = """
part AS MATERIALIZED (
    SELECT c.id, part.* FROM usage_chat c CROSS JOIN LATERAL (
        SELECT {sums}, bool_or(e.local_date BETWEEN %(first_day)s AND %(last_day)s) AS is_active FROM usage_event e
        WHERE e.organization_id = %(organization_id)s AND e.chat_id = c.id
            AND e.period BETWEEN date_trunc('month', (c.first_at - interval '2 days') AT TIME ZONE 'UTC')::date
                AND (c.last_at + interval '2 days')::date AND {seen}
    ) part
    WHERE c.organization_id = %(organization_id)s AND c.is_shared AND c.id {meant} AND part.is_active
)
"""
# Not a word of events: to plan to read all their months takes longer than to read a list.
_NO_PARTS: Final = f"part AS (SELECT id, messages, {', '.join(FIGURES)} FROM usage_chat WHERE false)"


def shared_parts(
    reader: PanelReader, days: Days, *, start: datetime, end: datetime
) -> tuple[str, dict[str, Any]]:
    """A CTE ``part`` with what ``reader`` sees of the shared chats that have usage in ``days``, and its arguments.

    Its columns are ``id``, ``messages`` and FIGURES. It takes ``seen_arguments`` and ``span_arguments`` too.
    ``start`` and ``end`` are where the days begin, and where the day after them does.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FEW_SHARED, span_arguments(reader.organization_id, days, start=start, end=end))
        shared = [chat_id for (chat_id,) in cursor.fetchall()]
    if not shared:
        return _NO_PARTS, {}
    if len(shared) <= _FEW:
        return _PARTS.format(sums=_SUMS, seen=_SEEN, meant=_ONE_BY_ONE), {"shared": shared}
    users = {
        "users": sorted(_users(reader, days)),
        "from": days.first - _LOOSE,
        "to": days.last + _LOOSE,
    }
    return _PARTS.format(sums=_SUMS, seen=_SEEN, meant=_BY_USERS), users


def seen_arguments(reader: PanelReader) -> dict[str, Any]:
    """Whose organization is read, and what of it the viewer's rights and the filter let through."""
    visible, chosen = reader.visible, reader.chosen
    return {
        "organization_id": reader.organization_id,
        "sees_all": visible.whole_organization,
        "departments": sorted(visible.department_ids),
        "members": sorted(visible.member_ids),
        "any_member": Dimension.MEMBER not in chosen,
        "chosen_members": sorted(chosen.get(Dimension.MEMBER, ())),
        "any_department": Dimension.DEPARTMENT not in chosen,
        "chosen_departments": sorted(chosen.get(Dimension.DEPARTMENT, ())),
    }


def span_arguments(organization_id: int, days: Days, *, start: datetime, end: datetime) -> dict[str, Any]:
    """The days of an organization, the months that they lie in, and where they begin and end."""
    return {
        "organization_id": organization_id,
        "first_month": month_of(days.first),
        "last_month": month_of(days.last),
        "first_day": days.first,
        "last_day": days.last,
        "start": start,
        "end": end,
    }


def like(text: str) -> str:
    """A pattern for text that contains ``text``, whatever signs it holds."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _users(reader: PanelReader, days: Days) -> set[int]:
    """The members, and 0 for none, whose events can be meant."""
    if Dimension.MEMBER in reader.chosen:
        return set(reader.chosen[Dimension.MEMBER])
    if not (reader.visible.whole_organization or reader.visible.department_ids):
        return set(reader.visible.member_ids)
    rows = reader.daily_rows().filter(local_date__range=days)
    return set(rows.order_by().values_list("member_id", flat=True).distinct())
