from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest

from teams.models import Organization
from tests.teams.factories import OrganizationFactory
from tests.usage.event_factories import make_event
from tests.usage.ledger.ledgers import (
    CHARGE_COST,
    CHARGE_QUANTITY,
    check,
    damaged_relations,
    full_ledger,
    run_sql,
)
from tests.usage.ledger_fixtures import open_ledger, store
from usage.events import FileReference
from usage.progress import Days
from usage.rollups import SPEND_DAILY
from usage.services.month_sums import keep_all_month_sums

pytestmark = pytest.mark.django_db


def test_a_ledger_filled_by_ingest_is_clean() -> None:
    organization = full_ledger()
    assert keep_all_month_sums(now=AT_LAST) > 0
    found = check(organization)
    assert [
        (relation.relation, relation.differences) for relation in found.relations if relation.differing
    ] == []
    compared = {relation.relation: relation.rows for relation in found.relations}
    assert compared["usage_event_key"] == 200
    assert min(compared.values()) > 0, compared


AT_LAST = datetime(2027, 1, 1, tzinfo=UTC)
"""When every month is over."""

DAMAGES = [
    pytest.param(
        "usage_event_key", "DELETE FROM usage_event_key WHERE transaction_id = '1-7'", id="key gone"
    ),
    pytest.param(
        "usage_event_key",
        "INSERT INTO usage_event_key (organization_id, transaction_id, fingerprint, event_id, period, received_at) "
        "SELECT organization_id, 'stray', fingerprint, gen_random_uuid(), period, received_at "
        "FROM usage_event_key WHERE transaction_id = '1-7'",
        id="stray key",
    ),
    pytest.param(
        "usage_event_key",
        "UPDATE usage_event_key SET period = '2026-02-01' WHERE transaction_id = '1-7'",
        id="key of another month",
    ),
    pytest.param(
        "usage_event_key",
        "UPDATE usage_event_key SET received_at = received_at + interval '1 second' WHERE transaction_id = '1-7'",
        id="key of another time",
    ),
    pytest.param(
        "usage_event_key",
        "UPDATE usage_event_key SET fingerprint = '' WHERE transaction_id = '1-7'",
        id="key without a fingerprint",
    ),
    pytest.param(
        "usage_event_key",
        "UPDATE usage_event_key SET event_id = gen_random_uuid() WHERE transaction_id = '1-7'",
        id="key of another event",
    ),
    pytest.param(
        "usage_chat (member of the first event)", "UPDATE usage_chat SET member_id = 9999", id="chat's member"
    ),
    pytest.param(
        "usage_message (member of the first event)",
        "UPDATE usage_message SET member_id = 9999",
        id="message's member",
    ),
    pytest.param(
        "receipt_daily (sum of answers)", "UPDATE receipt_daily SET invalid = 1", id="receipt's sum"
    ),
    *(
        pytest.param(table, f"UPDATE {table} SET {column} = {change}", id=f"{table}.{column}")
        for table, column, change in (
            ("usage_hourly", "failures", "failures + 1"),
            ("usage_hourly", "local_date", "local_date + 1"),
            (
                "usage_hourly",
                "latency_histogram",
                "add_histograms(latency_histogram, array_fill(1::bigint, ARRAY[32]))",
            ),
            ("usage_daily", "contracted_cost", "contracted_cost + 0.000000000000001"),
            ("usage_daily", "unpriced_tokens", "unpriced_tokens - 1"),
            ("tool_daily", "tool_tokens", "tool_tokens + 1"),
            ("spend_daily", "list_cost", "0 - 1"),
            ("charge_daily", CHARGE_QUANTITY, f"{CHARGE_QUANTITY} * 2"),
            ("usage_message", "user_text_tokens", "user_text_tokens + 1"),
            ("usage_message", "time_to_first_token_ms", "NULL"),
            ("usage_chat", "messages", "messages + 1"),
            ("usage_chat", "last_at", "last_at + interval '1 second'"),
            ("usage_file_use", "uses", "uses + 1"),
            ("usage_file_use", "processing_cost", "processing_cost + 1"),
            ("receipt_daily", "stored", "stored + 1, received = received + 1"),
            ("receipt_daily", "late", "late + 1"),
            ("receipt_daily", "unattributed", "unattributed - 1"),
            ("receipt_daily", "last_occurred_at", "now()"),
        )
    ),
    *(
        pytest.param(table, f"DELETE FROM {table}", id=f"{table} gone")
        for table in (
            "usage_hourly",
            "usage_daily",
            "tool_daily",
            "spend_daily",
            "usage_message",
            "usage_chat",
            "usage_file_use",
            "usage_file",
            "receipt_daily",
        )
    ),
]


@pytest.mark.parametrize(("relation", "damage"), DAMAGES)
def test_damage_is_found_where_it_was_done(relation: str, damage: str) -> None:
    organization = full_ledger(60)
    assert damaged_relations(organization) == set()
    assert run_sql(damage) > 0
    assert damaged_relations(organization) == {relation}


