"""Rebuilding gives what ingest gave and repairs what was damaged."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from django.db import connection
from django.db.models import Sum

from teams.models import AuditEntry, Organization
from tests.teams.factories import OrganizationFactory
from tests.usage.event_factories import make_events
from tests.usage.ledger.ledgers import (
    CHARGE_COST,
    CHARGE_QUANTITY,
    damage_repaired,
    damaged_relations,
    full_ledger,
    run_sql,
)
from tests.usage.ledger_fixtures import store
from usage.models import Chat, UsageDaily
from usage.progress import Days
from usage.services.rebuild import rebuild_rollups
from usage.staged_columns import EVENT_COLUMNS

TABLES = (
    "usage_hourly",
    "usage_daily",
    "tool_daily",
    "spend_daily",
    "charge_daily",
    "usage_file_use",
)


def _rows(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t) - 'xid' FROM {table} t ORDER BY 1")
        return cursor.fetchall()


def _everything() -> dict[str, list[Any]]:
    return {table: _rows(table) for table in (*TABLES, "usage_message", "usage_chat", "usage_file")}


@pytest.mark.django_db
def test_rebuilding_a_sound_ledger_changes_nothing() -> None:
    organization = full_ledger()
    before = _everything()
    rebuilt = rebuild_rollups(organization=organization)
    assert _everything() == before
    assert rebuilt.chats == Chat.objects.count()
    assert rebuilt.rollup_rows == sum(len(before[table]) for table in TABLES[:-1])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "damage",
    [
        *(f"DELETE FROM {table}" for table in (*TABLES, "usage_message", "usage_chat", "usage_file")),
        "UPDATE usage_daily SET calls = calls * 2, feature = feature || 'x'",
        "UPDATE usage_hourly SET latency_histogram = array_fill(9::bigint, ARRAY[32])",
        f"UPDATE charge_daily SET {CHARGE_QUANTITY} = {CHARGE_QUANTITY} + 1, {CHARGE_COST} = 7",
        "UPDATE usage_message SET input_tokens = 0, first_at = now(), chat_id = NULL",
        "UPDATE usage_chat SET messages = 0, contracted_cost = -1, last_at = '2000-01-01'",
        "UPDATE usage_chat SET id = gen_random_uuid()",
        "UPDATE usage_file_use SET uses = uses + 1, chat_id = gen_random_uuid()",
        "DELETE FROM receipt_daily",
        "UPDATE receipt_daily SET stored = stored + 7, late = 3, unattributed = 0, last_occurred_at = NULL",
        "UPDATE receipt_daily SET source = 'file'",
        "UPDATE receipt_daily SET received = 0, invalid = 2",
    ],
)
def test_damage_is_repaired(damage: str) -> None:
    assert damage_repaired(damage)


@pytest.mark.django_db
def test_only_the_months_that_the_days_touch_are_rebuilt() -> None:
    organization = full_ledger()
    run_sql("UPDATE usage_daily SET calls = calls + 1")
    rebuild_rollups(organization=organization, days=Days(date(2026, 4, 10), date(2026, 4, 12)))
    april, may = Days(date(2026, 4, 1), date(2026, 4, 30)), Days(date(2026, 5, 1), date(2026, 5, 31))
    assert damaged_relations(organization, days=april) == set()
    assert damaged_relations(organization, days=may) == {"usage_daily"}


@pytest.mark.django_db
def test_titles_and_ids_at_the_client_are_kept() -> None:
    organization = full_ledger()
    names = list(Chat.objects.order_by("id").values_list("external_id", "title"))
    assert any(title for _external_id, title in names)
    run_sql("UPDATE usage_chat SET input_tokens = 0, calls = 99")
    rebuild_rollups(organization=organization)
    assert list(Chat.objects.order_by("id").values_list("external_id", "title")) == names


@pytest.mark.django_db
def test_another_organization_is_left_alone() -> None:
    organization = full_ledger(60)
    run_sql("UPDATE usage_daily SET calls = calls + 1")
    other = cast(Organization, OrganizationFactory())
    store(other, *make_events(5, seed=9))
    rebuild_rollups(organization=other)
    assert damaged_relations(organization) == {"usage_daily"}


@pytest.mark.django_db
def test_a_rebuild_stands_in_the_audit_history() -> None:
    organization = full_ledger(20)
    rebuild_rollups(organization=organization, reason="after the restore")
    entry = AuditEntry.objects.get(action="rollups.rebuilt")
    assert (entry.organization, entry.reason) == (organization, "after the restore")
    assert entry.facts["steps_done"] == entry.facts["steps"]
    assert "2026-04-01" in entry.facts["months"]


@pytest.mark.django_db
def test_voided_events_leave_nothing_behind() -> None:
    organization = full_ledger(60, time_zone="Asia/Kathmandu")
    _void_everything(organization)
    assert "usage_daily" in damaged_relations(organization)
    rebuild_rollups(organization=organization)
    assert damaged_relations(organization) == set()
    sums = UsageDaily.objects.aggregate(
        cost=Sum("contracted_cost"), tokens=Sum("input_tokens"), calls=Sum("calls")
    )
    assert sums == {"cost": Decimal(0), "tokens": 0, "calls": 0}


_NEGATED = [
    "calls",
    "failures",
    "duration_ms",
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "audio_input_tokens",
    "image_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "audio_output_tokens",
    "audio_seconds",
    "web_search_calls",
    "code_run_calls",
    "user_text_tokens",
    "context_tokens",
    "file_tokens",
    "system_tokens",
    "tool_result_tokens",
    "tool_call_tokens",
    "list_cost",
    "contracted_cost",
    "unpriced",
]


def _void_everything(organization: Organization) -> None:
    """Negative events beside all that stand, with keys of their own, as a void would store them."""
    replaced = {name: f"-{name}" for name in _NEGATED} | {
        "id": "gen_random_uuid()",
        "transaction_id": "'void:' || transaction_id",
        "source": "'correction'",
        "corrects": "id",
        "correction": "'void'",
        "tools": "(SELECT jsonb_agg(t || jsonb_build_object('calls', -(t->>'calls')::int, "
        "'tokens', -(t->>'tokens')::int)) FROM jsonb_array_elements(tools) t)",
        "files": "NULL",
    }
    values = ", ".join(replaced.get(name, name) for name in EVENT_COLUMNS)
    run_sql(
        f"INSERT INTO usage_event ({', '.join(EVENT_COLUMNS)}) SELECT {values} FROM usage_event "
        "WHERE organization_id = %s",
        organization.pk,
    )
    run_sql(
        "INSERT INTO usage_event_key (organization_id, transaction_id, fingerprint, event_id, period, received_at) "
        "SELECT organization_id, transaction_id, '\\x00', id, period, received_at FROM usage_event "
        "WHERE correction = 'void' AND organization_id = %s",
        organization.pk,
    )
