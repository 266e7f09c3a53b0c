"""Files to bring in, and the way through all steps."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection

from teams.models import Organization, User
from usage.events import Event
from usage.imports.findings import Findings, read_findings
from usage.imports.mapping import FieldMapping, suggest_mapping
from usage.models import FileImport
from usage.queries.file_imports import file_format
from usage.services.file_import_run import run_import
from usage.services.file_imports import confirm_import, save_mapping, upload_file

RECEIVED = datetime(2026, 6, 15, 12, tzinfo=UTC)
LEDGER = (
    "usage_event",
    "usage_event_key",
    "usage_message",
    "usage_chat",
    "usage_file",
    "usage_file_use",
    "usage_hourly",
    "usage_daily",
    "tool_daily",
    "spend_daily",
    "charge_daily",
)
HEADER = "id,timestamp,provider,model,user,prompt_tokens,completion_tokens"


def as_csv(rows: Iterable[Any], *, header: str = HEADER, delimiter: str = ",") -> bytes:
    """A file of these rows."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue().encode()


def call(number: int, **changed: object) -> list[object]:
    """A row under ``HEADER``: a call of gpt-4o by Bob with 1,000 tokens in and 100 out."""
    row: dict[str, object] = {
        "id": f"row-{number}",
        "timestamp": f"2026-05-20T12:{number // 60 % 60:02}:{number % 60:02}Z",
        "provider": "openai",
        "model": "gpt-4o",
        "user": "bob",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
    }
    return list((row | changed).values())


def upload(
    organization: Organization,
    content: bytes | Iterable[bytes],
    *,
    name: str = "usage.csv",
    actor: User | None = None,
) -> FileImport:
    chunks = [content] if isinstance(content, bytes) else content
    return upload_file(organization=organization, filename=name, chunks=chunks, actor=actor)


def mapped(job: FileImport, mapping: FieldMapping | None = None, **changed: Any) -> FileImport:
    """The file with the mapping that is suggested for it, or another one."""
    chosen = mapping or suggest_mapping(file_format(job).columns, time_zone="UTC")
    return save_mapping(job, msgspec.structs.replace(chosen, **changed))


def check(job: FileImport, mapping: FieldMapping | None = None, **changed: Any) -> FileImport:
    """Map it and have it checked."""
    job = mapped(job, mapping, **changed)
    assert run_import(job)
    return job


def store(job: FileImport, *, reason: str = "From the old system") -> FileImport:
    """Confirm it and have it stored."""
    assert confirm_import(job, reason=reason)
    assert run_import(job)
    return job


def bring_in(organization: Organization, content: bytes, **options: Any) -> FileImport:
    """All steps."""
    return store(check(upload(organization, content), **options))


def findings(job: FileImport) -> Findings:
    """What the check has found."""
    assert job.findings is not None
    return read_findings(job.findings)


def ledger_rows() -> Mapping[str, list[tuple[Any, ...]]]:
    """Every row of the ledger and of all rollups, in full, in one order."""
    with connection.cursor() as cursor:
        rows = {}
        for table in LEDGER:
            cursor.execute(f"SELECT {table}::text FROM {table} ORDER BY 1")
            rows[table] = cursor.fetchall()
        return rows


def as_json_line(event: Event) -> bytes:
    """An event as our own format writes it."""
    return msgspec.json.encode(event)
