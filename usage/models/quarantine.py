from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from usage.enums import EventSource, QuarantineReason, QuarantineStatus
from usage.models.shard import organization_key


class QuarantinedEvent(models.Model):
    """An event that was understood but could not be stored: kept with its facts, to be replayed or discarded.

    Conflicts (a known id with other content) stand here too. ``facts`` holds the validated fields, no content.
    The same event sent again only raises ``times``.
    """

    id = models.UUIDField(primary_key=True)
    organization = organization_key()
    transaction_id = models.CharField(_("transaction id"), max_length=200)
    fingerprint = models.BinaryField(max_length=20)
    reason = models.CharField(_("reason"), max_length=20, choices=QuarantineReason.choices)
    detail = models.CharField(_("detail"), max_length=300)
    facts = models.JSONField(_("facts"))
    source = models.CharField(_("source"), max_length=16, choices=EventSource.choices)
    api_key_id = models.BigIntegerField(_("API key"), default=0)
    times = models.IntegerField(_("times sent"), default=1)
    first_received_at = models.DateTimeField(_("first received"))
    last_received_at = models.DateTimeField(_("last received"))
    status = models.CharField(
        _("status"), max_length=12, choices=QuarantineStatus.choices, default=QuarantineStatus.OPEN
    )
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    resolved_by = models.CharField(_("resolved by"), max_length=254, blank=True)

    class Meta:
        db_table = "usage_quarantine"
        verbose_name = _("quarantined event")
        verbose_name_plural = _("quarantine and conflicts")
        indexes = [
            models.Index(fields=["organization", "status", "last_received_at"], name="quarantine_by_status"),
            # Lists are paged by id, which is the order in which events first came.
            models.Index(fields=["organization", "-id"], name="quarantine_by_organization"),
            models.Index(fields=["-id"], condition=Q(status="open"), name="quarantine_open"),
            models.Index(
                fields=["first_received_at", "reason"],
                condition=Q(status="open"),
                name="quarantine_open_by_age",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "transaction_id", "reason", "fingerprint"], name="quarantined_once"
            )
        ]

    def __str__(self) -> str:
        return self.transaction_id
