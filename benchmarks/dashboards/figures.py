"""What a comparison with DuckDB is made of: a panel's figures, and the SQL that gives the same from raw events.

Import it once Django is set up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from teams.models import Organization
from teams.permissions import Access, Visible
from usage.panels.ranges import spans_over
from usage.panels.vocabulary import Compare
from usage.periods import add_months
from usage.progress import Days, Spans
from usage.queries.bearings import bearings
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.request import PanelRequest, panel_request

EVERYTHING: Final = Visible(whole_organization=True)
Figures = set[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whom, when, and from which day on the long ranges reach."""

    organization: Organization
    now: datetime
    first_day: date
    today: date


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A panel with certain filters. ``answer`` runs our queries; ``figures`` are the rows of its answer.

    ``duck`` is SQL over the table ``events`` with rows of the same figures, ``parameters`` what it takes. It may have
    more rows than we show: ours must be among them, unless ``is_whole`` says that all are shown.
    """

    name: str
    answer: Callable[[Asked], Any]
    figures: Callable[[Any], Figures]
    duck: str
    parameters: Callable[[Asked], Mapping[str, Any]]
    is_whole: bool = True


def sums(measures: Any) -> tuple[Any, ...]:
    """Calls, tokens of either direction, contracted cost."""
    return measures.calls, measures.input_tokens, measures.output_tokens, measures.contracted_cost


# What is converted or cast, is so after it was summed up: each row of raw events is touched as little as can be.
DUCK_NAMED: Final = (
    "sum(calls)::BIGINT AS calls, sum(input_tokens)::BIGINT AS input_tokens, "
    "sum(output_tokens)::BIGINT AS output_tokens, sum(contracted_cost) AS contracted_cost"
)
DUCK_SUMS: Final = (
    "sum(calls)::BIGINT, sum(input_tokens)::BIGINT, sum(output_tokens)::BIGINT, "
    "coalesce(sum(contracted_cost), 0)"
)
"""The same four, named in a subquery and as figures."""
DUCK_RANGE: Final = "local_date BETWEEN $first AND $last"


def reader(asked: Asked) -> PanelReader:
    """Reads everything that there is."""
    organization_id = asked.organization.pk
    found = bearings(organization_id, now=asked.now)
    return PanelReader(
        organization_id=organization_id,
        visible=EVERYTHING,
        chosen={},
        merged=found.merged,
        kept=found.kept,
        since=found.since,
    )


def year(asked: Asked) -> Spans:
    """All 13 months, without a comparison."""
    return Spans(Days(asked.first_day, asked.today), None, None)


def year_parameters(asked: Asked) -> dict[str, Any]:
    return {"first": asked.first_day, "last": asked.today}


def year_request(asked: Asked) -> PanelRequest:
    """All 13 months, as whoever sees everything asks for them."""
    return _request(asked, {"from": [str(asked.first_day)], "to": [str(asked.today)], "compare": ["none"]})


def month_request(asked: Asked) -> PanelRequest:
    """The month in progress beside the one before, as panels are asked for without any filter."""
    return _request(asked, {})


def month(asked: Asked) -> Spans:
    """The days of ``month_request``."""
    first = asked.today.replace(day=1)
    days = Days(first, add_months(first, 1) - timedelta(days=1))
    return spans_over(days, today=asked.today, compare=Compare.PREVIOUS)


def month_parameters(asked: Asked) -> dict[str, Any]:
    """``first`` to ``last`` are shown; on the first day of a month the spans compared are empty."""
    spans = month(asked)
    none = Days(date.max, date.min)
    compared, previous = spans.compared or none, spans.previous or none
    return {
        "first": spans.shown.first,
        "last": spans.shown.last,
        "compared_first": compared.first,
        "compared_last": compared.last,
        "previous_first": previous.first,
        "previous_last": previous.last,
    }


def _request(asked: Asked, parameters: Mapping[str, list[str]]) -> PanelRequest:
    return panel_request(
        organization=asked.organization,
        access=Access(organization_id=asked.organization.pk, is_staff=True),
        parameters=parameters,
        dimensions=(),
        now=asked.now,
    )
