"""What people do with a usage file: upload, map, confirm, cancel. Workers check and store it in the background."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from teams.models import Organization, User
from teams.services.audit import record_audit
from usage.enums import FileImportStatus
from usage.imports.limits import MAX_BYTES, SAMPLE_BYTES
from usage.imports.mapping import FieldMapping, find_mapping_faults, signature
from usage.imports.sniffing import DELIMITERS, ENCODINGS, EncodingWatch, FileFormat, header_columns, sniff
from usage.imports.unpacking import FileFault, decoded, lines, unpacked
from usage.models import FileImport, FileImportChunk, SavedMapping
from usage.queries.file_imports import first_bytes, json_sample_columns

KEPT: Final = timedelta(days=7)
"""How long a file waits for someone to go on with it; then its bytes are dropped."""
_CHUNK: Final = 1024 * 1024
_MAY_BE_MAPPED: Final = (
    FileImportStatus.UPLOADED,
    FileImportStatus.CHECKING,
    FileImportStatus.CHECKED,
    FileImportStatus.FAILED,
)
_ENDED: Final = (FileImportStatus.STORED, FileImportStatus.CANCELLED)


def upload_file(
    *, organization: Organization, filename: str, chunks: Iterable[bytes], actor: User | None = None
) -> FileImport:
    """Keep a file and find out what it is; nothing is read as usage yet. One piece is in memory at a time.

    Raises ``ValidationError`` for a file that is empty, too large, broken, or no CSV and no JSON lines.
    """
    plain = "".join(sign for sign in filename.replace("\\", "/").rsplit("/", 1)[-1] if sign.isprintable())
    with transaction.atomic():
        job = FileImport.objects.create(
            organization=organization, filename=plain[:200] or _("unnamed"), uploaded_by=actor
        )
        keeper = _Keeper(job)
        try:
            form = _find_format(keeper.kept(chunks))
        except FileFault as error:
            raise ValidationError(str(error)) from None
        job.size, job.sha256 = keeper.size, keeper.digest.hexdigest()
        job.file_format = msgspec.to_builtins(form)
        job.save(update_fields=["size", "sha256", "file_format"])
        record_audit(
            action="file_import.uploaded",
            subject=job,
            actor=actor,
            organization=organization,
            facts={"id": job.pk, "size": job.size, "sha256": job.sha256},
        )
    return job


class _Keeper:
    """Writes the bytes that pass by into the database."""

    def __init__(self, job: FileImport) -> None:
        self._job = job
        self._position = 0
        self.size = 0
        self.digest = hashlib.sha256()

    def kept(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        held = b""
        for chunk in chunks:
            self.size += len(chunk)
            if self.size > MAX_BYTES:
                raise FileFault(_("The file is larger than %(limit)s MB.") % {"limit": MAX_BYTES // _CHUNK})
            self.digest.update(chunk)
            held += chunk
            while len(held) >= _CHUNK:
                self._write(held[:_CHUNK])
                held = held[_CHUNK:]
            yield chunk
        if held:
            self._write(held)

    def _write(self, content: bytes) -> None:
        FileImportChunk.objects.create(file_import=self._job, position=self._position, content=content)
        self._position += 1


def _find_format(chunks: Iterable[bytes]) -> FileFormat:
    watch, sample, held = EncodingWatch(), [], 0
    for piece in unpacked(chunks):
        watch.see(piece)
        if held < SAMPLE_BYTES:
            sample.append(piece[: SAMPLE_BYTES - held])
            held += len(sample[-1])
    return _with_columns(sniff(sample, watch.encoding()), sample)


def _with_columns(form: FileFormat, sample: list[bytes]) -> FileFormat:
    if form.kind == "csv":
        return form
    columns = json_sample_columns(sample, form)
    if not columns:
        raise FileFault(_("No line at the beginning of the file is a JSON object."))
    return msgspec.structs.replace(form, columns=columns)


def choose_format(job: FileImport, *, encoding: str, delimiter: str) -> FileImport:
    """Read the file in another way than was found out. Raises ``ValidationError`` when it cannot be read so."""
    if encoding not in ENCODINGS or delimiter not in DELIMITERS:
        raise ValidationError(_("A file cannot be read so."))
    sample = first_bytes(job)
    form = msgspec.convert(job.file_format, FileFormat)
    form = msgspec.structs.replace(form, encoding=encoding, delimiter=delimiter)
    try:
        if form.kind == "csv":
            texts = [line.text for line in lines(decoded(sample, encoding)) if line.text.strip()][:40]
            form = msgspec.structs.replace(form, columns=header_columns(texts, delimiter))
        else:
            form = _with_columns(form, sample)
    except FileFault as error:
        raise ValidationError(str(error)) from None
    if not FileImport.objects.filter(pk=job.pk, status__in=_MAY_BE_MAPPED, confirmed_at=None).update(
        file_format=msgspec.to_builtins(form), status=FileImportStatus.UPLOADED, mapping={}, claim=None
    ):
        raise ValidationError(_("This file is past mapping."))
    job.refresh_from_db()
    return job


def save_mapping(job: FileImport, mapping: FieldMapping) -> FileImport:
    """Say what the columns mean, keep it for the next file with the same columns, and have the file checked.

    Raises ``ValidationError`` with every fault of the mapping, and once the import was confirmed.
    """
    columns = msgspec.convert(job.file_format, FileFormat).columns
    if faults := find_mapping_faults(mapping, columns):
        raise ValidationError([f"{fault.field}: {fault.reason}" for fault in faults])
    kept = msgspec.to_builtins(mapping)
    with transaction.atomic():
        waiting = FileImport.objects.filter(pk=job.pk, status__in=_MAY_BE_MAPPED, confirmed_at=None)
        if not waiting.filter(chunks__position=0).exists() or not waiting.update(
            mapping=kept,
            status=FileImportStatus.CHECKING,
            findings=None,
            error="",
            rows_done=0,
            attempts=0,
            claim=None,
            leased_until=None,
            queued_at=timezone.now(),
        ):
            raise ValidationError(_("This file is past mapping."))
        SavedMapping.objects.update_or_create(
            organization=job.organization,
            signature=signature(columns),
            defaults={"mapping": kept, "saved_at": timezone.now()},
        )
    job.refresh_from_db()
    return job


@transaction.atomic
def confirm_import(job: FileImport, *, reason: str, actor: User | None = None) -> bool:
    """Have a checked file stored. Says whether this call did it, not an earlier one; of two people one does.

    Raises ``ValidationError`` without a reason, and for a file that was not checked.
    """
    if not reason.strip():
        raise ValidationError(_("A reason is needed."))
    now = timezone.now()
    done = FileImport.objects.filter(pk=job.pk, status=FileImportStatus.CHECKED).update(
        status=FileImportStatus.STORING,
        reason=reason.strip(),
        confirmed_by=actor,
        confirmed_at=now,
        rows_done=0,
        unstored_count=0,
        attempts=0,
        queued_at=now,
        claim=None,
        leased_until=None,
    )
    job.refresh_from_db()
    if not done:
        if job.confirmed_at is None:
            raise ValidationError(_("The file has to be checked first."))
        return False
    _record("file_import.confirmed", job, actor, reason, rows=job.rows_total)
    return True


@transaction.atomic
def cancel_import(job: FileImport, *, actor: User | None = None, reason: str = "") -> bool:
    """End an import and drop its bytes. What is stored by then stays. Says whether this call did it."""
    done = (
        FileImport.objects.filter(pk=job.pk)
        .exclude(status__in=_ENDED)
        .update(status=FileImportStatus.CANCELLED, ended_at=timezone.now(), claim=None, leased_until=None)
    )
    job.refresh_from_db()
    if done:
        drop_bytes(job)
        _record("file_import.cancelled", job, actor, reason, rows=job.rows_done, answers=job.answers)
    return bool(done)


def drop_bytes(job: FileImport) -> None:
    """Remove the file's bytes, which may hold more than the ledger ever keeps. Hash, counts and faults stay."""
    FileImportChunk.objects.filter(file_import=job).delete()


