"""The command takes a file through the same steps; a real trace comes in as people have it."""

import csv
import gzip
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from time_machine import travel

from teams.models import Organization
from tests.real_data import AZURE, needs_real_data
from tests.usage.imports.scene import RECEIVED, as_csv, call, ledger_rows
from tests.usage.ledger_fixtures import open_ledger
from usage.enums import FileImportStatus
from usage.models import FileImport, FileImportChunk, UsageEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Organization:
    return open_ledger(name="Acme", slug="acme")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "usage.csv"
    path.write_bytes(as_csv([call(1), call(2, prompt_tokens="=1+1")]))
    return path


def _run(path: Path, *options: str) -> str:
    output = StringIO()
    with travel(RECEIVED, tick=False):
        call_command("import_usage", path, "--organization", "acme", *options, stdout=output, stderr=output)
    return output.getvalue()


def test_a_dry_run_says_what_it_would_do(acme: Organization, file: Path, tmp_path: Path) -> None:
    unstored = tmp_path / "unstored.csv"
    said = _run(file, "--dry-run", "--unstored", str(unstored))
    assert "2 rows: 1 invalid, 1 stored" in said
    assert "1,000 input tokens, 100 output tokens, $0.003" in said
    assert "usage.csv:3: invalid: input_tokens “=1+1” is no number" in said
    assert "'=1+1" not in unstored.read_text() and "input_tokens: =1+1" in unstored.read_text(
        encoding="utf-8-sig"
    )
    assert not UsageEvent.objects.exists() and not FileImportChunk.objects.exists()
    assert FileImport.objects.get().status == FileImportStatus.CANCELLED


def test_a_mapping_can_be_given_and_is_remembered(acme: Organization, tmp_path: Path) -> None:
    path, mapping = tmp_path / "odd.csv", tmp_path / "mapping.json"
    path.write_text("A;B;C\n20.05.2026 14:00;1.500;7\n")
    mapping.write_text(
        json.dumps(
            {
                "columns": {"occurred_at": "A", "input_tokens": "B", "output_tokens": "C"},
                "constants": {"provider_name": "openai", "response_model": "gpt-4o"},
                "time_format": "dmy",
                "time_zone": "Europe/Berlin",
                "thousands": ".",
                "decimal": ",",
            }
        )
    )
    with pytest.raises(CommandError, match="occurred_at"):
        _run(path)
    assert "Stored: 1 stored" in _run(path, "--mapping", str(mapping))
    stored = UsageEvent.objects.get()
    assert (stored.input_tokens, stored.occurred_at.isoformat()) == (1500, "2026-05-20T12:00:00+00:00")
    before = ledger_rows()
    said = _run(path)
    assert "These very bytes were imported" in said and "Stored: 1 duplicate" in said
    assert ledger_rows() == before


def test_what_cannot_be_done_is_one_sentence(acme: Organization, file: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no organization"):
        call_command("import_usage", file, "--organization", "nobody")
    with pytest.raises(CommandError, match="cannot be read"):
        _run(tmp_path / "missing.csv")
    mapping = tmp_path / "mapping.json"
    for text in ("{", "[]", '{"columns": 5}'):
        mapping.write_text(text)
        with pytest.raises(CommandError, match="mapping"):
            _run(file, "--mapping", str(mapping))


@needs_real_data
def test_a_real_trace_as_its_authors_wrote_it(acme: Organization, tmp_path: Path) -> None:
    with gzip.open(AZURE, "rt") as trace:
        head = [line for line, _number in zip(trace, range(1_501), strict=False)]
    path, mapping = tmp_path / "trace.csv.gz", tmp_path / "mapping.json"
    path.write_bytes(gzip.compress("".join(head).encode()))
    columns = {
        "occurred_at": "TIMESTAMP",
        "input_tokens": "ContextTokens",
        "output_tokens": "GeneratedTokens",
    }
    constants = {"provider_name": "openai", "response_model": "gpt-4o"}
    mapping.write_text(json.dumps({"columns": columns, "constants": constants}))
    # November 2023 is not kept open any more: the import opens it.
    said = _run(path, "--mapping", str(mapping))
    assert "Months to open: 2023-11-01" in said and "Stored: 1,500 stored" in said
    rows = list(csv.DictReader(head))
    events = UsageEvent.objects.all()
    assert sum(event.input_tokens for event in events) == sum(int(row["ContextTokens"]) for row in rows)
    assert sum(event.output_tokens for event in events) == sum(int(row["GeneratedTokens"]) for row in rows)
    before = ledger_rows()
    assert "Stored: 1,500 duplicate" in _run(path)
    assert ledger_rows() == before
