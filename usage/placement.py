"""Where in time an event belongs, or why it cannot be stored there. Pure."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from usage.enums import QuarantineReason
from usage.events import Event
from usage.formats.raw_usage import plain
from usage.periods import Calendar
from usage.staging import Placed


class Displaced(NamedTuple):
    """An event that must wait for a person, with the reason and a sentence of detail."""

    event: Event
    fingerprint: bytes
    reason: QuarantineReason
    detail: str


def place(
    event: Event,
    fingerprint: bytes,
    *,
    received_at: datetime,
    tolerance: timedelta,
    calendar: Calendar,
    has_partition: Callable[[date], bool],
) -> Placed | Displaced:
    """The place of ``event`` in its organization's calendar.

    A time slightly ahead of the server's is taken for a skewed clock and bounded by ``received_at``; one
    further ahead than ``tolerance`` is not believed at all. What is placed is the plain event, with
    quantities in place of a raw usage object; what waits is kept as it was sent.
    """
    occurred_at = event.occurred_at
    if occurred_at > received_at:
        if occurred_at - received_at > tolerance:
            detail = f"occurred_at lies {_in_words(occurred_at - received_at)} after it was received"
            return Displaced(event, fingerprint, QuarantineReason.FUTURE, detail)
        occurred_at = received_at
    slot = calendar.slot(occurred_at)
    if slot is None or not has_partition(slot.period.month):
        detail = f"occurred_at {occurred_at.isoformat()} lies outside the months that are kept open"
        return Displaced(event, fingerprint, QuarantineReason.OUT_OF_RANGE, detail)
    return Placed(event if event.usage is None else plain(event), fingerprint, occurred_at, slot)


def _in_words(ahead: timedelta) -> str:
    """In the largest unit of which there are two or more."""
    seconds = int(ahead.total_seconds())
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