def resume_import(job: FileImport, *, actor: User | None = None, reason: str = "") -> bool:
    """Go on with a confirmed import that failed, from the row where it stopped. Says whether this call did it."""
    failed = FileImport.objects.filter(pk=job.pk, status=FileImportStatus.FAILED, confirmed_at__isnull=False)
    with transaction.atomic():
        done = failed.update(
            status=FileImportStatus.STORING, error="", attempts=0, queued_at=timezone.now(), leased_until=None
        )
        job.refresh_from_db()
        if done:
            _record("file_import.resumed", job, actor, reason, rows=job.rows_done)
    return bool(done)


def forget_old_files() -> int:
    """Cancel the imports that nobody went on with; says how many. One that a worker has is never among them."""
    left = Q(status__in=(FileImportStatus.UPLOADED, FileImportStatus.CHECKED, FileImportStatus.FAILED))
    old = FileImport.objects.filter(left, created_at__lt=timezone.now() - KEPT)
    forgotten = 0
    for import_id in list(old.values_list("pk", flat=True)):
        with transaction.atomic():
            job = FileImport.objects.select_for_update().filter(left, pk=import_id).first()
            forgotten += job is not None and cancel_import(job, reason=_("Nobody went on with it."))
    return forgotten


def _record(action: str, job: FileImport, actor: User | None, reason: str, **facts: object) -> None:
    record_audit(
        action=action,
        subject=job,
        actor=actor,
        organization=job.organization,
        reason=reason,
        facts={"id": job.pk, "sha256": job.sha256, **facts},
    )
