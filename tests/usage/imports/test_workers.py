"""Several workers, several people, and workers that die: one import, each row once."""

import signal
import subprocess
import sys
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from config.schedule import SCHEDULE
from teams.models import Organization
from tests.config.processes import ROOT, environment, eventually
from tests.flows.conftest import database_of_the_test
from tests.threads import at_once
from tests.usage.imports.scene import as_csv, call, check, findings, ledger_rows, mapped, store, upload
from tests.usage.ledger_fixtures import open_ledger
from usage.enums import Answer, FileImportStatus
from usage.models import EventKey, FileImport, SpendDaily, UnstoredRow, UsageEvent
from usage.services import file_import_store
from usage.services.file_import_claims import MOST_ATTEMPTS, ClaimLost, advance, claim_next
from usage.services.file_import_run import run_file_imports, run_import
from usage.services.file_imports import cancel_import, confirm_import, resume_import
from usage.tasks import forget_usage_files, work_on_usage_files

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = (
    "import django; django.setup(); "
    "from usage.services.file_import_run import run_file_imports; run_file_imports()"
)


@pytest.fixture
def acme() -> Organization:
    return open_ledger(name="Acme", slug="acme")


def _content(rows: int) -> bytes:
    # Without ids of their own, and every seventh row a repeat of the one before: ids count the repeats.
    moment = timezone.now() - timedelta(days=40)
    lines = [
        [(moment + timedelta(seconds=number - (number % 7 == 6))).isoformat(), "gpt-4o", "bob", 10, 1]
        for number in range(rows)
    ]
    lines[5][3] = -1
    return as_csv(lines, header="timestamp,model,user,prompt_tokens,completion_tokens")


def _interrupted(organization: Organization, rows: int) -> FileImport:
    """An import whose worker was killed with some batches stored and some not."""
    job = check(upload(organization, _content(rows)))
    assert confirm_import(job, reason="Test")
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        cwd=ROOT,
        env=environment(
            DATABASE_URL=database_of_the_test(), VAR_DIR=str(settings.VAR_DIR), SECRET_KEY=settings.SECRET_KEY
        ),
        stdin=subprocess.DEVNULL,
    )
    try:
        eventually(
            lambda: FileImport.objects.get(pk=job.pk).rows_done or worker.poll() is not None, what="a batch"
        )
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(30)
    job.refresh_from_db()
    return job


def test_a_worker_that_is_killed_leaves_a_whole_number_of_batches(acme: Organization) -> None:
    rows = 15_000
    job = _interrupted(acme, rows)
    assert 0 < job.rows_done < rows
    assert UsageEvent.objects.count() == job.answers["stored"] == job.rows_done - 1
    # Nobody takes it while the dead worker's claim lasts.
    assert claim_next() is None
    FileImport.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert run_file_imports() == 1
    job.refresh_from_db()
    assert job.status == FileImportStatus.STORED
    assert job.answers == {"stored": rows - 1, "invalid": 1}
    assert UsageEvent.objects.count() == EventKey.objects.count() == rows - 1
    assert sum(row.calls for row in SpendDaily.objects.filter(scope_kind="organization")) == rows - 1
    assert UnstoredRow.objects.get().line == 7


def test_two_workers_have_one_file_each_once(acme: Organization) -> None:
    jobs = [check(upload(acme, as_csv([call(number)]))) for number in range(4)]
    for job in jobs:
        confirm_import(job, reason="Test")
    done = at_once(*(run_file_imports for _ in range(3)))
    assert sum(done) == 4
    assert UsageEvent.objects.count() == 4
    assert set(FileImport.objects.values_list("status", flat=True)) == {FileImportStatus.STORED}


def test_two_people_confirm_one_import(acme: Organization) -> None:
    job = check(upload(acme, as_csv([call(1)])))
    confirmed = at_once(
        *(lambda: confirm_import(FileImport.objects.get(pk=job.pk), reason="Go") for _ in range(4))
    )
    assert sorted(confirmed) == [False, False, False, True]


