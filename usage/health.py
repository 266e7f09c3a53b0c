"""What came in and what became of it: the figures of data health, and which keys have fallen silent. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Final

from django.utils.translation import gettext as _

from usage.progress import Days

MOST_DAYS: Final = 92
"""Days of receipt that one page or answer covers."""
DAYS_SHOWN: Final = 7
"""Days that are shown where none are asked for: today and the six before."""

HABIT_DAYS: Final = 28
"""A key's habit is read from this many days up to its last one."""
_HABIT_NEEDS: Final = 4
_DAILY_RUN: Final = 7
_DAILY_SILENCE: Final = timedelta(hours=24)
_GAPS_OF_SILENCE: Final = 3

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Events by what was answered; the others are part of ``stored``, as things were when it was stored.

    ``late``: their month had been invoiced. ``unattributed``: they named no member. ``unpriced``: no price was
    found for them.
    """

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    conflict: int = 0
    quarantined: int = 0
    invalid: int = 0
    late: int = 0
    unattributed: int = 0
    unpriced: int = 0

    @property
    def answered(self) -> int:
        """All answers together."""
        return self.stored + self.duplicate + self.conflict + self.quarantined + self.invalid

    @property
    def adds_up(self) -> bool:
        """Whether every event that was received got exactly one answer."""
        return self.received == self.answered

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            **{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(Counts)}
        )


class KeyState(StrEnum):
    """How an API key stands. Silent: it used to send, and stopped."""

    ACTIVE = "active"
    SILENT = "silent"
    UNUSED = "unused"
    READ_ONLY = "read_only"
    EXPIRED = "expired"
    REVOKED = "revoked"


def is_silent(active_days: Collection[date], *, last_received_at: datetime, now: datetime) -> bool:
    """Whether a sender is missed: longer quiet than its habit, the UTC days with receipts, lets one expect.

    One that sent on each of its last seven days is missed after 24 hours, others after three times their usual
    gap: the median distance between their days. Without four days there is no habit, and nobody is missed.
    """
    habit = sorted(
        day for day in active_days if day > last_received_at.astimezone(UTC).date() - timedelta(HABIT_DAYS)
    )
    if len(habit) < _HABIT_NEEDS:
        return False
    gaps = [(later - earlier).days for earlier, later in pairwise(habit)]
    if len(habit) >= _DAILY_RUN and set(gaps[-_DAILY_RUN + 1 :]) == {1}:
        patience = _DAILY_SILENCE
    else:
        patience = timedelta(days=float(median(gaps))) * _GAPS_OF_SILENCE
    return now - last_received_at > patience


class BadDays(Exception):
    """A span of days that cannot be shown; ``field`` is "from" or "to", ``reason`` a sentence."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def asked_days(*, first: str, last: str, today: date) -> Days:
    """The days that were asked for as ``YYYY-MM-DD``; by default the week up to ``today``. Raises ``BadDays``."""
    until = _day(last, "to") if last else None
    since = _day(first, "from") if first else None
    if until is None:
        until = max(today, since) if since else today
    if since is None:
        since = date.fromordinal(max(until.toordinal() - DAYS_SHOWN + 1, 1))
    if since > until:
        raise BadDays("to", _("The last day lies before the first."))
    days = Days(since, until)
    if days.length > MOST_DAYS:
        raise BadDays("from", _("At most %(days)d days can be shown at once.") % {"days": MOST_DAYS})
    return days


def _day(text: str, field: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadDays(field, _("A day is written like 2026-11-23."))


def instants_of(days: Days) -> tuple[datetime, datetime]:
    """The first and the last instant of some UTC days."""
    return datetime.combine(days.first, time.min, tzinfo=UTC), datetime.combine(
        days.last, time.max, tzinfo=UTC
    )
