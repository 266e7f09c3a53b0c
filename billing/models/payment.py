from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Invoice
from billing.models.money import amount_field


class Payment(models.Model):
    """Money that came in for an invoice, or went back (negative). Never edited: a mistake is recorded back."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    amount = amount_field(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    paid_on = models.DateField(_("paid on"))
    method = models.CharField(_("method"), max_length=40, default="bank transfer")
    reference = models.CharField(_("reference"), max_length=200, blank=True)
    recorded_by = models.ForeignKey("teams.User", null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ("-paid_on", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "reference"],
                condition=~models.Q(reference=""),
                name="one_payment_per_invoice_and_reference",
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class CreditEntry(models.Model):
    """A change of an organization's credit balance: granted by a negative invoice, used by a later one."""

    organization = models.ForeignKey(
        "teams.Organization", on_delete=models.PROTECT, related_name="credit_entries"
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount = amount_field(_("amount"))
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="credit_entries")
    reason = models.CharField(_("reason"), max_length=200)
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("credit entry")
        verbose_name_plural = _("credit entries")
        ordering = ("-id",)
