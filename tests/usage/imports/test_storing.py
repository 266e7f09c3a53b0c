"""From a file to the ledger: once, whole, and with a word for each row that is not stored."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from time_machine import travel

from teams.models import AuditEntry, Organization
from tests.usage.imports.scene import (
    RECEIVED,
    as_csv,
    as_json_line,
    bring_in,
    call,
    check,
    findings,
    ledger_rows,
    store,
    upload,
)
from tests.usage.ledger_fixtures import event, open_ledger
from tests.usage.ledger_fixtures import store as store_events
from usage.enums import EventSource, FileImportStatus
from usage.models import FileImport, FileImportChunk, SavedMapping, UnstoredRow, UsageEvent, UsagePeriod
from usage.queries.file_imports import earlier_imports, saved_mapping
from usage.services.file_imports import cancel_import, confirm_import, forget_old_files, resume_import

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _june():
    with travel(RECEIVED, tick=False):
        yield


@pytest.fixture
def acme() -> Organization:
    return open_ledger(name="Acme", slug="acme")


def test_rows_become_events(acme: Organization) -> None:
    job = bring_in(acme, as_csv(call(number) for number in range(5)))
    assert (job.status, job.answers) == (FileImportStatus.STORED, {"stored": 5})
    stored = UsageEvent.objects.get(transaction_id="row-3")
    assert stored.source == EventSource.FILE
    assert stored.occurred_at == datetime(2026, 5, 20, 12, 0, 3, tzinfo=UTC)
    assert (stored.input_tokens, stored.output_tokens) == (1000, 100)
    assert stored.contracted_cost == Decimal("0.003")
    actions = AuditEntry.objects.filter(organization=acme).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["file_import.uploaded", "file_import.confirmed", "file_import.stored"]
    assert not FileImportChunk.objects.exists()


@pytest.mark.parametrize("has_ids", [True, False], ids=["own ids", "ids from rows"])
def test_the_same_file_twice_changes_nothing(acme: Organization, has_ids: bool) -> None:
    # Two rows are the same in every cell: both are calls, and both count once.
    rows = [call(1), call(2), call(3), call(3)] if not has_ids else [call(1), call(2), call(3)]
    content = (
        as_csv(rows)
        if has_ids
        else as_csv([row[1:] for row in rows], header="time,provider,model,user,in_tokens,out_tokens")
    )
    first = bring_in(acme, content)
    assert first.answers == {"stored": len(rows)}
    before = ledger_rows()
    assert len(before["usage_event"]) == len(rows)
    again = upload(acme, content, name="copy.csv")
    assert [found.id for found in earlier_imports(again)] == [first.pk]
    again = store(check(again))
    assert again.answers == {"duplicate": len(rows)}
    assert ledger_rows() == before


def test_rows_keep_their_ids_when_columns_mean_something_else(acme: Organization) -> None:
    content = as_csv([call(1)[1:]], header="time,provider,model,user,in_tokens,out_tokens")
    bring_in(acme, content)
    before = ledger_rows()
    job = bring_in(acme, content, constants={"feature": "chat"})
    assert job.answers == {"conflict": 1}
    assert ledger_rows() == before


def test_the_check_counts_what_storing_counts(acme: Organization) -> None:
    store_events(acme, event(transaction_id="row-1", occurred_at=datetime(2026, 5, 20, 12, 0, 1, tzinfo=UTC)))
    store_events(acme, event(transaction_id="row-2", input_tokens=7))
    rows = [
        *(call(number) for number in range(6)),
        call(5),
        call(4, prompt_tokens=3),
        call(20, prompt_tokens=-1),
        call(21, timestamp="yesterday"),
        call(22, timestamp="2027-01-01T00:00:00Z"),
        call(23, timestamp="2010-01-01T00:00:00Z"),
        call(24, model="unheard-of", user="zoe"),
        ["short"],
    ]
    job = check(upload(acme, as_csv(rows)))
    found = findings(job)
    assert not UsageEvent.objects.filter(source=EventSource.FILE).exists()
    expected = {"stored": 5, "duplicate": 2, "conflict": 2, "quarantined": 2, "invalid": 3}
    assert found.answers == expected
    assert (found.rows, found.valid) == (14, 11)
    assert found.waiting == {"future": 1, "out_of_range": 1}
    assert (found.unpriced_rows, found.unpriced) == (1, {"openai unheard-of": 1})
    assert found.new_names == {"member": ["zoe"], "model": ["openai unheard-of"]}
    assert (found.input_tokens, found.contracted_cost) == (5000, 4 * 3 * 10**12)
    faults = UnstoredRow.objects.filter(answer="invalid").order_by("line")
    assert list(faults.values_list("line", "field", "reason")) == [
        (10, "input_tokens", "must be a whole number from 0"),
        (11, "occurred_at", "“yesterday” is no time of this format"),
        (15, "row", "has 1 cells where the header has 7"),
    ]
    store(job)
    assert job.answers == expected
    stored = UsageEvent.objects.filter(source=EventSource.FILE)
    assert sum(row.contracted_cost or 0 for row in stored) == Decimal(found.contracted_cost) / 10**15
    assert job.unstored_count == UnstoredRow.objects.filter(is_final=True).count() == 7


def test_months_are_opened_for_rows_that_need_them(acme: Organization) -> None:
    content = as_csv([call(1, timestamp="2022-03-31T23:30:00Z"), call(2)])
    job = check(upload(acme, content))
    assert findings(job).opened_months == ["2022-03-01"]
    assert not UsagePeriod.objects.filter(period__lt=date(2024, 1, 1)).exists()
    store(job)
    assert job.answers == {"stored": 2}
    assert UsageEvent.objects.get(transaction_id="row-1").period == date(2022, 3, 1)
    other = open_ledger(name="Other", slug="other")
    job = bring_in(other, content, opens_months=False)
    assert job.answers == {"stored": 1, "quarantined": 1}


def test_voids_of_a_file_take_events_back(acme: Organization) -> None:
    store_events(acme, event(transaction_id="old"))
    header = "id,timestamp,model,prompt_tokens,void,reason"
    rows = [
        ["row-1", "", "", "", "yes", "Test run"],
        ["row-1", "2026-05-20T12:00:00Z", "gpt-4o", 10, "", ""],
        ["old", "", "", "", "true", ""],
        ["old", "", "", "", "true", ""],
        ["nobody", "", "", "", "1", ""],
    ]
    job = check(upload(acme, as_csv(rows, header=header)))
    expected = {"voided": 2, "already_voided": 1, "unknown": 1}
    found = findings(job)
    assert (found.answers, found.void_answers) == ({"stored": 1}, expected)
    store(job, reason="Double billing")
    assert (job.answers, job.void_answers) == ({"stored": 1}, expected)
    assert sum(row.input_tokens for row in UsageEvent.objects.all()) == 0
    reasons = AuditEntry.objects.filter(action="usage_event.voided").order_by("id")
    assert list(reasons.values_list("reason", flat=True)) == ["Test run", "Double billing"]
    before = ledger_rows()
    again = bring_in(acme, as_csv(rows, header=header))
    assert (again.answers, again.void_answers) == ({"duplicate": 1}, {"already_voided": 3, "unknown": 1})
    assert ledger_rows() == before


def test_json_lines_of_our_own_format(acme: Organization) -> None:
    sent = event(occurred_at=datetime(2026, 5, 2, tzinfo=UTC), conversation_id="c")
    job = bring_in(
        acme,
        as_json_line(sent)
        + b"\n"
        + b'{"transaction_id": "%s", "void": true}\n' % sent.transaction_id.encode(),
    )
    assert (job.answers, job.void_answers) == ({"stored": 1}, {"voided": 1})


def test_a_mapping_is_offered_again_for_the_same_columns(acme: Organization) -> None:
    job = check(upload(acme, as_csv([call(1)])), constants={"feature": "chat"})
    columns = tuple(reversed(job.file_format["columns"]))
    kept = saved_mapping(acme.pk, columns)
    assert kept is not None and kept.constants == {"feature": "chat"}
    assert saved_mapping(acme.pk, (*columns, "more")) is None
    assert SavedMapping.objects.count() == 1


def test_confirming_needs_a_check_and_a_reason(acme: Organization) -> None:
    job = upload(acme, as_csv([call(1)]))
    with pytest.raises(ValidationError):
        confirm_import(job, reason="now")
    job = check(job)
    with pytest.raises(ValidationError):
        confirm_import(job, reason=" ")
    assert confirm_import(job, reason="now")
    assert not confirm_import(FileImport.objects.get(pk=job.pk), reason="me too")


def test_a_cancelled_import_stays_as_it_is(acme: Organization) -> None:
    job = check(upload(acme, as_csv([call(1)])))
    assert cancel_import(job, reason="Wrong file")
    assert not cancel_import(job)
    assert not FileImportChunk.objects.exists()
    with pytest.raises(ValidationError):
        check(job)
    assert not resume_import(job)


def test_files_that_nobody_goes_on_with_are_dropped(acme: Organization) -> None:
    job = check(upload(acme, as_csv([call(1)])))
    assert forget_old_files() == 0
    FileImport.objects.update(created_at=datetime(2026, 6, 1, tzinfo=UTC))
    assert forget_old_files() == 1
    job.refresh_from_db()
    assert job.status == FileImportStatus.CANCELLED
