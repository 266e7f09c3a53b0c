"""What a check of a whole file found: counted while its rows pass by, kept as JSON, shown to the person who decides."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec

from usage.enums import Answer
from usage.events import Event
from usage.imports.estimate import Estimate
from usage.imports.limits import SHOWN_ROWS

MOST_NAMES: Final = 10_000
_SHOWN_NAMES: Final = 20


class ShownRow(msgspec.Struct, frozen=True, kw_only=True):
    """One of the first rows as it was understood. ``cost`` in 10**-15 US dollars, None where there is none."""

    line: int
    fields: dict[str, str]
    answer: str
    field: str = ""
    reason: str = ""
    cost: int | None = None


class Findings(msgspec.Struct, kw_only=True):
    """``answers`` and ``void_answers`` count rows; tokens, calls and costs are those of rows to be stored.

    Costs in 10**-15 US dollars. ``months`` and ``opened_months`` are ISO days; ``unpriced`` maps
    "provider model" to rows, ``new_names`` a kind of entry to the ids that nobody has entered, a few of them.
    """

    rows: int = 0
    answers: dict[str, int] = {}
    void_answers: dict[str, int] = {}
    waiting: dict[str, int] = {}
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    list_cost: int = 0
    contracted_cost: int = 0
    unpriced_rows: int = 0
    unpriced: dict[str, int] = {}
    first_at: datetime | None = None
    last_at: datetime | None = None
    months: dict[str, int] = {}
    opened_months: list[str] = []
    new_counts: dict[str, int] = {}
    new_names: dict[str, list[str]] = {}
    shown: list[ShownRow] = []
    price_list_version: int = 0

    @property
    def voids(self) -> int:
        """Rows that take an event back."""
        return sum(self.void_answers.values())

    @property
    def valid(self) -> int:
        """Rows that are events or voids, whatever becomes of them."""
        return self.rows - self.answers.get(Answer.INVALID.value, 0)


class Tally:
    """Collects findings row by row."""

    def __init__(self, *, price_list_version: int) -> None:
        self.findings = Findings(price_list_version=price_list_version)
        self._names: dict[str, set[str]] = {}

    def answer(self, answer: str) -> None:
        _count(self.findings.answers, answer)

    def store(self, event: Event, *, occurred_at: datetime, month: date, priced: Estimate) -> None:
        """Count an event that would be stored."""
        found = self.findings
        found.calls += event.calls
        found.input_tokens += event.input_tokens
        found.output_tokens += event.output_tokens
        found.list_cost += priced.list_cost or 0
        found.contracted_cost += priced.contracted_cost or 0
        found.first_at = min(found.first_at or occurred_at, occurred_at)
        found.last_at = max(found.last_at or occurred_at, occurred_at)
        _count(found.months, month.isoformat())
        if priced.contracted_cost is None:
            found.unpriced_rows += 1
            model = event.response_model or event.request_model
            _count(found.unpriced, f"{event.provider_name} {model}".strip(), most=_SHOWN_NAMES)

    def name(self, kind: str, name: str) -> None:
        """Note an id that nobody has entered."""
        names = self._names.setdefault(kind, set())
        if len(names) < MOST_NAMES:
            names.add(name)

    @property
    def is_enough(self) -> bool:
        """Whether enough rows are there to be shown."""
        return len(self.findings.shown) >= SHOWN_ROWS

    def show(self, row: ShownRow) -> None:
        self.findings.shown.append(row)

    def finish(self, *, opened_months: list[str]) -> Findings:
        """The findings, once all rows have passed."""
        found = self.findings
        found.opened_months = opened_months
        found.new_counts = {kind: len(names) for kind, names in self._names.items()}
        found.new_names = {kind: sorted(names)[:_SHOWN_NAMES] for kind, names in self._names.items()}
        return found


def findings_as_json(findings: Findings) -> dict[str, Any]:
    """As they are kept."""
    kept: dict[str, Any] = msgspec.to_builtins(findings)
    return kept


def read_findings(kept: Mapping[str, Any]) -> Findings:
    """Findings that were kept."""
    return msgspec.convert(dict(kept), Findings)


def _count(counts: dict[str, int], key: str, *, most: int = 0) -> None:
    if not most or key in counts or len(counts) < most:
        counts[key] = counts.get(key, 0) + 1
