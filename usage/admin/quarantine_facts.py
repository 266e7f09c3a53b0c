"""How a waiting event and the one that stands under its id are shown beside each other."""

import json
from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from usage.admin.ledger_values import ABSENT, instant_text
from usage.queries.quarantine_facts import ComparedFacts


def facts_table(found: ComparedFacts) -> SafeString:
    """A line per field; those that differ are marked."""
    rows = [
        {
            "field": fact.field,
            "sent": _written(fact.sent),
            "standing": _written(fact.standing),
            "differs": fact.differs,
        }
        for fact in found.facts
    ]
    return render_to_string(
        "usage/admin/facts.html",
        {"rows": rows, "is_compared": True, "different": any(fact.differs for fact in found.facts)},
    )


def sent_table(facts: Mapping[str, Any]) -> SafeString:
    """A line per field that says something, as it was sent; nothing stands beside it."""
    rows = [{"field": name, "sent": _written(value)} for name, value in facts.items() if value]
    return render_to_string("usage/admin/facts.html", {"rows": rows, "is_compared": False})


def _written(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ABSENT
    if hasattr(value, "isoformat"):
        return instant_text(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
