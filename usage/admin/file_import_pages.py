"""What the pages of a usage file say: how its columns look, what the check found, what became of it."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from usage.admin.file_import_head import shortened, written_count, written_moment
from usage.admin.file_import_labels import LABELS
from usage.admin.ledger_values import ABSENT, written_cost
from usage.answers import CONFLICT_REASON
from usage.enums import Answer, FileImportStatus, QuarantineReason, VoidAnswer
from usage.imports.estimate import dollars
from usage.imports.fields import FIELDS, OCCURRED_AT, TRANSACTION_ID, Kind
from usage.imports.findings import MOST_NAMES, Findings, ShownRow, read_findings
from usage.models import FileImport
from usage.queries.file_imports import (
    unstored_rows,
)
from usage.queries.price_list import current_version

_SAMPLES: Final = 3
_SHOWN_FAULTS: Final = 50
_SHOWN_ID: Final = 16
_SHOWN_CELL: Final = 40
_ANSWERS: Final = (Answer.STORED, Answer.DUPLICATE, Answer.CONFLICT, Answer.QUARANTINED, Answer.INVALID)


def check_context(job: FileImport) -> dict[str, Any]:
    """What the check found."""
    found = read_findings(job.findings or {})
    names = _shown_fields(found.shown)
    return {
        "found": found,
        "counts": [*_answer_counts(found.answers), *_void_counts(found.void_answers)],
        "figures": _figures(found),
        "notes": _notes(found),
        "table": {
            "headers": _row_headers(names),
            "rows": _rows(found.shown, names),
        },
        "submit_text": _submit_text(found),
        **_faults(job),
    }


def result_context(job: FileImport) -> dict[str, Any]:
    """What became of the file."""
    found = read_findings(job.findings) if job.findings else None
    is_stored = job.status == FileImportStatus.STORED
    differs = (
        is_stored
        and found is not None
        and (found.answers, found.void_answers) != (job.answers, job.void_answers)
    )
    return {
        "counts": [*_answer_counts(job.answers), *_void_counts(job.void_answers)],
        "differs": differs,
        "expected": [*_answer_counts(found.answers), *_void_counts(found.void_answers)]
        if found and differs
        else [],
        "ledger_url": _ledger_url(job, found),
        "may_resume": job.status == FileImportStatus.FAILED and job.confirmed_at is not None,
        "may_map": job.status == FileImportStatus.FAILED and job.confirmed_at is None,
        **_faults(job),
    }


def progress_context(job: FileImport) -> dict[str, Any]:
    """How far the worker has come. While it checks, nobody knows yet how many rows there are."""
    total = job.rows_total if job.status == FileImportStatus.STORING else 0
    return {
        "rows_done": job.rows_done,
        "rows_total": total,
        "is_waiting": job.claim is None,
        "counts": _answer_counts(job.answers) if job.answers else [],
    }


def _faults(job: FileImport) -> dict[str, Any]:
    rows = list(unstored_rows(job, limit=_SHOWN_FAULTS))
    return {
        "faults": {
            "headers": [_("Line"), _("Transaction id"), _("Answer"), _("Field"), _("Reason")],
            "rows": [
                [
                    _number(written_count(row.line)),
                    format_html('<span class="ledger-id">{}</span>', row.transaction_id or ABSENT),
                    _answer_word(row.answer),
                    LABELS.get(row.field, row.field),
                    format_html(
                        '<span class="imports-reason">{}</span>',
                        row.reason if job.confirmed_at else _foretold(row.reason),
                    ),
                ]
                for row in rows
            ],
        },
        "fault_count": job.unstored_count,
        "faults_url": reverse("admin:usage_fileimport_unstored", args=(job.pk,)) if rows else "",
    }


def _answer_counts(answers: dict[str, int]) -> list[tuple[str, Any, str]]:
    words = {
        Answer.STORED: _("New: become events"),
        Answer.DUPLICATE: _("Known already: counted once"),
        Answer.CONFLICT: _("Conflicts: known id, other content"),
        Answer.QUARANTINED: _("Wait in quarantine"),
        Answer.INVALID: _("Invalid"),
    }
    return [(words[answer], written_count(answers.get(answer.value, 0)), answer.value) for answer in _ANSWERS]


def _void_counts(answers: dict[str, int]) -> list[tuple[str, Any, str]]:
    return [
        (
            _("Voids: %(answer)s") % {"answer": answer.label},
            written_count(answers[answer.value]),
            answer.value,
        )
        for answer in VoidAnswer
        if answers.get(answer.value)
    ]


def _submit_text(found: Findings) -> str:
    """What confirming would do, in words; empty when it would do nothing."""
    rows, voids = found.answers.get(Answer.STORED.value, 0), _voidable(found)
    waiting = sum(found.answers.get(answer.value, 0) for answer in (Answer.CONFLICT, Answer.QUARANTINED))
    words = {"rows": written_count(rows), "voids": written_count(voids), "waiting": written_count(waiting)}
    if rows and voids:
        text = ngettext(
            "Store %(rows)s row and void %(voids)s", "Store %(rows)s rows and void %(voids)s", rows
        )
    elif rows:
        text = ngettext("Store %(rows)s row", "Store %(rows)s rows", rows)
    elif voids:
        text = ngettext("Void %(voids)s event", "Void %(voids)s events", voids)
    elif waiting:
        text = ngettext("Keep %(waiting)s row in quarantine", "Keep %(waiting)s rows in quarantine", waiting)
    else:
        text = ""
    return text % words


def _voidable(found: Findings) -> int:
    return found.void_answers.get(VoidAnswer.VOIDED.value, 0)


def _figures(found: Findings) -> list[tuple[str, Any]]:
    at_least = _("at least %(cost)s") if found.unpriced_rows else "%(cost)s"
    span = ABSENT
    if found.first_at and found.last_at:
        span = f"{written_moment(found.first_at)} – {written_moment(found.last_at)}"
    voids = _voidable(found)
    taken_back = ngettext("%(count)s event", "%(count)s events", voids) % {"count": written_count(voids)}
    return [
        (_("Rows"), written_count(found.rows)),
        (_("Time of the calls"), span),
        (_("Calls"), written_count(found.calls)),
        (_("Input tokens"), written_count(found.input_tokens)),
        (_("Output tokens"), written_count(found.output_tokens)),
        (_("Cost by the price list"), at_least % {"cost": written_cost(dollars(found.list_cost))}),
        (_("Cost as agreed"), at_least % {"cost": written_cost(dollars(found.contracted_cost))}),
        *([(_("Taken back by voids"), taken_back)] if voids else []),
    ]


def _notes(found: Findings) -> list[str]:
    notes = []
    if found.unpriced_rows:
        text = ngettext(
            "%(count)s row has no price and will be unpriced: %(models)s.",
            "%(count)s rows have no price and will be unpriced: %(models)s.",
            found.unpriced_rows,
        )
        notes.append(
            text % {"count": written_count(found.unpriced_rows), "models": ", ".join(found.unpriced)}
        )
    for reason, rows in found.waiting.items():
        words = {"count": written_count(rows), "reason": QuarantineReason(reason).label}
        text = ngettext(
            "%(count)s row will wait in quarantine: %(reason)s.",
            "%(count)s rows will wait in quarantine: %(reason)s.",
            rows,
        )
        notes.append(text % words)
    if found.opened_months:
        months = ", ".join(month[:7] for month in found.opened_months)
        notes.append(_("These months will be opened for the import: %(months)s.") % {"months": months})
    notes += _new_entries(found)
    if found.price_list_version != current_version():
        notes.append(_("The price list has changed since the check: the cost will be another."))
    return notes


def _new_entries(found: Findings) -> list[str]:
    words = {
        "member": _("New members"),
        "department": _("New departments"),
        "project": _("New projects"),
        "integration": _("New integrations"),
        "model": _("Models that the price list does not know"),
    }
    return [
        _("%(kind)s (%(count)s): %(names)s%(more)s.")
        % {
            "kind": words[kind],
            "count": _("%(most)s or more") % {"most": written_count(number)}
            if number >= MOST_NAMES
            else written_count(number),
            "names": ", ".join(shortened(name) for name in found.new_names[kind]),
            "more": " …" if number > len(found.new_names[kind]) else "",
        }
        for kind, number in found.new_counts.items()
    ]


def _shown_fields(shown: Sequence[ShownRow]) -> list[str]:
    """The fields that any of the rows has, in the order of fields."""
    used = {name for row in shown for name in row.fields}
    return [name for name in FIELDS if name in used]


def _row_headers(names: Sequence[str]) -> list[str]:
    return [_("Line"), _("What becomes of it"), *(_short_label(name) for name in names), _("Cost, USD")]


def _rows(shown: Sequence[ShownRow], names: Sequence[str]) -> list[list[Any]]:
    return [
        [
            _number(written_count(row.line)),
            _answer_word(row.answer)
            if not row.reason
            else f"{_answer_word(row.answer)}: {_fault_words(row)}",
            *(_cell(name, row.fields.get(name, "")) for name in names),
            _number(_cost_word(row)),
        ]
        for row in shown
    ]


def _cell(name: str, text: str) -> str | SafeString:
    if not text:
        return ABSENT
    if FIELDS[name] is Kind.NUMBER and text.isascii() and text.isdigit() and len(text) < 16:
        return _number(written_count(int(text)))
    if name == OCCURRED_AT:
        return format_html('<span class="ledger-instant">{}</span>', text.replace("T", " "))
    if name == TRANSACTION_ID and len(text) > _SHOWN_ID:
        return format_html('<span class="ledger-instant" title="{}">{}…</span>', text, text[:_SHOWN_ID])
    return format_html('<span class="ledger-id">{}</span>', shortened(text))


def _short_label(name: str) -> str:
    """Without what explains the field: a column stands beside many others."""
    return str(LABELS[name]).partition(",")[0]


def _fault_words(row: ShownRow) -> str:
    return f"{LABELS.get(row.field, row.field)} {_foretold(row.reason)}"


def _foretold(reason: str) -> str:
    """A reason before anything is stored."""
    if reason == CONFLICT_REASON:
        return _("this transaction_id was sent before with other content; nothing will be changed")
    return reason


def _cost_word(row: ShownRow) -> str:
    if row.answer != Answer.STORED:
        return ABSENT
    return written_cost(None if row.cost is None else dollars(row.cost))


def _answer_word(answer: str) -> str:
    if answer == "void":
        return _("Void")
    words = {**dict(VoidAnswer.choices), **dict(Answer.choices), Answer.STORED.value: _("New")}
    return str(words.get(answer, answer))


def _number(text: str) -> SafeString:
    return format_html('<span class="ledger-number">{}</span>', text)


def _ledger_url(job: FileImport, found: Findings | None) -> str:
    months = sorted(found.months) if found else []
    chosen = {"organization": job.organization_id} | ({"month": months[-1][:7]} if months else {})
    return f"{reverse('admin:usage_usageevent_changelist')}?{urlencode(chosen)}"
