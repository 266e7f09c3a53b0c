from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models import Organization

FOUND_KEPT: Final = 50
"""Differences that a check describes; all are counted."""


class LedgerCheck(models.Model):
    """One night's comparison of an organization's ledger and invoices with its events.

    The row without an organization is the night itself: it ends last and sums up the others. ``found`` holds the
    first differences as ``usage.ledger_findings`` writes them. A check that is running is leased to its worker.
    """

    night = models.DateField(_("night"), help_text=_("The UTC day that it was due on."))
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), null=True, on_delete=models.CASCADE, related_name="+"
    )
    first_day = models.DateField(_("first day"), null=True)
    last_day = models.DateField(_("last day"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    leased_until = models.DateTimeField(_("being checked until"), null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    rows = models.BigIntegerField(_("rows compared"), default=0)
    differences = models.BigIntegerField(_("differences"), default=0)
    found = models.JSONField(_("found"), default=list)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("ledger check")
        verbose_name_plural = _("ledger checks")
        ordering = ("-night", "organization_id")
        constraints = [
            models.UniqueConstraint(fields=["night", "organization"], name="one_check_per_night"),
            models.UniqueConstraint(
                fields=["night"], condition=Q(organization=None), name="one_summary_per_night"
            ),
        ]
        indexes = [models.Index(fields=["night"], condition=Q(finished_at=None), name="checks_to_do")]

    def __str__(self) -> str:
        return f"{self.night:%Y-%m-%d}"
