from django.db import models
from django.utils.translation import gettext_lazy as _

from usage.models.shard import money_field, organization_key


class File(models.Model):
    """A file that chats read. ``id`` is derived from the organization and the client's file id."""

    id = models.UUIDField(primary_key=True)
    organization = organization_key()
    external_id = models.CharField(_("file id"), max_length=200)
    name = models.CharField(_("name"), max_length=200, blank=True)
    size_bytes = models.BigIntegerField(_("size, bytes"), default=0)
    extracted_tokens = models.BigIntegerField(_("extracted tokens"), default=0)
    first_at = models.DateTimeField(_("first used"))
    last_at = models.DateTimeField(_("last used"))

    class Meta:
        db_table = "usage_file"
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [models.Index(fields=["organization", "last_at"], name="usage_file_by_last")]

    def __str__(self) -> str:
        return self.name or self.external_id


class FileUse(models.Model):
    """What one file added to one chat. ``chat_id`` is the nil UUID for use outside of chats."""

    pk = models.CompositePrimaryKey("organization_id", "file_id", "chat_id")
    organization = organization_key()
    file_id = models.UUIDField(_("file"))
    chat_id = models.UUIDField(_("chat"))
    uses = models.BigIntegerField(_("uses"))
    input_tokens = models.BigIntegerField(_("tokens added"))
    cache_read_input_tokens = models.BigIntegerField(_("of which cached"))
    contracted_cost = money_field(verbose_name=_("cost added"))
    processing_cost = money_field(verbose_name=_("processing cost"))

    class Meta:
        db_table = "usage_file_use"
        verbose_name = _("file use")
        verbose_name_plural = _("file uses")
