"""The parameters of panels: one set of names for pages and the API, read and written here. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from usage.panels.ranges import days_of, spans_over
from usage.panels.vocabulary import Compare, Dimension, Range
from usage.progress import Days, Spans

RANGE: Final = "range"
FROM: Final = "from"
TO: Final = "to"
COMPARE: Final = "compare"
MOST_DAYS: Final = 800
"""Two years and a bit: enough to see a year beside the one before."""
MOST_VALUES: Final = 50
"""Values of one dimension in one filter."""
MOST_CHARACTERS: Final = 200

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")

Word = TypeVar("Word", Range, Compare)
Parameters = Mapping[str, Sequence[str]]
"""What a query string says: each name with its values in order."""


class BadFilter(Exception):
    """A filter that cannot be used; ``field`` is the parameter's name, or the first of ``fields``, ``reason`` a
    sentence."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.fields: tuple[str, ...] = (field,)
        self.reason = reason


class NotTaken(BadFilter):
    """Parameters that other panels know and this one does not take."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(fields[0], _("This panel does not take: %(names)s.") % {"names": ", ".join(fields)})
        self.fields = tuple(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A filter as it was asked for. ``chosen`` holds the values as sent; a dimension without any is not in it."""

    range: Range
    days: Days
    spans: Spans
    compare: Compare
    today: date
    chosen: Mapping[Dimension, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_partial(self) -> bool:
        """Whether the last day shown is not over yet."""
        return self.spans.shown.last >= self.today

    def query(self, **changed: str | None) -> str:
        """The filter as a query string, with some parameters changed, or left out where None; the rest stays."""
        return urlencode(self.parameters(**changed))

    def parameters(self, **changed: str | None) -> list[tuple[str, str]]:
        """The filter as pairs of name and value. What is the default is left out, so that links stay short."""
        standing: dict[str, tuple[str, ...]] = {}
        if self.range is Range.CUSTOM:
            standing |= {FROM: (f"{self.days.first}",), TO: (f"{self.days.last}",)}
        elif self.range is not Range.THIS_MONTH:
            standing[RANGE] = (self.range.value,)
        if self.compare is not Compare.PREVIOUS:
            standing[COMPARE] = (self.compare.value,)
        standing |= {dimension.value: values for dimension, values in self.chosen.items()}
        for name, value in changed.items():
            standing[name] = () if value is None else (value,)
        return [(name, value) for name, values in standing.items() for value in values]


def asked_filter(
    parameters: Parameters, *, today: date, dimensions: Sequence[Dimension], fiscal_year_start: int = 1
) -> Asked:
    """Read the parameters of a panel that can be filtered by ``dimensions``. Raises ``BadFilter``.

    Without a range the current month, compared with the days before. Empty values are none.
    """
    named, days = _range(parameters, today=today, fiscal_year_start=fiscal_year_start)
    compare = _word(parameters, COMPARE, Compare, Compare.PREVIOUS)
    return Asked(
        range=named,
        days=days,
        spans=spans_over(days, today=today, compare=compare),
        compare=compare,
        today=today,
        chosen=_chosen(parameters, dimensions),
    )


def one(parameters: Parameters, name: str) -> str:
    """The value of a parameter that has only one; empty without. Raises ``BadFilter`` for several."""
    values = [value for value in parameters.get(name, ()) if value]
    if len(values) > 1:
        raise BadFilter(name, _("This can be given once only."))
    return values[0] if values else ""


def _range(parameters: Parameters, *, today: date, fiscal_year_start: int) -> tuple[Range, Days]:
    has_days = bool(one(parameters, FROM) or one(parameters, TO))
    named = _word(parameters, RANGE, Range, Range.CUSTOM if has_days else Range.THIS_MONTH)
    if named is not Range.CUSTOM:
        return named, days_of(named, today=today, fiscal_year_start=fiscal_year_start)
    first, last = _day(one(parameters, FROM), FROM), _day(one(parameters, TO), TO)
    if first is None:
        raise BadFilter(FROM, _("Say the first day of the range."))
    last = max(today, first) if last is None else last
    if first > last:
        raise BadFilter(TO, _("The last day lies before the first."))
    if first > today:
        raise BadFilter(FROM, _("This day has not begun yet."))
    days = Days(first, last)
    if days.length > MOST_DAYS:
        raise BadFilter(FROM, _("At most %(days)d days can be shown at once.") % {"days": MOST_DAYS})
    # Two years before the first day must still be a date.
    if first.year < 1000 or last.year > 9000:
        raise BadFilter(FROM if first.year < 1000 else TO, _("There is no usage of this year."))
    return named, days


def _chosen(parameters: Parameters, dimensions: Sequence[Dimension]) -> dict[Dimension, tuple[str, ...]]:
    chosen = {}
    for dimension in Dimension:
        values = tuple(dict.fromkeys(value for value in parameters.get(dimension.value, ()) if value))
        if not values:
            continue
        if dimension not in dimensions:
            raise NotTaken((dimension.value,))
        if len(values) > MOST_VALUES:
            raise BadFilter(
                dimension.value, _("At most %(count)d values can be given.") % {"count": MOST_VALUES}
            )
        if any(len(value) > MOST_CHARACTERS or _CONTROL.search(value) for value in values):
            raise BadFilter(dimension.value, _("This is no name or id of anything."))
        chosen[dimension] = values
    return chosen


def _word(parameters: Parameters, name: str, words: type[Word], default: Word) -> Word:
    value = one(parameters, name)
    if not value:
        return default
    try:
        return words(value)
    except ValueError:
        known = ", ".join(word.value for word in words)
        raise BadFilter(name, _("Choose one of: %(known)s.") % {"known": known}) from None


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadFilter(field, _("A day is written like 2026-11-23."))
