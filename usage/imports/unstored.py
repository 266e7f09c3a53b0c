"""Rows that do not stand in the ledger, as they are told of: line, field, reason, and what was mapped."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Final, Protocol

from django.utils.translation import gettext as _

from usage.answers import Outcome
from usage.corrections import VoidOutcome
from usage.enums import Answer, VoidAnswer
from usage.imports.rows import ReadRow

_TOLD: Final = (
    Answer.CONFLICT,
    Answer.QUARANTINED,
    Answer.INVALID,
    VoidAnswer.UNKNOWN,
    VoidAnswer.REFUSED,
)


class Told(Protocol):
    """An unstored row as it is kept."""

    line: int
    transaction_id: str
    answer: str
    field: str
    reason: str
    cells: Mapping[str, str]


def unstored_outcome(row: ReadRow, outcome: Outcome | VoidOutcome) -> dict[str, object] | None:
    """The columns of an unstored row; None when the row stands in the ledger, from now on or from before."""
    if outcome.answer not in _TOLD:
        return None
    field = outcome.field if isinstance(outcome, Outcome) else "transaction_id"
    return {
        "line": row.line,
        "transaction_id": row.transaction_id[:200],
        "answer": outcome.answer.value,
        "field": field[:200],
        "reason": outcome.reason[:1000],
        "cells": row.cells,
    }


def id_digest(transaction_id: str) -> bytes:
    """Eight bytes that stand for a transaction id within one file."""
    return blake2b(transaction_id.encode(), digest_size=8).digest()


def unstored_table(rows: Iterable[Told]) -> Iterator[list[object]]:
    """A header and a line per row, for people: what it was, what is wrong, and what was mapped."""
    yield [_("Line"), _("Transaction id"), _("Answer"), _("Field"), _("Reason"), _("What was read")]
    for row in rows:
        cells = "; ".join(f"{name}: {text}" for name, text in row.cells.items())
        yield [row.line, row.transaction_id, row.answer, row.field, row.reason, cells]
