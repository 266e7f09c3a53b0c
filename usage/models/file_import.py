from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from teams.models import Organization
from usage.enums import FileImportStatus


class FileImport(models.Model):
    """A usage file that staff bring in: uploaded, mapped, checked, confirmed, and then stored by a worker.

    Its bytes (``FileImportChunk``) stay until it has ended. ``claim`` names the worker that has it, until
    ``leased_until``; ``rows_done`` is written with the rows themselves, so whoever goes on after a worker that died
    knows exactly where. ``answers`` counts rows by what became of them, ``void_answers`` the voids among them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="+"
    )
    filename = models.CharField(_("file name"), max_length=200)
    size = models.BigIntegerField(_("size"), default=0, help_text=_("In bytes."))
    sha256 = models.CharField("SHA-256", max_length=64)
    file_format = models.JSONField(_("format"), default=dict)
    mapping = models.JSONField(_("mapping"), default=dict)
    findings = models.JSONField(_("findings"), null=True)
    status = models.CharField(
        _("status"), max_length=10, choices=FileImportStatus.choices, default=FileImportStatus.UPLOADED
    )
    error = models.TextField(_("error"), blank=True)
    rows_total = models.BigIntegerField(_("rows"), default=0)
    rows_done = models.BigIntegerField(_("rows done"), default=0)
    voids_done = models.BigIntegerField(_("voids done"), default=0)
    answers = models.JSONField(_("answers"), default=dict)
    void_answers = models.JSONField(_("answers to voids"), default=dict)
    unstored_count = models.BigIntegerField(_("rows not stored"), default=0)
    reason = models.TextField(_("reason"), blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmed by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    queued_at = models.DateTimeField(_("waiting since"), null=True)
    claim = models.UUIDField(_("claim"), null=True)
    leased_until = models.DateTimeField(_("with a worker until"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts without progress"), default=0)

    class Meta:
        db_table = "usage_file_import"
        verbose_name = _("file import")
        verbose_name_plural = _("file imports")
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["queued_at"],
                condition=Q(status__in=("checking", "storing")),
                name="file_import_queue",
            ),
            models.Index(fields=["organization", "sha256"], name="file_import_by_content"),
        ]

    def __str__(self) -> str:
        return self.filename


class FileImportChunk(models.Model):
    """A piece of an uploaded file, in order."""

    file_import = models.ForeignKey(FileImport, on_delete=models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        db_table = "usage_file_import_chunk"
        constraints = [
            models.UniqueConstraint(fields=["file_import", "position"], name="one_chunk_per_position")
        ]


class UnstoredRow(models.Model):
    """A row that is not stored, and why. Until ``is_final`` it is what the check has found."""

    file_import = models.ForeignKey(FileImport, on_delete=models.CASCADE, related_name="unstored_rows")
    is_final = models.BooleanField()
    line = models.BigIntegerField(_("line"))
    transaction_id = models.CharField(_("transaction id"), max_length=200, blank=True)
    answer = models.CharField(_("answer"), max_length=20)
    field = models.CharField(_("field"), max_length=200, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    cells = models.JSONField(_("cells"), default=dict)

    class Meta:
        db_table = "usage_file_import_unstored"
        verbose_name = _("row not stored")
        verbose_name_plural = _("rows not stored")
        indexes = [models.Index(fields=["file_import", "is_final", "line"], name="unstored_by_line")]


class SavedMapping(models.Model):
    """What the columns of an organization's files mean; ``signature`` is the same for the same columns."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    signature = models.CharField(max_length=64)
    mapping = models.JSONField()
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "usage_file_import_mapping"
        constraints = [
            models.UniqueConstraint(fields=["organization", "signature"], name="one_mapping_per_signature")
        ]
