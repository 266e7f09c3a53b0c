"""Which days a panel shows and which it compares them with. Pure: today is an argument."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from usage.panels.vocabulary import Compare, Range
from usage.periods import add_months, month_of
from usage.progress import Days, Spans

_ROLLING: Final[Mapping[Range, int]] = {Range.LAST_7_DAYS: 7, Range.LAST_30_DAYS: 30, Range.LAST_90_DAYS: 90}


def days_of(named: Range, *, today: date, fiscal_year_start: int = 1) -> Days:
    """The days of a range by name, whole months to their ends. ``fiscal_year_start`` is a month, 1 to 12.

    Rolling ranges end with today. Raises ``ValueError`` for CUSTOM, whose days are told.
    """
    month = month_of(today)
    if named in _ROLLING:
        return Days(today - timedelta(days=_ROLLING[named] - 1), today)
    into_year = (month.month - fiscal_year_start) % 12
    months = {
        Range.THIS_MONTH: (0, 1),
        Range.LAST_MONTH: (-1, 1),
        Range.THIS_QUARTER: (-(into_year % 3), 3),
        Range.THIS_YEAR: (-into_year, 12),
        Range.LAST_12_MONTHS: (-11, 12),
    }
    if named not in months:
        raise ValueError(f"{named} has no days of its own")
    offset, count = months[named]
    first = add_months(month, offset)
    return Days(first, add_months(first, count) - timedelta(days=1))


def spans_over(asked: Days, *, today: date, compare: Compare) -> Spans:
    """The days shown, up to today, and what is compared: days that are over, with as many before.

    Whole months are compared with whole months, however many days they have; while they are in progress, as many
    complete days of each from their beginnings. A year before February 29 is February 28.
    """
    shown = Days(asked.first, max(min(asked.last, today), asked.first))
    over = Days(asked.first, min(asked.last, today - timedelta(days=1)))
    if compare is Compare.NONE or over.length < 1:
        return Spans(shown, None, None)
    before = _before(asked, over, compare)
    if over.last == asked.last:
        return Spans(shown, over, before)
    count = min(over.length, before.length)
    return Spans(shown, _first_days(over, count), _first_days(before, count))


def whole_months(days: Days) -> int:
    """How many calendar months ``days`` are exactly; 0 when they begin or end inside one."""
    if days.first.day != 1 or days.last.day != monthrange(days.last.year, days.last.month)[1]:
        return 0
    return (days.last.year - days.first.year) * 12 + days.last.month - days.first.month + 1


def year_before(day: date) -> date:
    """The same day of the year before; February 28 for a February 29."""
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)


def _before(asked: Days, over: Days, compare: Compare) -> Days:
    months = whole_months(asked)
    if compare is Compare.YEAR:
        last = year_before(asked.last)
        if months:
            last = add_months(month_of(asked.last), -11) - timedelta(days=1)
        return Days(year_before(asked.first), last)
    if months:
        return Days(add_months(asked.first, -months), asked.first - timedelta(days=1))
    return Days(asked.first - timedelta(days=over.length), asked.first - timedelta(days=1))


def _first_days(days: Days, count: int) -> Days:
    return Days(days.first, days.first + timedelta(days=count - 1))
