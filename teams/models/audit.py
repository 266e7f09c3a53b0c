from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.models.organization import Organization


class AuditEntry(models.Model):
    """Who did what, when and why. Written by ``teams.services.audit``, never changed."""

    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.ForeignKey(
        "teams.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_name = models.CharField(_("by"), max_length=254, help_text=_("As it was then."))
    action = models.CharField(
        _("action"), max_length=80, help_text=_("noun.past, such as price_list.applied")
    )
    subject = models.CharField(_("subject"), max_length=254)
    reason = models.TextField(_("reason"), blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    recorded_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ("-id",)
        indexes = [models.Index(fields=["organization", "-id"], name="audit_by_organization")]

    def __str__(self) -> str:
        return f"{self.action}: {self.subject}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("audit entries stay")
