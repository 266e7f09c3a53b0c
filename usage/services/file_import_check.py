"""Checks a whole usage file and says what storing it would do. Writes nothing but what it has found.

The same steps as ingest, in the same batches: what is counted here is what storing will count, as long as ledger,
price list and months stay as they are.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial

from django.conf import settings
from django.utils import timezone

from usage.answers import (
    Outcome,
    all_outcomes,
    first_of_each,
    known_outcome,
    quarantined_outcome,
    settled_in_turns,
)
from usage.decoding import Rejected
from usage.enums import Answer, FileImportStatus
from usage.events import Event
from usage.identity import fingerprint
from usage.imports.batches import batches
from usage.imports.digests import DigestTable
from usage.imports.estimate import Estimate, estimate
from usage.imports.fields import TRANSACTION_ID
from usage.imports.findings import Findings, ShownRow, Tally, findings_as_json, understood
from usage.imports.rows import ReadRow, RowReader, VoidRow
from usage.imports.unstored import id_digest, unstored_outcome
from usage.models import EventKey, FileImport, UnstoredRow
from usage.placement import Displaced, place
from usage.queries.file_imports import field_mapping, file_format, file_records
from usage.queries.openable_months import openable_calendar
from usage.services.file_import_claims import MOST_KEPT, advance, keep_unstored
from usage.services.file_import_voids import VoidForecast
from usage.services.partitions import kept_months
from usage.services.snapshots import MEMORY


def check_file(job: FileImport) -> Findings:
    """Read all of a claimed file, keep what was found, and say it. Raises ``FileFault`` and ``ClaimLost``."""
    UnstoredRow.objects.filter(file_import=job).delete()
    mapping = field_mapping(job)
    reader = RowReader(form=file_format(job), mapping=mapping)
    check = _Check(job, opens_months=mapping.opens_months, has_own_ids=TRANSACTION_ID in mapping.columns)
    for batch in batches(reader.read(record) for record in file_records(job)):
        check.look_at(batch)
    check.settle_voids()
    return check.finish()


class _Check:
    """One pass over a file."""

    def __init__(self, job: FileImport, *, opens_months: bool, has_own_ids: bool) -> None:
        self._job = job
        self._snapshot = MEMORY.renew_organization(job.organization_id)
        self._prices = MEMORY.renew_prices()
        self._tally = Tally(price_list_version=self._prices.price_list.version)
        self._calendar = self._snapshot.calendar
        self._openable_from: date | None = None
        self._kept_from = kept_months()[0]
        if opens_months:
            self._calendar, self._openable_from = openable_calendar(
                job.organization_id, self._snapshot.calendar, kept_from=self._kept_from
            )
        # Ids that follow from rows never repeat within a file.
        self._stored: DigestTable | None = DigestTable() if has_own_ids else None
        self._voids = VoidForecast(job.organization_id)
        self._months: set[date] = set()
        self._unstored = 0

    def look_at(self, batch: Sequence[ReadRow]) -> None:
        """One batch as storing would take it."""
        self._voids.note(row for row in batch if isinstance(row.item, VoidRow))
        rows = [row for row in batch if not isinstance(row.item, VoidRow)]
        costs: dict[str, Estimate] = {}
        outcomes = self._outcomes([row.item for row in rows if not isinstance(row.item, VoidRow)], costs)
        answered = dict(zip((id(row) for row in rows), outcomes, strict=True))
        for row in batch:
            self._tally.findings.rows += 1
            outcome = answered.get(id(row))
            if outcome is not None:
                self._tally.answer(outcome.answer.value)
            self._show(row, outcome, costs)
        self._keep(unstored_outcome(row, outcome) for row, outcome in zip(rows, outcomes, strict=True))
        self._advance(rows_done=self._tally.findings.rows)

    def settle_voids(self) -> None:
        """Voids count once all events of the file stand."""
        for rows, outcomes in self._voids.outcomes(self._stored):
            for outcome in outcomes:
                found = self._tally.findings.void_answers
                found[outcome.answer.value] = found.get(outcome.answer.value, 0) + 1
            self._keep(unstored_outcome(row, one) for row, one in zip(rows, outcomes, strict=True))
            self._advance()

    def finish(self) -> Findings:
        """Keep the findings; the file is then checked."""
        opened = [month.isoformat() for month in sorted(self._months) if self._is_to_open(month)]
        found = self._tally.finish(opened_months=opened)
        advance(
            self._job,
            status=FileImportStatus.CHECKED,
            findings=findings_as_json(found),
            rows_total=found.rows,
            rows_done=found.rows,
            unstored_count=self._unstored,
            claim=None,
            leased_until=None,
        )
        self._job.refresh_from_db()
        return found

    def _advance(self, **changes: int) -> None:
        # A check that is broken off begins anew, so its rows are no progress that clears the attempts.
        advance(self._job, attempts=self._job.attempts, **changes)

    def _outcomes(self, events: Sequence[Event | Rejected], costs: dict[str, Estimate]) -> list[Outcome]:
        fingerprints = [fingerprint(event) if isinstance(event, Event) else b"" for event in events]
        return settled_in_turns(events, fingerprints, partial(self._settle, costs))

    def _settle(
        self, costs: dict[str, Estimate], events: Sequence[Event | Rejected], fingerprints: Sequence[bytes]
    ) -> list[Outcome]:
        now = timezone.now()
        first = first_of_each(events)
        known = self._known(first)
        settled: dict[str, Outcome] = {}
        for transaction_id, position in first.items():
            event, sent = events[position], fingerprints[position]
            assert isinstance(event, Event)  # ``first`` names no rejected ones
            if transaction_id in known:
                settled[transaction_id] = known_outcome(event, same=known[transaction_id] == sent)
            elif kept := self._stored.get(id_digest(transaction_id)) if self._stored else 0:
                settled[transaction_id] = known_outcome(event, same=kept == _short(sent))
            else:
                settled[transaction_id] = self._placed(event, sent, now, costs)
        return all_outcomes(events, fingerprints, first, settled)

    def _known(self, transaction_ids: Iterable[str]) -> dict[str, bytes]:
        keys = EventKey.objects.filter(
            organization_id=self._job.organization_id, transaction_id__in=list(transaction_ids)
        )
        return {name: bytes(kept) for name, kept in keys.values_list("transaction_id", "fingerprint")}

    def _placed(self, event: Event, sent: bytes, now: datetime, costs: dict[str, Estimate]) -> Outcome:
        found = place(
            event,
            sent,
            received_at=now,
            tolerance=settings.INGEST_FUTURE_TOLERANCE,
            calendar=self._calendar,
            has_partition=self._has_room,
        )
        if isinstance(found, Displaced):
            waiting = self._tally.findings.waiting
            waiting[found.reason.value] = waiting.get(found.reason.value, 0) + 1
            self._voids.is_waiting(event.transaction_id)
            return quarantined_outcome(found)
        if self._stored is not None:
            self._stored.put(id_digest(event.transaction_id), _short(sent))
        event = found.event
        month = found.slot.period.month
        self._months.add(month)
        priced = estimate(
            event,
            occurred_at=found.occurred_at,
            organization_id=self._job.organization_id,
            prices=self._prices.price_list,
            rates=self._prices.contract_rates,
        )
        costs[event.transaction_id] = priced
        self._tally.store(event, occurred_at=found.occurred_at, month=month, priced=priced)
        self._note_names(event)
        return Outcome(event.transaction_id, Answer.STORED)

    def _has_room(self, month: date) -> bool:
        return MEMORY.has_partition(month) or self._may_open(month)

    def _may_open(self, month: date) -> bool:
        return self._openable_from is not None and self._openable_from <= month < self._kept_from

    def _is_to_open(self, month: date) -> bool:
        return not MEMORY.has_partition(month) or month not in self._snapshot.calendar.periods

    def _note_names(self, event: Event) -> None:
        snapshot = self._snapshot
        for kind, name, known in (
            ("member", event.member_id, snapshot.members),
            ("department", event.department_id, snapshot.departments),
            ("project", event.project_id, snapshot.projects),
            ("integration", event.integration_id, snapshot.integrations),
        ):
            if name and name not in known:
                self._tally.name(kind, name)
        model = event.response_model or event.request_model
        if model and not self._prices.price_list.resolve_model(event.provider_name, model):
            self._tally.name("model", f"{event.provider_name} {model}".strip())

    def _show(self, row: ReadRow, outcome: Outcome | None, costs: dict[str, Estimate]) -> None:
        if self._tally.is_enough:
            return
        is_stored = outcome is not None and outcome.answer is Answer.STORED
        priced = costs.get(row.transaction_id) if is_stored else None
        self._tally.show(
            ShownRow(
                line=row.line,
                fields=understood(row),
                answer=outcome.answer.value if outcome else "void",
                field=outcome.field if outcome else "",
                reason=outcome.reason if outcome else "",
                cost=priced.contracted_cost if priced else None,
            )
        )

    def _keep(self, found: Iterable[dict[str, object] | None]) -> None:
        rows = [UnstoredRow(file_import=self._job, is_final=False, **row) for row in found if row is not None]
        if rows and self._unstored < MOST_KEPT:
            keep_unstored(rows, kept=self._unstored)
        self._unstored += len(rows)


def _short(sent: bytes) -> int:
    """The first eight bytes of a fingerprint's hash; never 0."""
    return int.from_bytes(sent[1:9], "little") or 1
