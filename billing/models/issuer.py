from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import SeriesKind


class Issuer(models.Model):
    """Who sells: the company whose name, bank account and number series stand on invoices."""

    legal_name = models.CharField(_("legal name"), max_length=200)
    address = models.TextField(_("address"), help_text=_("As it stands on letters, without the country."))
    country = models.CharField(_("country"), max_length=2)
    tax_id = models.CharField(_("tax id"), max_length=40, blank=True)
    registration = models.CharField(_("registration"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"))
    website = models.CharField(_("website"), max_length=200, blank=True)
    bank_name = models.CharField(_("bank"), max_length=200, blank=True)
    iban = models.CharField(_("IBAN or account number"), max_length=42, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("issuer")
        verbose_name_plural = _("issuers")
        ordering = ("legal_name",)

    def __str__(self) -> str:
        return self.legal_name


class NumberSeries(models.Model):
    """The counter of an issuer's document numbers. Locked by the transaction that takes a number: no gaps."""

    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="series")
    kind = models.CharField(_("for"), max_length=16, choices=SeriesKind.choices)
    prefix = models.CharField(_("prefix"), max_length=20, blank=True)
    digits = models.PositiveSmallIntegerField(_("digits"), default=5)
    next_number = models.PositiveBigIntegerField(_("next number"), default=1)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        ordering = ("issuer", "kind")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "kind"], name="one_series_per_issuer_and_kind")
        ]

    def __str__(self) -> str:
        return f"{self.prefix}{self.next_number:0{self.digits}d}"
