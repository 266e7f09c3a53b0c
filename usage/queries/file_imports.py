"""Reads usage files that were brought in: their bytes, their rows, and what stood before them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from usage.enums import FileImportStatus
from usage.imports.limits import MAX_ROWS, SAMPLE_BYTES, SAMPLE_ROWS
from usage.imports.mapping import FieldMapping, find_mapping_faults, signature
from usage.imports.records import Record, json_columns, read_records
from usage.imports.sniffing import FileFormat
from usage.imports.unpacking import FileFault, decoded, lines, unpacked
from usage.models import FileImport, FileImportChunk, SavedMapping, UnstoredRow


@dataclass(frozen=True, slots=True)
class EarlierImport:
    """The same bytes, stored for the same organization before; ``by`` is empty for a command."""

    id: UUID
    filename: str
    by: str
    stored_at: datetime


def stored_bytes(import_id: UUID) -> Iterator[bytes]:
    """The file as it was uploaded, one piece in memory at a time."""
    chunks = FileImportChunk.objects.filter(file_import_id=import_id)
    for position in range(chunks.count()):
        yield bytes(chunks.values_list("content", flat=True).get(position=position))


def file_format(job: FileImport) -> FileFormat:
    """How the file is read."""
    return msgspec.convert(job.file_format, FileFormat)


def field_mapping(job: FileImport) -> FieldMapping:
    """What its columns mean."""
    return msgspec.convert(job.mapping, FieldMapping)


def file_records(job: FileImport) -> Iterator[Record]:
    """All rows of the file in order. Raises ``FileFault`` for a file that is broken or has too many."""
    form = file_format(job)
    texts = decoded(unpacked(stored_bytes(job.pk)), form.encoding)
    for number, record in enumerate(read_records(lines(texts), form), start=1):
        if number > MAX_ROWS:
            raise FileFault(_("The file has more than %(most)s rows; divide it.") % {"most": f"{MAX_ROWS:,}"})
        yield record


def first_bytes(job: FileImport) -> list[bytes]:
    """The beginning of the file, unpacked."""
    sample, held = [], 0
    for piece in unpacked(stored_bytes(job.pk)):
        sample.append(piece[: SAMPLE_BYTES - held])
        held += len(sample[-1])
        if held >= SAMPLE_BYTES:
            break
    return sample


def json_sample_columns(sample: list[bytes], form: FileFormat) -> tuple[str, ...]:
    """The fields of the first JSON lines. The last of them may be cut off: it then has none."""
    texts = decoded(sample, form.encoding)
    found = read_records(lines(texts), form)
    return json_columns(record.cells for record in islice(found, SAMPLE_ROWS))


def earlier_imports(job: FileImport) -> list[EarlierImport]:
    """When these very bytes were stored for this organization before, the latest first."""
    same = FileImport.objects.filter(
        organization=job.organization, sha256=job.sha256, status=FileImportStatus.STORED
    )
    rows = same.exclude(pk=job.pk).select_related("confirmed_by").order_by("-ended_at")
    return [
        EarlierImport(row.pk, row.filename, row.confirmed_by.email if row.confirmed_by else "", row.ended_at)
        for row in rows
        if row.ended_at is not None
    ]


def saved_mapping(organization_id: int, columns: tuple[str, ...]) -> FieldMapping | None:
    """What was chosen for a file with the same columns before, if it can still be used."""
    kept = SavedMapping.objects.filter(organization_id=organization_id, signature=signature(columns)).first()
    if kept is None:
        return None
    try:
        mapping = msgspec.convert(kept.mapping, FieldMapping)
    except msgspec.ValidationError:
        return None
    return None if find_mapping_faults(mapping, columns) else mapping


def unstored_rows(job: FileImport, *, limit: int | None = None) -> Iterator[UnstoredRow]:
    """Rows that were not stored, or would not be, by line."""
    rows = job.unstored_rows.filter(is_final=job.confirmed_at is not None).order_by("line", "id")
    yield from rows[:limit] if limit else rows.iterator(chunk_size=2_000)