def test_one_file_that_two_people_bring_counts_once(acme: Organization) -> None:
    content = _content(2_500)
    jobs = [check(upload(acme, content)) for _ in range(2)]
    for job in jobs:
        confirm_import(job, reason="Test")
    assert at_once(*(lambda job=job: run_import(job) for job in jobs)) == [True, True]
    answers = [FileImport.objects.get(pk=job.pk).answers for job in jobs]
    assert sum(found.get("stored", 0) for found in answers) == UsageEvent.objects.count() == 2_499
    assert sum(found.get("duplicate", 0) for found in answers) == 2_499


def test_cancelling_ends_between_two_batches(acme: Organization) -> None:
    job = check(upload(acme, _content(3_000)))
    confirm_import(job, reason="Test")
    told = file_import_store.store_events

    def cancel_after(**batch):
        outcomes = told(**batch)
        if UsageEvent.objects.count() > 1_500:
            at_once(lambda: cancel_import(FileImport.objects.get(pk=job.pk), reason="Wrong file"))
        return outcomes

    with patch.object(file_import_store, "store_events", cancel_after):
        run_import(job)
    job.refresh_from_db()
    assert (job.status, job.rows_done) == (FileImportStatus.CANCELLED, 1_000)
    # The batch at work when it was cancelled was taken back as a whole.
    assert UsageEvent.objects.count() == 999


def test_a_batch_that_is_undone_leaves_no_memory_behind(acme: Organization) -> None:
    job = check(upload(acme, as_csv([call(1, user="newcomer")])))
    confirm_import(job, reason="Test")
    told, failures = file_import_store.store_events, [OperationalError("gone"), OperationalError("gone")]

    def break_off(**batch):
        outcomes = told(**batch)
        if failures:
            raise failures.pop()
        return outcomes

    with patch.object(file_import_store, "store_events", break_off):
        run_import(job)
    assert job.answers == {Answer.STORED: 1}
    stored = UsageEvent.objects.get()
    assert SpendDaily.objects.get(scope_kind="member").scope_id == stored.member_id


def test_a_file_that_ends_every_worker_fails_and_can_be_resumed(acme: Organization) -> None:
    job = check(upload(acme, as_csv([call(1)])))
    confirm_import(job, reason="Test")
    for _attempt in range(MOST_ATTEMPTS + 1):
        with patch.object(file_import_store, "store_events", side_effect=RuntimeError("no")):
            run_file_imports()
        FileImport.objects.filter(status=FileImportStatus.STORING).update(leased_until=None)
    job.refresh_from_db()
    assert job.status == FileImportStatus.FAILED and "worker ended" in job.error
    assert resume_import(job)
    assert run_import(job)
    assert (job.status, job.answers) == (FileImportStatus.STORED, {"stored": 1})


def test_a_long_import_makes_room_for_others_and_goes_on(acme: Organization) -> None:
    content = _content(4_000)
    job = check(upload(acme, content))
    confirm_import(job, reason="Test")
    rounds = 0
    while job.status == FileImportStatus.STORING:
        # The clock has run out at the end of every batch.
        claimed = claim_next()
        assert claimed is not None
        file_import_store.store_file(claimed, goes_on=lambda: False) or FileImport.objects.update(
            leased_until=None
        )
        job.refresh_from_db()
        rounds += 1
    assert rounds > 4
    assert job.answers == {"stored": 3_999, "invalid": 1}
    before = ledger_rows()
    again = store(check(upload(acme, content)))
    assert again.answers == {"duplicate": 3_999, "invalid": 1}
    assert ledger_rows() == before


def test_a_new_mapping_takes_the_file_from_a_running_check(acme: Organization) -> None:
    job = mapped(upload(acme, as_csv([call(1)])))
    claimed = claim_next()
    assert claimed is not None
    mapped(job, constants={"feature": "chat"})
    with pytest.raises(ClaimLost):
        advance(claimed, rows_done=1)
    assert run_import(job)
    assert findings(job).shown[0].answer == "stored"


def test_the_schedule_works_files_off(acme: Organization) -> None:
    job = mapped(upload(acme, as_csv([call(1)])))
    assert {entry["task"] for entry in SCHEDULE.values()} >= {
        work_on_usage_files.name,
        forget_usage_files.name,
    }
    work_on_usage_files()
    job.refresh_from_db()
    assert job.status == FileImportStatus.CHECKED
    forget_usage_files()
    job.refresh_from_db()
    assert job.status == FileImportStatus.CHECKED
