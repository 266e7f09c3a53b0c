"""The steps of a series that is asked for, down to hours."""

from collections.abc import Collection
from typing import Final

from django.utils.translation import gettext as _

from usage.panels.buckets import fitting_bucket, hour_steps, steps_of
from usage.panels.filters import BadFilter, one
from usage.panels.hours import every_month
from usage.panels.parameters import BUCKET
from usage.panels.sources import Source, hourly_source
from usage.panels.step_pages import StepPage, asked_step_page
from usage.panels.tables import places_of
from usage.panels.vocabulary import Bucket, Dimension
from usage.progress import Days
from usage.queries.panels.hours import periods_over
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.series import Course

MOST_DAYS_BY_HOUR: Final = 31
"""The longest month: 745 hours where clocks are put back in it."""


def asked_course(
    request: PanelRequest, *, by: Dimension | None, lines: int, measures: Collection[str]
) -> tuple[Course, StepPage]:
    """The steps of a page through the days shown, by ``bucket`` or what suits these; ``lines`` of the values of ``by``
    will be told apart, with further ``measures``.

    Raises ``BadFilter``, and ``NotOffered`` for what hours are not kept by, whether there is any such usage or not.
    """
    reader, shown, today = request.reader, request.spans.shown, request.today
    bucket, week_start = _bucket(request, shown), request.organization.week_start
    asked = (*([by] if by else ()), *reader.chosen)
    # One's own rows are few.
    is_summed_up = request.is_own_only or bucket is Bucket.HOUR or _is_summed_up(reader, asked, measures)
    page = asked_step_page(
        request.parameters,
        shown,
        bucket=bucket,
        week_start=week_start,
        # The total of each step, and beside its lines that of all others.
        columns=1 + (lines + 1 if by else 0),
        is_summed_up=is_summed_up,
    )
    if bucket is Bucket.HOUR:
        hourly_source(asked, visible=reader.visible)
        periods = periods_over(reader.organization_id, page.days)
        months = every_month(periods, page.days, time_zone=request.time_zone)
        steps = hour_steps(months, page.days, today=today, now=request.now)
    else:
        steps = steps_of(page.days, bucket=bucket, week_start=week_start, today=today)
    return Course(days=shown, bucket=bucket, steps=steps, told=page.days), page


def _is_summed_up(reader: PanelReader, asked: Collection[Dimension], measures: Collection[str]) -> bool:
    """Whether days are kept summed up by what is asked of everybody, or of the departments that are seen."""
    places = places_of(
        tuple(asked),
        organization_id=reader.organization_id,
        visible=reader.visible,
        chosen=reader.chosen,
        measures=measures,
    )
    return places[0].by_day.name == Source.SPEND.value


def _bucket(request: PanelRequest, shown: Days) -> Bucket:
    text = one(request.parameters, BUCKET)
    if not text:
        return fitting_bucket(shown)
    if text not in [*Bucket]:
        raise BadFilter(BUCKET, _("Choose one of: %(known)s.") % {"known": ", ".join(Bucket)})
    bucket = Bucket(text)
    if bucket is Bucket.HOUR and shown.length > MOST_DAYS_BY_HOUR:
        reason = _("Hours can be shown of at most %(days)d days at once.") % {"days": MOST_DAYS_BY_HOUR}
        raise BadFilter(BUCKET, reason)
    return bucket