def test_charges_are_held_against_the_costs_of_events() -> None:
    organization = full_ledger(60)
    run_sql(f"UPDATE charge_daily SET {CHARGE_COST} = {CHARGE_COST} * 2")
    assert damaged_relations(organization) == {"charge_daily", "charge_daily (cost of the day)"}


def test_a_price_row_that_was_edited_shows_in_the_charges() -> None:
    organization = full_ledger(60)
    run_sql("UPDATE usage_price SET input = input * 2")
    assert damaged_relations(organization) == {"charge_daily"}


def test_an_event_that_vanished_is_missed_everywhere() -> None:
    organization = full_ledger(60)
    run_sql("DELETE FROM usage_event WHERE transaction_id = '1-7'")
    found = check(organization)
    assert not found.is_clean
    keys = found.relations[0]
    assert (keys.relation, keys.differing) == ("usage_event_key", 1)
    assert keys.differences[0].is_stray
    assert keys.differences[0].key["transaction_id"] == "1-7"
    assert {"usage_daily", "spend_daily", "receipt_daily"} <= damaged_relations(organization)


def test_a_difference_names_key_and_both_values() -> None:
    organization = full_ledger(60)
    run_sql(
        "UPDATE spend_daily SET calls = calls + 5 WHERE scope_kind = 'organization' AND "
        "ctid = (SELECT min(ctid) FROM spend_daily WHERE scope_kind = 'organization')"
    )
    (relation,) = (found for found in check(organization).relations if found.differing)
    (difference,) = relation.differences
    (cell,) = difference.discrepancies
    assert relation.differing == 1
    assert (difference.is_missing, difference.is_stray) == (False, False)
    assert difference.key["scope_id"] == organization.pk
    assert cell.column == "calls"
    assert cell.found == cell.expected + 5


def test_all_differences_are_counted_and_some_described() -> None:
    organization = full_ledger(60)
    changed = run_sql("UPDATE usage_daily SET calls = calls + 1")
    (relation,) = (found for found in check(organization, limit=3).relations if found.differing)
    assert (relation.differing, len(relation.differences)) == (changed, 3)


def test_days_outside_of_the_range_are_left_out() -> None:
    organization = full_ledger()
    run_sql("UPDATE usage_daily SET calls = calls + 1 WHERE local_date = '2026-04-10'")
    assert damaged_relations(organization, days=Days(date(2026, 4, 11), date(2026, 5, 31))) == set()
    assert damaged_relations(organization, days=Days(date(2026, 4, 10), date(2026, 4, 10))) == {"usage_daily"}


def test_a_range_looks_at_the_chats_and_receipts_that_it_touches() -> None:
    organization = open_ledger()
    april, may = (datetime(2026, month, 10, tzinfo=UTC) for month in (4, 5))
    for name, days in (("old", [april]), ("long", [april, may]), ("new", [may])):
        for day in days:
            read = {"files": [FileReference(f"{name}.pdf", tokens=5)]}
            call = make_event(conversation_id=name, occurred_at=day, **read)
            store(organization, call, received_at=day + timedelta(hours=1))
    store(organization, make_event(occurred_at=april, files=[FileReference("loose.pdf", tokens=5)]))
    run_sql("UPDATE usage_chat SET calls = calls + 1")
    run_sql("UPDATE usage_file_use SET uses = uses + 1")
    run_sql("UPDATE receipt_daily SET late = late + 1")
    found = check(organization, days=Days(date(2026, 5, 1), date(2026, 5, 31)))
    differing = {relation.relation: relation.differing for relation in found.relations if relation.differing}
    assert differing == {"usage_chat": 2, "usage_file_use": 2, "receipt_daily": 1}
    in_april = check(organization, days=Days(date(2026, 4, 1), date(2026, 4, 30)))
    assert {relation.relation: relation.differing for relation in in_april.relations}["usage_file_use"] == 3


def test_a_row_of_zeros_is_as_good_as_none() -> None:
    organization = full_ledger(60)
    keys = ", ".join(f"'zero' AS {name}" if name == "feature" else name for name in SPEND_DAILY.key)
    zeros = ", ".join(f"0 AS {column.name}" for column in SPEND_DAILY.measures)
    columns = ", ".join((*SPEND_DAILY.key, *(column.name for column in SPEND_DAILY.measures)))
    run_sql(f"INSERT INTO spend_daily ({columns}) SELECT DISTINCT {keys}, {zeros} FROM spend_daily LIMIT 1")
    assert damaged_relations(organization) == set()
    run_sql("UPDATE spend_daily SET calls = 1 WHERE feature = 'zero'")
    assert damaged_relations(organization) == {"spend_daily"}


def test_another_organization_is_another_ledger() -> None:
    full_ledger(60)
    run_sql("UPDATE usage_daily SET calls = calls + 1")
    other = cast(Organization, OrganizationFactory())
    store(other, make_event())
    found = check(other)
    assert found.is_clean
    assert found.rows > 0
