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
            ahead = int((occurred_at - received_at).total_seconds())
            detail = f"occurred_at lies {ahead} seconds after the time of receipt, {received_at.isoformat()}"
            return Displaced(event, fingerprint, QuarantineReason.FUTURE, detail)
        occurred_at = received_at
    slot = calendar.slot(occurred_at)
    if slot is None or not has_partition(slot.period.month):
        detail = f"occurred_at {occurred_at.isoformat()} lies outside the months that are kept open"
        return Displaced(event, fingerprint, QuarantineReason.OUT_OF_RANGE, detail)
    return Placed(event if event.usage is None else plain(event), fingerprint, occurred_at, slot)
