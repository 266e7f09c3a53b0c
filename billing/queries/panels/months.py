"""Month by month: usage, its change, the departments, and budgets against what was spent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from billing.month_report import (
    MonthReport,
    MonthRow,
    days_of_month,
    fiscal_year_of,
    last_months,
    months_of_year,
)
from billing.queries.panels.month_budgets import budget_months
from teams.models import Department
from usage.breakdown import Spend, Told
from usage.figures import NOTHING, Change, Measures, total
from usage.panels.buckets import steps_of
from usage.panels.filters import BadFilter, one
from usage.panels.parameters import YEAR
from usage.panels.ranges import spans_over
from usage.panels.vocabulary import Bucket, Compare, Dimension
from usage.periods import add_months, month_of
from usage.progress import Days, Spans, change_over
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.stacked import stacked

MOST_YEARS: Final = 4
MOST_DEPARTMENTS: Final = 50
LEADING: Final = 5

ByMonth = Mapping[date, Measures]


def months_panel(request: PanelRequest) -> MonthReport:
    """The last thirteen months, or those of the fiscal year that ``year`` names. At most eleven queries.

    Months before the first usage are left out. Raises ``BadFilter`` for a year that cannot be shown.
    """
    start, today = request.organization.fiscal_year_start, request.today
    current = fiscal_year_of(today, fiscal_year_start=start)
    years = tuple(range(current, current - MOST_YEARS, -1))
    year = _asked_year(request, years)
    wanted = (
        last_months(today) if year is None else months_of_year(year, fiscal_year_start=start, today=today)
    )
    by_month = request.reader.by_step(Days(add_months(wanted[0], -12), today), step=Bucket.MONTH)
    shown = _since_first_usage(wanted, by_month)
    days = Days(shown[0], min(days_of_month(shown[-1]).last, today))
    departments = _departments(request, days)
    return MonthReport(
        days=days,
        fiscal_year=year,
        fiscal_years=years,
        months=tuple(reversed(_rows(request, shown, by_month))),
        total=total(by_month.get(month, NOTHING) for month in shown),
        departments=departments[0],
        leading_departments=departments[1],
        budgets=budget_months(request, shown),
    )


def _asked_year(request: PanelRequest, years: Collection[int]) -> int | None:
    text = one(request.parameters, YEAR)
    if not text:
        return None
    if text not in {str(year) for year in years}:
        known = ", ".join(map(str, years))
        raise BadFilter(YEAR, _("Choose one of: %(known)s.") % {"known": known})
    return int(text)


def _since_first_usage(months: Sequence[date], by_month: ByMonth) -> Sequence[date]:
    """The months from the first with usage on; the last one where there is none."""
    used = [position for position, month in enumerate(months) if by_month.get(month, NOTHING) != NOTHING]
    return months[used[0] :] if used else months[-1:]


def _rows(request: PanelRequest, months: Sequence[date], by_month: ByMonth) -> list[MonthRow]:
    rows = [
        MonthRow(
            month=month,
            is_partial=False,
            measures=by_month.get(month, NOTHING),
            change=_change(by_month, month, -1),
            year_change=_change(by_month, month, -12),
        )
        for month in months
    ]
    if months[-1] == month_of(request.today):
        rows[-1] = _in_progress(request, rows[-1].measures)
    return rows


def _change(by_month: ByMonth, month: date, distance: int) -> Change:
    """Whole months beside each other."""
    now, before = (by_month.get(add_months(month, months), NOTHING) for months in (0, distance))
    return Change(
        tokens=now.total_tokens,
        previous_tokens=before.total_tokens,
        contracted_cost=now.contracted_cost,
        previous_contracted_cost=before.contracted_cost,
    )


def _in_progress(request: PanelRequest, so_far: Measures) -> MonthRow:
    """The month of today: its days that are over beside as many of the month before, and of a year ago."""
    month = month_of(request.today)
    spans = {
        compare: spans_over(days_of_month(month), today=request.today, compare=compare)
        for compare in (Compare.PREVIOUS, Compare.YEAR)
    }
    by_day = _by_day(request.reader, spans.values())
    compared = spans[Compare.PREVIOUS].compared
    return MonthRow(
        month=month,
        is_partial=True,
        measures=so_far,
        change=change_over(by_day, spans[Compare.PREVIOUS]),
        year_change=change_over(by_day, spans[Compare.YEAR]),
        days=compared.length if compared else 0,
    )


def _by_day(reader: PanelReader, several: Collection[Spans]) -> dict[date, Measures]:
    """Sums per day of the spans that are compared: three months at most."""
    days = {span for spans in several for span in (spans.compared, spans.previous) if span}
    return reader.by_day(*sorted(days))


def _departments(request: PanelRequest, days: Days) -> tuple[Any, Any]:
    """Every department month by month, and the leading ones as a chart draws them. Three queries."""
    by, bucket = Dimension.DEPARTMENT, Bucket.MONTH
    sums = _among_all_departments(request.reader).by_step_and(by, days, step=bucket)
    spends = {value: Spend(total(by_month.values())) for value, by_month in sums.items()}
    rows = request.reader.lines(by, Told(spends), is_compared=False)
    steps = steps_of(days, bucket=bucket, week_start=request.organization.week_start, today=request.today)
    every, leading = (
        stacked(sums, by=by, rows=rows, steps=steps, bucket=bucket, lines=lines, keeps_unattributed=keeps)
        for lines, keeps in ((MOST_DEPARTMENTS, True), (LEADING, False))
    )
    return every, leading


def _among_all_departments(reader: PanelReader) -> PanelReader:
    """The same usage. Where departments are named, days are read from their own sums, which have fewer rows."""
    if not reader.visible.whole_organization:
        return reader
    # No entry of the directory is ever deleted.
    ids = (
        Department.objects.filter(organization_id=reader.organization_id)
        .order_by()
        .values_list("id", flat=True)
    )
    return replace(reader, chosen={Dimension.DEPARTMENT: frozenset({0, *ids})})
