from django.db import models
from django.utils.translation import gettext_lazy as _

from usage.enums import MonthSums
from usage.models.shard import organization_key


class UsagePeriod(models.Model):
    """A billing month of an organization, made ahead: [starts_at, ends_at), contiguous with its neighbours.

    ``close_number`` is stamped on every event while a shared lock is held; closing takes the lock alone and
    increments it, so a number once closed never gains an event.

    ``sums`` says whether ``usage.models.month`` holds the days of the month up to ``summed_through`` as they stand.
    Whoever changes usage of these days takes that back under the same lock. ``sums_begun_at`` is when they were last
    summed up.
    """

    pk = models.CompositePrimaryKey("organization_id", "period")
    organization = organization_key()
    period = models.DateField(_("first day"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    close_number = models.IntegerField(_("close number"), default=1)
    closed_at = models.DateTimeField(_("last closed"), null=True)
    sums = models.CharField(
        _("sums of the month"),
        max_length=8,
        choices=MonthSums.choices,
        default=MonthSums.NONE,
        db_default=MonthSums.NONE,
        editable=False,
    )
    summed_through = models.DateField(_("last day summed up"), null=True, editable=False)
    sums_begun_at = models.DateTimeField(_("last summed up"), null=True, editable=False)

    class Meta:
        db_table = "usage_period"
        verbose_name = _("period")
        verbose_name_plural = _("periods")
