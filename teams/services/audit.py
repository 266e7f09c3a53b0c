"""Writes the audit history."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext

from teams.models import AuditEntry, Organization, User

_LONGEST = 254


class _FactsEncoder(DjangoJSONEncoder):
    """Writes money as people write it: without an exponent."""

    def default(self, o: Any) -> Any:
        return format(o, "f") if isinstance(o, Decimal) else super().default(o)


def record_audit(
    *,
    action: str,
    subject: object,
    actor: User | None = None,
    organization: Organization | None = None,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Note who did what, in the caller's transaction, so that a change and its entry stand or fall together.

    ``action`` is noun.past, such as ``member.moved``; ``subject`` is kept as text; ``facts`` may hold dates,
    decimals and UUIDs, which are kept as text. Without an ``actor`` the system did it.
    """
    return AuditEntry.objects.create(
        organization=organization,
        actor=actor,
        actor_name=(actor.email if actor else gettext("System"))[:_LONGEST],
        action=action,
        subject=str(subject)[:_LONGEST],
        reason=reason,
        facts=json.loads(json.dumps(dict(facts or {}), cls=_FactsEncoder)),
    )
