"""Stores a confirmed usage file, batch by batch: events first, then the voids.

A batch and its progress are one transaction. Wherever a worker dies, what counts as done is exactly what is stored,
and the next worker goes on behind it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import groupby, islice
from typing import Any, Final

from django.db import OperationalError, transaction
from django.utils import timezone

from teams.services.audit import record_audit
from usage.decoding import Rejected
from usage.enums import EventSource, FileImportStatus
from usage.events import Event
from usage.imports.batches import batches
from usage.imports.findings import read_findings
from usage.imports.limits import BATCH
from usage.imports.rows import ReadRow, RowReader, VoidRow
from usage.imports.unstored import unstored_outcome
from usage.models import FileImport, UnstoredRow
from usage.queries.file_imports import field_mapping, file_format, file_records
from usage.services.corrections import void_events
from usage.services.file_import_claims import advance, keep_unstored
from usage.services.file_imports import drop_bytes
from usage.services.ingest import store_events
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods
from usage.services.snapshots import MEMORY

_TRIES: Final = 4


def store_file(job: FileImport, *, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """Store what is left of a claimed import, and say whether all of it is done.

    ``goes_on`` is asked between batches. Raises ``ClaimLost``; any other exception leaves the import as it stands
    after the last whole batch.
    """
    findings = read_findings(job.findings or {})
    _open_months(job, [date.fromisoformat(month) for month in findings.opened_months])
    for batch in _events_left(job):
        _in_one(job, partial(_store_batch, job, batch))
        if not goes_on():
            return False
    if findings.voids:
        for batch in _voids_left(job):
            _in_one(job, partial(_void_batch, job, batch))
            if not goes_on():
                return False
    _finish(job)
    return True


def _open_months(job: FileImport, months: Sequence[date]) -> None:
    if months:
        ensure_partitions(months)
        ensure_periods(job.organization_id, first=min(months))
        MEMORY.renew_organization(job.organization_id)


def _events_left(job: FileImport) -> Iterator[list[ReadRow]]:
    """The batches behind what is done; records before them are only counted."""
    reader = RowReader(form=file_format(job), mapping=field_mapping(job))
    records = file_records(job)
    for record in islice(records, job.rows_done):
        reader.skip(record)
    yield from batches(reader.read(record) for record in records)


def _voids_left(job: FileImport) -> Iterator[list[ReadRow]]:
    reader = RowReader(form=file_format(job), mapping=field_mapping(job))
    rows = (reader.read(record) for record in file_records(job))
    voids = (row for row in rows if isinstance(row.item, VoidRow))
    yield from batches(islice(voids, job.voids_done, None), size=BATCH)


def _in_one(job: FileImport, step: Callable[[], dict[str, Any]]) -> None:
    """Do a step and write its progress in one transaction; once more after a deadlock."""
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic():
                changes = step()
                advance(job, **changes)
        except OperationalError:
            MEMORY.forget()
            if attempt == _TRIES:
                raise
        except BaseException:
            # What ingest remembers to have made is gone with the transaction.
            MEMORY.forget()
            raise
        else:
            for name, value in changes.items():
                setattr(job, name, value)
            return


def _store_batch(job: FileImport, batch: Sequence[ReadRow]) -> dict[str, Any]:
    rows = [row for row in batch if not isinstance(row.item, VoidRow)]
    events = [row.item for row in rows if isinstance(row.item, Event | Rejected)]
    outcomes = (
        store_events(organization_id=job.organization_id, events=events, source=EventSource.FILE)
        if events
        else []
    )
    found = [unstored_outcome(row, outcome) for row, outcome in zip(rows, outcomes, strict=True)]
    answers = _added(job.answers, [outcome.answer.value for outcome in outcomes])
    return {
        "rows_done": job.rows_done + len(batch),
        "answers": answers,
        "unstored_count": _kept(job, found),
    }


def _void_batch(job: FileImport, batch: Sequence[ReadRow]) -> dict[str, Any]:
    answers: list[str] = []
    found: list[dict[str, object] | None] = []
    for reason, group in groupby(batch, key=_reason_of):
        rows = list(group)
        outcomes = void_events(
            organization_id=job.organization_id,
            transaction_ids=[row.transaction_id for row in rows],
            reason=reason or job.reason,
            actor=job.confirmed_by,
            source=EventSource.FILE,
        )
        answers += [outcome.answer.value for outcome in outcomes]
        found += [unstored_outcome(row, outcome) for row, outcome in zip(rows, outcomes, strict=True)]
    return {
        "voids_done": job.voids_done + len(batch),
        "void_answers": _added(job.void_answers, answers),
        "unstored_count": _kept(job, found),
    }


def _reason_of(row: ReadRow) -> str:
    return row.item.reason if isinstance(row.item, VoidRow) else ""


def _kept(job: FileImport, found: Sequence[dict[str, object] | None]) -> int:
    """Keep the rows that are not stored; gives how many there are by now."""
    rows = [UnstoredRow(file_import=job, is_final=True, **row) for row in found if row is not None]
    keep_unstored(rows, kept=job.unstored_count)
    return job.unstored_count + len(rows)


def _added(counts: Mapping[str, int], answers: Sequence[str]) -> dict[str, int]:
    return dict(Counter(counts) + Counter(answers))


@transaction.atomic
def _finish(job: FileImport) -> None:
    advance(job, status=FileImportStatus.STORED, ended_at=timezone.now(), claim=None, leased_until=None)
    UnstoredRow.objects.filter(file_import=job, is_final=False).delete()
    drop_bytes(job)
    record_audit(
        action="file_import.stored",
        subject=job,
        actor=job.confirmed_by,
        organization=job.organization,
        reason=job.reason,
        facts={"id": job.pk, "sha256": job.sha256, "answers": job.answers, "voids": job.void_answers},
    )
    job.refresh_from_db()
