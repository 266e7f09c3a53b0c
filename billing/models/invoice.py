from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.enums import ChargeCategory, InvoiceStatus, LineKind, PaymentStatus, ShareDimension
from billing.models.issuer import Issuer
from billing.models.money import amount_field, exchange_field
from usage.enums import ChargeKind
from usage.models.shard import money_field


class Invoice(models.Model):
    """What is charged for a billing month. A draft may be made anew; once finalized, a trigger keeps it as it is.

    ``parties`` is the snapshot of issuer and buyer, ``terms`` that of plan, rates and tax, by which the lines can be
    reproduced; ``lines_digest`` is the SHA-256 of the canonical lines.
    Amounts are in ``currency``, one US dollar being ``units_per_usd`` of it.
    """

    organization = models.ForeignKey(
        "teams.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="invoices",
    )
    issuer = models.ForeignKey(
        Issuer, verbose_name=_("issuer"), on_delete=models.PROTECT, related_name="invoices"
    )
    number = models.CharField(_("number"), max_length=40, null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=InvoiceStatus.choices, default=InvoiceStatus.DRAFT
    )
    payment_status = models.CharField(
        _("payment"), max_length=16, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID
    )
    period = models.DateField(_("billing month"))
    currency = models.CharField(_("currency"), max_length=3)
    units_per_usd = exchange_field(_("units for one US dollar"))
    language = models.CharField(_("language"), max_length=8)
    time_zone = models.CharField(_("time zone"), max_length=64)
    parties = models.JSONField(_("parties"))
    terms = models.JSONField(_("terms"))
    net_payment_term = models.PositiveSmallIntegerField(_("days to pay"))
    issuing_date = models.DateField(_("issued"), null=True, blank=True)
    payment_due_date = models.DateField(_("due"), null=True, blank=True)
    net_total = amount_field(_("net"), default=0)
    tax_total = amount_field(_("tax"), default=0)
    total = amount_field(_("total"), default=0)
    paid_total = amount_field(_("paid"), default=0)
    lines_digest = models.CharField(_("digest of the lines"), max_length=64, blank=True)
    pdf = models.ForeignKey(
        "teams.Document",
        verbose_name=_("PDF"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finalized_at = models.DateTimeField(_("finalized"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)
    void_reason = models.CharField(_("reason for voiding"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ("-period", "-id")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "number"], name="one_invoice_per_number"),
            models.UniqueConstraint(
                fields=["organization", "period"],
                condition=Q(status=InvoiceStatus.DRAFT),
                name="one_draft_per_organization_and_month",
            ),
            models.CheckConstraint(
                condition=Q(status=InvoiceStatus.DRAFT, number__isnull=True)
                | (~Q(status=InvoiceStatus.DRAFT) & Q(number__isnull=False)),
                name="finalized_invoices_have_numbers",
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(_("Draft"))


class InvoiceLine(models.Model):
    """One line: a fee, or the usage of one model, price and kind. Rounded once, here.

    ``cost`` is exact US dollars, ``amount`` the same in the invoice's currency. An adjustment has the service
    period that its events belong to, earlier than the invoice's.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=12, choices=LineKind.choices)
    charge_category = models.CharField(_("category"), max_length=12, choices=ChargeCategory.choices)
    service_period = models.DateField(_("service month"))
    description = models.CharField(_("description"), max_length=300, blank=True)
    model_id = models.BigIntegerField(_("model"), default=0)
    provider_name = models.CharField(_("provider"), max_length=100, blank=True)
    model_name = models.CharField(_("model name"), max_length=200, blank=True)
    service_tier = models.CharField(_("service tier"), max_length=40, blank=True)
    charge_kind = models.CharField(_("of"), max_length=16, choices=ChargeKind.choices, blank=True)
    context_threshold = models.BigIntegerField(_("above input tokens"), default=0)
    price_id = models.BigIntegerField(_("price"), default=0)
    rate_id = models.BigIntegerField(_("contract rate"), default=0)
    quantity = models.BigIntegerField(_("quantity"), default=1)
    unit_price = models.DecimalField(_("unit price, USD"), max_digits=30, decimal_places=15, null=True)
    cost = money_field(verbose_name=_("cost, USD"), null=True)
    amount = amount_field(_("amount"))
    tax_rate = models.DecimalField(_("tax rate, %"), max_digits=6, decimal_places=3)

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ("invoice", "position")
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="one_line_per_position")]


class InvoiceTax(models.Model):
    """Tax of all lines at one rate, rounded once."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="taxes")
    name = models.CharField(_("tax"), max_length=40)
    rate = models.DecimalField(_("rate, %"), max_digits=6, decimal_places=3)
    taxable_amount = amount_field(_("taxable"))
    tax_amount = amount_field(_("tax"))

    class Meta:
        verbose_name = _("tax")
        verbose_name_plural = _("taxes")
        ordering = ("invoice", "rate")
        constraints = [models.UniqueConstraint(fields=["invoice", "rate"], name="one_tax_per_rate")]


class InvoiceShare(models.Model):
    """The part of a feature or department in the invoice's usage; the parts of a split add up to it exactly."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="shares")
    dimension = models.CharField(_("by"), max_length=12, choices=ShareDimension.choices)
    position = models.PositiveIntegerField(_("position"))
    scope_id = models.BigIntegerField(_("id"), default=0)
    name = models.CharField(_("name"), max_length=200, blank=True)
    cost = money_field(verbose_name=_("cost, USD"))
    amount = amount_field(_("amount"))

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        ordering = ("invoice", "dimension", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "dimension", "position"], name="one_share_per_position"
            )
        ]


class InvoicedClose(models.Model):
    """Which invoice charges the events of a billing month that carry a close number. Each is charged once."""

    organization = models.ForeignKey("teams.Organization", on_delete=models.PROTECT, related_name="+")
    period = models.DateField(_("billing month"))
    close_number = models.IntegerField(_("close number"))
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="closes")

    class Meta:
        verbose_name = _("invoiced close")
        verbose_name_plural = _("invoiced closes")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "period", "close_number"], name="each_close_is_invoiced_once"
            )
        ]
