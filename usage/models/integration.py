from django.db import models
from django.utils.translation import gettext_lazy as _


class Integration(models.Model):
    """A connected service that causes usage, such as a mail or chat product; unknown ids make placeholders."""

    organization = models.ForeignKey(
        "teams.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="integrations",
    )
    external_id = models.CharField(_("id at the client"), max_length=200)
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_placeholder = models.BooleanField(_("placeholder"), default=False)
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("merged into"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("integration")
        verbose_name_plural = _("integrations")
        ordering = ("name", "external_id")
        constraints = [
            models.UniqueConstraint(fields=["organization", "external_id"], name="integration_external_id")
        ]

    def __str__(self) -> str:
        return self.name or self.external_id
