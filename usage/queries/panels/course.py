"""The steps of a series that is asked for, down to hours."""

from typing import Final

from django.utils.translation import gettext as _

from usage.panels.buckets import fitting_bucket, hour_steps, steps_of
from usage.panels.filters import BadFilter, one
from usage.panels.hours import every_month
from usage.panels.parameters import BUCKET
from usage.panels.sources import hourly_source
from usage.panels.vocabulary import Bucket, Dimension
from usage.progress import Days
from usage.queries.panels.hours import periods_over
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.series import Course

MOST_DAYS_BY_HOUR: Final = 31
"""The longest month: 745 hours where clocks are put back in it."""


def asked_course(request: PanelRequest, *, by: Dimension | None) -> Course:
    """Steps through the days shown, by ``bucket`` or what suits them; ``by`` is what they will be told apart by.

    Raises ``BadFilter``, and ``NotOffered`` for what hours are not kept by, whether there is any such usage or not.
    """
    shown = request.spans.shown
    bucket = _bucket(request, shown)
    if bucket is Bucket.HOUR:
        reader = request.reader
        hourly_source((*([by] if by else ()), *reader.chosen), visible=reader.visible)
        periods = periods_over(reader.organization_id, shown)
        months = every_month(periods, shown, time_zone=request.time_zone)
        steps = hour_steps(months, shown, today=request.today, now=request.now)
    else:
        week_start = request.organization.week_start
        steps = steps_of(shown, bucket=bucket, week_start=week_start, today=request.today)
    return Course(days=shown, bucket=bucket, steps=steps)


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
