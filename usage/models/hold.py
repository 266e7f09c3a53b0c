from django.db import models
from django.utils.translation import gettext_lazy as _

from usage.models.shard import money_field, organization_key


class Hold(models.Model):
    """An amount reserved for a model call that was authorized; the event that names it settles it.

    Open while ``settled_at`` and ``released_at`` are empty and ``expires_at`` lies ahead.
    """

    id = models.UUIDField(primary_key=True)
    organization = organization_key()
    member_id = models.BigIntegerField(_("member"), default=0)
    department_id = models.BigIntegerField(_("department"), default=0)
    project_id = models.BigIntegerField(_("project"), default=0)
    model_id = models.BigIntegerField(_("model"), default=0)
    feature = models.CharField(_("feature"), max_length=100, blank=True)
    held_cost = money_field(verbose_name=_("held cost"))
    held_tokens = models.BigIntegerField(_("held tokens"), default=0)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))
    released_at = models.DateTimeField(_("released"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    settled_event_id = models.UUIDField(_("settled by"), null=True)
    settled_cost = money_field(verbose_name=_("settled cost"), null=True)
    settled_tokens = models.BigIntegerField(_("settled tokens"), null=True)

    class Meta:
        db_table = "usage_hold"
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes = [
            models.Index(
                fields=["organization", "expires_at"],
                name="usage_hold_open",
                condition=models.Q(settled_at__isnull=True, released_at__isnull=True),
            )
        ]
