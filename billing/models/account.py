from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.issuer import Issuer


class BillingAccount(models.Model):
    """Who buys: how an organization stands on its invoices, who sells to it, and at what tax."""

    organization = models.OneToOneField(
        "teams.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="billing_account",
    )
    issuer = models.ForeignKey(
        Issuer, verbose_name=_("issuer"), on_delete=models.PROTECT, related_name="accounts"
    )
    legal_name = models.CharField(_("legal name"), max_length=200)
    address = models.TextField(_("address"), help_text=_("As it stands on letters, without the country."))
    country = models.CharField(_("country"), max_length=2)
    tax_id = models.CharField(_("tax id"), max_length=40, blank=True)
    purchase_order = models.CharField(_("purchase order"), max_length=80, blank=True)
    tax_name = models.CharField(_("tax"), max_length=40, default="VAT")
    tax_rate = models.DecimalField(
        _("tax rate, %"),
        max_digits=6,
        decimal_places=3,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    net_payment_term = models.PositiveSmallIntegerField(_("days to pay"), default=14)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("billing account")
        verbose_name_plural = _("billing accounts")
        ordering = ("legal_name",)

    def __str__(self) -> str:
        return self.legal_name


class BillingContact(models.Model):
    """An address that receives invoices."""

    account = models.ForeignKey(BillingAccount, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"))

    class Meta:
        verbose_name = _("billing contact")
        verbose_name_plural = _("billing contacts")
        ordering = ("email",)
        constraints = [models.UniqueConstraint(fields=["account", "email"], name="one_contact_per_address")]

    def __str__(self) -> str:
        return self.email
