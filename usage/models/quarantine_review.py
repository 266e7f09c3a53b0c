from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models import User
from usage.enums import ReviewAction


class QuarantineReview(models.Model):
    """A decision about many waiting events at once, and how far it has been carried out.

    ``chosen`` is the filter (``usage.quarantine_filter``) that names the events; those above ``until_id`` came
    later and are not meant. Events are taken in the order of their ids, up to ``last_id`` by now. While a worker
    is at it, the review is leased to that worker's ``claim``.
    """

    action = models.CharField(_("action"), max_length=8, choices=ReviewAction.choices)
    chosen = models.JSONField(_("which events"))
    reason = models.TextField(_("reason"))
    actor = models.ForeignKey(
        User, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    until_id = models.UUIDField()
    total = models.BigIntegerField(_("events"))
    done = models.BigIntegerField(_("done"), default=0)
    answers = models.JSONField(_("answers"), default=dict, help_text=_("Events by what became of them."))
    last_id = models.UUIDField(null=True)
    claim = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(_("failures"), default=0)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("quarantine review")
        verbose_name_plural = _("quarantine reviews")
        ordering = ("-id",)
        indexes = [models.Index(fields=["id"], condition=Q(finished_at=None), name="reviews_to_do")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} #{self.pk}"
