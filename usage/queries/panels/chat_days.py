"""What the rows of chats do not tell about days and months; asked only of the few where it matters."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count

from usage.models import Message
from usage.periods import month_of

_LOOSE: Final = timedelta(days=2)
"""No local day is farther from its UTC day."""

_ASTRIDE: Final = """
SELECT c.id, c.first_at < %(start)s FROM usage_chat c
WHERE c.organization_id = %(organization_id)s AND c.first_at < %(end)s AND {how}
"""
# Few chats are long: of the others, only those that soon ended are looked at.
_EVERY: Final = " UNION ALL ".join(
    _ASTRIDE.format(how=how)
    for how in (
        "c.is_quiet AND c.last_at >= %(end)s AND c.last_at < %(soon)s",
        "c.is_quiet AND c.last_at >= %(soon)s AND c.last_at - c.first_at > interval '2 days'",
        "NOT c.is_quiet AND c.last_at >= %(end)s",
    )
)
_WITH_EVENTS: Final = """
SELECT DISTINCT e.chat_id FROM usage_event e
WHERE e.organization_id = %(organization_id)s AND e.chat_id = ANY(%(chats)s)
    AND e.period BETWEEN %(first_month)s AND %(last_month)s AND e.local_date BETWEEN %(first_day)s AND %(last_day)s
"""


def chats_astride(span: Mapping[str, Any]) -> list[UUID]:
    """The chats with an event in some days that went on after them. ``span`` are ``chat_parts.span_arguments``.

    Of those that began before, events tell whether one is on these days; of all others first and last do.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EVERY, {**span, "soon": span["end"] + timedelta(days=2)})
        found = cursor.fetchall()
        active = [chat_id for chat_id, began_before in found if not began_before]
        if len(active) < len(found):
            throughout = [chat_id for chat_id, began_before in found if began_before]
            cursor.execute(_WITH_EVENTS, {**span, "chats": throughout})
            active += [chat_id for (chat_id,) in cursor.fetchall()]
    return active


def messages_of_whole(organization_id: int, chats: Iterable[Mapping[str, Any]]) -> dict[UUID, int]:
    """How many messages those of ``chats`` have that may lie in several months.

    A message with events in two months has a row in each, and a chat counts both. As a part of a chat it is one.
    """
    spread = [chat for chat in chats if _month(chat["first_at"] - _LOOSE) != _month(chat["last_at"] + _LOOSE)]
    if not spread:
        return {}
    messages = Message.objects.filter(
        organization_id=organization_id,
        chat_id__in=[chat["id"] for chat in spread],
        period__gte=_month(min(chat["first_at"] for chat in spread) - _LOOSE),
        period__lte=_month(max(chat["last_at"] for chat in spread) + _LOOSE),
    )
    counted = messages.order_by().values_list("chat_id").annotate(count=Count("id", distinct=True))
    return dict(counted)


def _month(moment: datetime) -> date:
    return month_of(moment.date())
