"""Keys are made anew from the events: what was stored is never stored twice, what was lost can be sent again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connections

from teams.models import AuditEntry
from tests.usage.event_factories import make_event, make_events
from tests.usage.ledger.ledgers import check, damaged_relations, full_ledger, run_sql
from tests.usage.ledger_fixtures import RECEIVED, answers, open_ledger, store
from usage.corrections import correction_fingerprint
from usage.identity import UNKNOWN_FINGERPRINT, fingerprint
from usage.models import EventKey, UsageEvent
from usage.progress import Days
from usage.services.key_repair import RepairedKeys, repair_keys


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("damage", "made", "mended", "dropped"),
    [
        ("DELETE FROM usage_event_key WHERE transaction_id IN ('1-7', '1-8')", 2, 0, 0),
        ("UPDATE usage_event_key SET period = '2026-02-01' WHERE transaction_id = '1-7'", 0, 1, 0),
        ("UPDATE usage_event_key SET event_id = gen_random_uuid() WHERE transaction_id = '1-7'", 0, 1, 0),
        (
            "UPDATE usage_event_key SET received_at = received_at - interval '1 day' WHERE transaction_id = '1-7'",
            0,
            1,
            0,
        ),
        ("UPDATE usage_event_key SET fingerprint = '' WHERE transaction_id = '1-7'", 0, 1, 0),
        ("DELETE FROM usage_event WHERE transaction_id = '1-7'", 0, 0, 1),
    ],
)
def test_damaged_keys_agree_with_the_events_again(damage: str, made: int, mended: int, dropped: int) -> None:
    organization = full_ledger(60)
    assert run_sql(damage) > 0
    assert "usage_event_key" in damaged_relations(organization)
    repaired = repair_keys(organization=organization, now=RECEIVED, reason="restored")
    assert repaired == RepairedKeys(made=made, mended=mended, dropped=dropped)
    assert "usage_event_key" not in damaged_relations(organization)
    audit = AuditEntry.objects.get(action="keys.repaired")
    assert (audit.reason, audit.facts["made"], audit.facts["dropped"]) == ("restored", made, dropped)
    again = repair_keys(organization=organization, now=RECEIVED)
    assert again == RepairedKeys(made=0, mended=0, dropped=0)


@pytest.mark.django_db
def test_sound_keys_keep_their_fingerprints() -> None:
    organization = full_ledger(60)
    before = set(EventKey.objects.values_list("transaction_id", "fingerprint", "event_id"))
    run_sql("UPDATE usage_event_key SET received_at = received_at - interval '1 day'")
    repair_keys(organization=organization, now=RECEIVED)
    assert set(EventKey.objects.values_list("transaction_id", "fingerprint", "event_id")) == before


@pytest.mark.django_db
def test_an_event_whose_key_was_made_anew_is_not_stored_twice() -> None:
    organization = open_ledger()
    sent = make_event(transaction_id="lost key")
    store(organization, sent)
    run_sql("DELETE FROM usage_event_key")
    repair_keys(organization=organization, now=RECEIVED)
    assert bytes(EventKey.objects.get().fingerprint) == UNKNOWN_FINGERPRINT != fingerprint(sent)
    assert answers(store(organization, sent)) == ["duplicate"]
    assert UsageEvent.objects.count() == 1
    assert check(organization).is_clean


@pytest.mark.django_db
def test_what_was_lost_is_stored_when_it_is_sent_again() -> None:
    organization = open_ledger()
    sent = make_event(transaction_id="lost event")
    store(organization, sent)
    run_sql("DELETE FROM usage_event")
    assert answers(store(organization, sent)) == ["duplicate"]
    repair_keys(organization=organization, now=RECEIVED)
    assert answers(store(organization, sent)) == ["stored"]


@pytest.mark.django_db
def test_the_key_of_a_correction_gets_its_fingerprint_back() -> None:
    organization = full_ledger(20)
    run_sql("UPDATE usage_event SET correction = 'void' WHERE transaction_id = '1-7'")
    run_sql("DELETE FROM usage_event_key WHERE transaction_id = '1-7'")
    repair_keys(organization=organization, now=RECEIVED)
    assert bytes(EventKey.objects.get(transaction_id="1-7").fingerprint) == correction_fingerprint("1-7")


@pytest.mark.django_db
def test_of_two_events_of_one_id_one_stays_without_a_key_and_is_told() -> None:
    organization = open_ledger()
    sent = make_event(transaction_id="twice")
    store(organization, sent)
    run_sql("DELETE FROM usage_event_key")
    store(organization, sent)
    repair_keys(organization=organization, now=RECEIVED)
    (keys,) = (found for found in check(organization).relations if found.differing)
    assert (keys.relation, keys.differing) == ("usage_event_key", 1)
    assert keys.differences[0].is_missing


@pytest.mark.django_db
def test_months_outside_of_the_days_and_months_that_were_put_away_are_left_alone() -> None:
    organization = full_ledger(60)
    run_sql("DELETE FROM usage_event_key")
    april = Days(date(2026, 4, 3), date(2026, 4, 4))
    repair_keys(organization=organization, days=april, now=RECEIVED)
    assert set(EventKey.objects.values_list("period", flat=True)) == {date(2026, 4, 1)}
    run_sql("ALTER TABLE usage_event DETACH PARTITION usage_event_2026_04")
    assert repair_keys(organization=organization, days=april, now=RECEIVED).dropped == 0
    run_sql(
        "ALTER TABLE usage_event ATTACH PARTITION usage_event_2026_04 FOR VALUES FROM ('2026-04-01') TO ('2026-05-01')"
    )


@pytest.mark.django_db(transaction=True)
def test_keys_are_repaired_while_events_come_in() -> None:
    organization = open_ledger()
    store(organization, *make_events(100, seed=3))
    events = make_events(400, seed=4)

    def ingest(part: int) -> None:
        try:
            mine = events[part::2]
            for start in range(0, len(mine), 10):
                assert set(answers(store(organization, *mine[start : start + 10]))) == {"stored"}
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(ingest, part) for part in range(2)]
        made = 0
        while not all(writer.done() for writer in writers):
            run_sql("DELETE FROM usage_event_key WHERE transaction_id LIKE '3-%%'")
            made += repair_keys(organization=organization, now=RECEIVED).made
    for writer in writers:
        writer.result()
    assert made > 0
    assert check(organization).is_clean
