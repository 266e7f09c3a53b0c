from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from teams.enums import Channel, OutboxStatus
from teams.models.organization import Organization


class OutboxMessage(models.Model):
    """A finished message to one recipient, saved with what it tells about and delivered later by a worker.

    ``id`` stays the same over all attempts and is the e-mail's Message-ID. While a worker is sending, the message
    is leased to it until ``leased_until``; a worker that dies leaves it to the next one after that.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    channel = models.CharField(
        _("channel"), max_length=12, choices=Channel.choices, default=Channel.EMAIL, editable=False
    )
    kind = models.CharField(
        _("kind"), max_length=80, help_text=_("noun.past, such as budget.threshold_crossed")
    )
    reference = models.CharField(
        _("about"), max_length=120, blank=True, help_text=_("What it tells about, such as invoice:17.")
    )
    dedupe_key = models.CharField(
        _("queued once as"),
        max_length=250,
        null=True,
        blank=True,
        unique=True,
        help_text=_("A second message with the same key is not queued."),
    )
    recipient = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    document_ids = ArrayField(models.UUIDField(), verbose_name=_("attachments"), default=list, blank=True)
    status = models.CharField(
        _("state"), max_length=8, choices=OutboxStatus.choices, default=OutboxStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    leased_until = models.DateTimeField(_("being sent until"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        # By the word of the state: dead, pending, sent. What needs a person comes first.
        ordering = ("status", "-id")
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="pending"), name="outbox_due"),
            models.Index(fields=["status", "-id"], name="outbox_by_status"),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="outbox_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"
