"""Whether the files of a list cost at least what the list says: uses without a price add tokens and no cost."""

from typing import Any, Final

from django.db import connection

from teams.permissions import Visible
from usage.identity import NIL
from usage.queries.panels.chat_parts import like

_ANY: Final = """EXISTS (
    SELECT FROM spend_daily
    WHERE organization_id = %(organization_id)s AND scope_kind = 'organization' AND unpriced <> 0
)"""
# Most who see many chats meet one soon that reads a file and has usage without a price. Of one's own chats, which may
# hold none, a set is made first, by the indexes that these have.
_OF_MANY: Final = """(
    SELECT unpriced <> 0 AND (%(sees_all)s OR is_shared OR department_id = ANY(%(departments)s)
        OR member_id = ANY(%(members)s))
    FROM usage_chat WHERE organization_id = %(organization_id)s AND id = use.chat_id
)"""
_OWN: Final = " UNION ALL ".join(
    f"SELECT id FROM usage_chat WHERE organization_id = %(organization_id)s AND unpriced <> 0 AND {which}"
    for which in (
        "is_quiet AND is_shared",
        "is_quiet AND NOT is_shared AND member_id = ANY(%(members)s)",
        "NOT is_quiet AND (is_shared OR member_id = ANY(%(members)s))",
    )
)
_OF_OWN: Final = f"(use.chat_id IN ({_OWN})) IS TRUE"
# Chats count their events without a price, whatever these read; uses outside of chats are counted by nobody. Where
# neither is there, events are not asked: to plan that takes longer than to read the list.
_MAY_BE: Final = f"""
SELECT {_ANY} AND EXISTS (
    SELECT FROM usage_file_use use WHERE organization_id = %(organization_id)s AND {{which}}
), {_ANY} AND EXISTS (
    SELECT FROM usage_file_use WHERE organization_id = %(organization_id)s AND chat_id = %(outside)s
)
"""
_EVENTS: Final = """
    SELECT FROM usage_event e CROSS JOIN LATERAL jsonb_to_recordset(e.files) AS used(id uuid)
    JOIN usage_file file ON file.organization_id = %(organization_id)s AND file.id = used.id
        AND (file.name ILIKE %(like)s OR file.external_id ILIKE %(like)s)
    WHERE e.organization_id = %(organization_id)s AND e.files IS NOT NULL AND e.unpriced <> 0 AND {where}
        AND (%(sees_all)s OR e.department_id = ANY(%(departments)s) OR e.member_id = ANY(%(members)s))
    GROUP BY used.id HAVING sum(e.unpriced) <> 0
"""
_IN_CHATS: Final = f"""
SELECT EXISTS (
    SELECT FROM usage_file_use use
    CROSS JOIN LATERAL ({_EVENTS.format(where="e.chat_id = use.chat_id AND used.id = use.file_id")}) found
    WHERE organization_id = %(organization_id)s AND {{which}}
)
"""
_OUTSIDE: Final = f"SELECT EXISTS ({_EVENTS.format(where='e.chat_id IS NULL')})"


def is_lower_bound(organization_id: int, *, visible: Visible, search: str) -> bool:
    """Whether a use that the asker may see, of a file that ``search`` finds, has no price. At most three queries."""
    arguments: dict[str, Any] = {
        "organization_id": organization_id,
        "outside": NIL,
        "sees_all": visible.whole_organization,
        "departments": list(visible.department_ids),
        "members": list(visible.member_ids),
        "like": like(search),
    }
    which = _OF_MANY if visible.whole_organization or visible.department_ids else _OF_OWN
    with connection.cursor() as cursor:
        cursor.execute(_MAY_BE.format(which=which), arguments)
        suspected: tuple[bool, bool] = cursor.fetchone()
        for sql, may_be in zip((_IN_CHATS, _OUTSIDE), suspected, strict=True):
            if may_be:
                cursor.execute(sql.format(which=which), arguments)
                if cursor.fetchone()[0]:
                    return True
    return False
