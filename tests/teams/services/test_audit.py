from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from teams.models import AuditEntry
from teams.services.audit import record_audit
from tests.teams.cast import Cast


def test_an_entry_keeps_who_what_when_and_why(cast: Cast) -> None:
    record_audit(
        action="price_list.applied",
        subject=cast.acme,
        actor=cast.carol,
        organization=cast.acme,
        reason="New month",
        facts={
            "at": datetime(2026, 1, 2, tzinfo=UTC),
            "price": Decimal("0.000000000000001"),
            "id": UUID(int=7),
        },
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.actor_name) == (
        "price_list.applied",
        "Acme",
        "carol@example.com",
    )
    assert entry.facts == {
        "at": "2026-01-02T00:00:00Z",
        "price": "0.000000000000001",
        "id": str(UUID(int=7)),
    }


def test_the_name_outlives_the_account(cast: Cast) -> None:
    entry = record_audit(action="key.revoked", subject="x" * 300, actor=cast.bob)
    cast.bob.delete()
    entry.refresh_from_db()
    assert (entry.actor, entry.actor_name, len(entry.subject)) == (None, "bob@example.com", 254)


def test_without_an_actor_the_system_did_it(db: None) -> None:
    assert record_audit(action="periods.made", subject="all").actor_name == "System"


def test_entries_stay(db: None) -> None:
    with pytest.raises(TypeError):
        record_audit(action="periods.made", subject="all").delete()
