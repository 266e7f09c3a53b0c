from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.enums import KeyScope
from teams.models.organization import Organization


class ApiKey(models.Model):
    """A secret that a client sends. Only its SHA-256 is kept; the secret is shown once, when it is made.

    A test key belongs to the organization's test twin, so nothing that reads the key needs to know about tests.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=200)
    prefix = models.CharField(_("prefix"), max_length=24, unique=True)
    digest = models.BinaryField(_("digest"), max_length=32, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=40, choices=KeyScope.choices), verbose_name=_("opens"), default=list
    )
    created_by = models.ForeignKey(
        "teams.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("organization", "name")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
