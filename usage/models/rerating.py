from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models import Organization, User
from usage.enums import ReratingStatus
from usage.models.price import LlmModel
from usage.models.shard import money_field


class Rerating(models.Model):
    """A wish to price a model's stored usage by the price list of now: previewed, approved, and then carried out.

    ``last_price_id`` and ``last_rate_id`` are the newest prices and contract rates that the preview knew: with newer
    ones it has to be made again. Organizations are looked for up to ``last_organization_id`` by now. While a worker is
    at it, the row is leased to that worker's ``claim``.
    """

    model = models.ForeignKey(LlmModel, verbose_name=_("model"), on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    occurred_from = models.DateTimeField(_("calls from"), null=True)
    status = models.CharField(
        _("status"), max_length=10, choices=ReratingStatus.choices, default=ReratingStatus.LOOKING
    )
    reason = models.TextField(_("reason"), blank=True)
    requested_by = models.ForeignKey(
        User, verbose_name=_("asked for by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    last_price_id = models.BigIntegerField(default=0)
    last_rate_id = models.BigIntegerField(default=0)
    last_organization_id = models.BigIntegerField(default=0)
    claim = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    previewed_at = models.DateTimeField(_("previewed"), null=True)
    approved_at = models.DateTimeField(_("approved"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("re-rating")
        verbose_name_plural = _("re-ratings")
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(status__in=("looking", "counting", "running")),
                name="reratings_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} #{self.pk}"


def _count(label: Any) -> "models.BigIntegerField[Any, Any]":
    return models.BigIntegerField(label, default=0)


class ReratingPart(models.Model):
    """A re-rating in one organization's billing month: what the preview has found, and what was done of it.

    ``events`` are those whose price differs, among ``events_seen``. Costs are US dollars of these events alone, as far
    as they have a price: ``unpriced_…`` and, of list prices, ``list_unpriced_…`` say how many have none. Of
    the other events ``unpriced_left`` have no price and get none. What was stored so far is counted in the ``done_…``
    columns. ``last_id`` is the last event that was looked at, for the preview and then again for the run; ``ended_at``
    says that this stage has seen all.
    """

    rerating = models.ForeignKey(Rerating, on_delete=models.CASCADE, related_name="parts")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    period = models.DateField(_("billing month"))
    events_seen = _count(_("events looked at"))
    events = _count(_("events"))
    unpriced_before = _count(_("unpriced before"))
    unpriced_after = _count(_("unpriced after"))
    unpriced_tokens_before = _count(_("unpriced tokens before"))
    unpriced_tokens_after = _count(_("unpriced tokens after"))
    unpriced_left = _count(_("still without a price"))
    unpriced_tokens_left = _count(_("tokens still without a price"))
    list_unpriced_before = _count(_("without a list price before"))
    list_unpriced_after = _count(_("without a list price after"))
    list_before = money_field(default=0)
    list_after = money_field(default=0)
    contracted_before = money_field(default=0)
    contracted_after = money_field(default=0)
    done_events = _count(_("events re-rated"))
    done_skipped = _count(_("events left out"))
    done_list = money_field(default=0)
    done_contracted = money_field(default=0)
    done_unpriced = _count(_("priced now"))
    last_id = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "usage_rerating_part"
        constraints = [
            models.UniqueConstraint(
                fields=["rerating", "organization", "period"], name="one_part_per_organization_and_month"
            )
        ]
        indexes = [
            models.Index(fields=["rerating", "id"], condition=Q(ended_at=None), name="rerating_parts_to_do")
        ]


class UnpricedAlert(models.Model):
    """Staff was told that usage of a model (0: of none that was named) has no price. Once ever for each model."""

    model_id = models.BigIntegerField(primary_key=True)
    alerted_at = models.DateTimeField()

    class Meta:
        db_table = "usage_unpriced_alert"
