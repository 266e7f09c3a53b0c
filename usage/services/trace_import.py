"""Brings a public trace into the ledger, by the same door as everything else."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from teams.services.organizations import FIRST_MONTH
from usage.enums import Answer, EventSource
from usage.events import Event
from usage.identity import fingerprint
from usage.models import EventKey, UsageEvent
from usage.periods import month_of, months_between
from usage.services.ingest import store_events
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods
from usage.services.snapshots import MEMORY
from usage.trace_file import TraceSurvey, read_trace_file, survey_trace
from usage.traces import TraceError, TraceFormat, TraceRequest

BATCH: Final = 2_000
# Local days reach no further than this into the UTC days around them.
_ZONES_REACH: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOptions:
    """What a trace does not say itself.

    ``start`` shifts the trace so that its earliest request happened then. Requests are spread evenly over
    ``members`` members, in file order; 0 names none.
    """

    provider_name: str = "openai"
    model: str = "gpt-4o"
    feature: str = "chat"
    start: datetime | None = None
    members: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceImport:
    """What became of a file: the sums read from it, when it was placed, and how many of each answer."""

    survey: TraceSurvey
    starts_at: datetime
    answers: Counter[Answer]


def import_trace(
    *,
    organization_id: int,
    path: Path,
    options: TraceOptions,
    trace_format: TraceFormat | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> TraceImport:
    """Store every request of a trace as an event. The same file again changes nothing.

    A transaction id is made of the file's digest and the line. A trace without dates and without
    ``options.start`` ends now, and begins where it began when it was imported before. ``progress`` is
    called with the requests done and all of them. Raises ``TraceError`` before anything is stored, also when
    the file was imported with other options before.
    """
    survey = survey_trace(path, trace_format)
    starts_at = options.start or _default_start(organization_id, survey)
    _check_range(starts_at, length=survey.length)
    shift = starts_at - survey.first
    _make_room(organization_id, first=starts_at, last=survey.last + shift)
    events = (
        _event(request, survey.digest, shift=shift, options=options)
        for request in read_trace_file(path, survey.trace_format)
    )
    answers: Counter[Answer] = Counter()
    for batch in _batches(events):
        _check_same_options(organization_id, batch)
        outcomes = store_events(organization_id=organization_id, events=batch, source=EventSource.FILE)
        answers.update(outcome.answer for outcome in outcomes)
        progress(answers.total(), survey.requests)
    return TraceImport(survey=survey, starts_at=starts_at, answers=answers)


def _check_range(starts_at: datetime, *, length: timedelta) -> None:
    """A wrong date must not leave hundreds of partitions behind."""
    if starts_at.date() < FIRST_MONTH:
        raise TraceError(_("The trace would begin before %(day)s.") % {"day": FIRST_MONTH.isoformat()})
    if length > _LONGEST:
        raise TraceError(_("The trace covers more than %(days)s days.") % {"days": _LONGEST.days})
    if starts_at + length > timezone.now():
        raise TraceError(_("The trace would end in the future; let it start earlier."))


def _default_start(organization_id: int, survey: TraceSurvey) -> datetime:
    if survey.trace_format.is_dated:
        return survey.first
    return _start_of_earlier_import(organization_id, survey) or timezone.now() - survey.length


def _start_of_earlier_import(organization_id: int, survey: TraceSurvey) -> datetime | None:
    """When the trace began where it was imported before; undated traces begin with their first line."""
    key = EventKey.objects.filter(
        organization_id=organization_id, transaction_id=_transaction_id(survey.digest, line=1)
    ).first()
    if key is None:
        return None
    events = UsageEvent.objects.filter(organization_id=organization_id, period=key.period, id=key.event_id)
    return events.values_list("occurred_at", flat=True).first()


def _check_same_options(organization_id: int, batch: list[Event]) -> None:
    """Ingest would keep every line as a conflict for a person to look at; one sentence is kinder."""
    known = EventKey.objects.filter(
        organization_id=organization_id, transaction_id__in=[event.transaction_id for event in batch]
    )
    stored = {key: bytes(found) for key, found in known.values_list("transaction_id", "fingerprint")}
    for event in batch:
        if stored.get(event.transaction_id, expected := fingerprint(event)) != expected:
            raise TraceError(
                _("This trace was imported before with another start, model, feature or number of members.")
            )


def _make_room(organization_id: int, *, first: datetime, last: datetime) -> None:
    """Partitions and periods for the range, and a memory that knows them."""
    first_month, last_month = (
        month_of((first - _ZONES_REACH).date()),
        month_of((last + _ZONES_REACH).date()),
    )
    ensure_partitions(months_between(first_month, last_month))
    ensure_periods(organization_id, first=first_month, last=last_month)
    MEMORY.renew_organization(organization_id)


def _event(request: TraceRequest, digest: str, *, shift: timedelta, options: TraceOptions) -> Event:
    return Event(
        transaction_id=_transaction_id(digest, line=request.line),
        occurred_at=request.moment + shift,
        provider_name=options.provider_name,
        request_model=options.model,
        response_model=options.model,
        operation_name="chat",
        member_id=f"trace-member-{request.line % options.members + 1}" if options.members else "",
        feature=options.feature,
        platform="api",
        input_tokens=request.input_tokens,
        cache_read_input_tokens=request.cache_read_input_tokens,
        output_tokens=request.output_tokens,
    )


def _transaction_id(digest: str, *, line: int) -> str:
    return f"trace:{digest}:{line}"


def _batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    remaining = iter(events)
    while batch := list(islice(remaining, BATCH)):
        yield batch
