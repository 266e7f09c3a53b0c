from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from teams.models.organization import Organization


class Document(models.Model):
    """A finished file: an invoice's PDF, an export. Its bytes live here, so that one dump restores everything.

    Written by ``teams.services.documents``, never changed: the database itself refuses an update.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    filename = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("content type"), max_length=100)
    content = models.BinaryField(_("content"))
    sha256 = models.CharField("SHA-256", max_length=64, help_text=_("Of the content, in hexadecimal."))
    size = models.PositiveIntegerField(_("size"), help_text=_("In bytes."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.filename

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("documents stay")
