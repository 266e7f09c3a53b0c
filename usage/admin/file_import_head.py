"""What stands on every page of a usage file: what it is, and how its columns begin."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from django.utils.html import format_html
from django.utils.translation import gettext as _

from teams import formatting
from teams.templatetags.figures import reader_locale
from usage.admin.file_import_forms import DELIMITER_NAMES, ENCODING_NAMES
from usage.admin.ledger_values import ABSENT
from usage.imports.records import json_value, read_records
from usage.imports.unpacking import FileFault, decoded, lines
from usage.models import FileImport
from usage.queries.file_imports import earlier_imports, file_format, first_bytes

_SAMPLES: Final = 3
_SHOWN_CELL: Final = 40


def file_facts(job: FileImport) -> list[tuple[str, Any]]:
    """What the file is, for the head of every page."""
    form = file_format(job)
    how = ENCODING_NAMES.get(form.encoding, form.encoding)
    if form.kind == "csv":
        how = _("CSV, %(encoding)s, %(delimiter)s") % {
            "encoding": how,
            "delimiter": str(DELIMITER_NAMES[form.delimiter]).lower(),
        }
    else:
        how = _("JSON lines, %(encoding)s") % {"encoding": how}
    by = job.uploaded_by.email if job.uploaded_by else ABSENT
    return [
        (_("Organization"), job.organization),
        (_("Format"), how),
        (_("Size"), _("%(bytes)s bytes") % {"bytes": written_count(job.size)}),
        (
            _("Uploaded"),
            _("%(moment)s by %(person)s") % {"moment": written_moment(job.created_at), "person": by},
        ),
        ("SHA-256", format_html('<span class="imports-hash">{}</span>', job.sha256)),
    ]


def earlier_notices(job: FileImport) -> list[str]:
    """One sentence per earlier import of the very same bytes."""
    return [
        _(
            "This very file was imported as %(name)s on %(moment)s by %(person)s. Storing it again changes nothing."
        )
        % {
            "name": earlier.filename,
            "moment": written_moment(earlier.stored_at),
            "person": earlier.by or _("a command"),
        }
        for earlier in earlier_imports(job)[:_SAMPLES]
    ]


def column_samples(job: FileImport) -> list[str]:
    """Per column of the file its first values, shortened."""
    form = file_format(job)
    try:
        sample = read_records(lines(decoded(first_bytes(job), form.encoding)), form)
        rows = [record.cells for record in islice(sample, 20) if record.fault is None][:_SAMPLES]
    except FileFault:
        rows = []
    look = json_value if form.kind == "jsonl" else dict.get
    return [
        " · ".join(
            shortened(str(value)) for row in rows if (value := look(dict(row), column)) not in (None, "")
        )
        for column in form.columns
    ]


def written_count(value: int) -> str:
    """A whole number in full, as plain text."""
    return formatting.count(value, locale=reader_locale())


def written_moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def shortened(text: str) -> str:
    """A cell as it fits beside others."""
    return text if len(text) <= _SHOWN_CELL else f"{text[: _SHOWN_CELL - 1]}…"
