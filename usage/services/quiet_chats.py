"""Marks chats that were left alone, so that indexes which ingest could not afford hold them in many orders."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from teams.models import Organization

QUIET_AFTER: Final = timedelta(days=2)
AT_A_TIME: Final = 500
"""Chats that one statement marks: ingest waits no longer for one of them than that takes."""

# Who holds a chat is adding to it: it is left for the next time, and nobody is waited for.
_MARK: Final = """
UPDATE usage_chat c SET is_quiet = true FROM (
    SELECT id FROM usage_chat
    WHERE organization_id = {organization} AND NOT is_quiet AND last_at < %(until)s
    ORDER BY last_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) left_alone WHERE c.organization_id = {organization} AND c.id = left_alone.id
"""


def mark_quiet_chats(now: datetime | None = None) -> int:
    """Mark the chats of all organizations whose last event was two days before ``now`` or longer; gives how many.

    Whatever is added to one of them takes the mark away again. Run it outside of a transaction: each some hundred
    chats are one of their own.
    """
    until = (now or timezone.now()) - QUIET_AFTER
    organizations = Organization.objects.order_by("pk").values_list("pk", flat=True)
    return sum(_mark(organization_id, until) for organization_id in organizations)


def _mark(organization_id: int, until: datetime) -> int:
    statement = _MARK.replace("{organization}", str(int(organization_id)))
    marked = AT_A_TIME
    count = 0
    while marked == AT_A_TIME:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"until": until, "limit": AT_A_TIME})
            marked = cursor.rowcount
        count += marked
    return count
