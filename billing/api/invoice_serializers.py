"""The shape of invoices in the API. Amounts are in the invoice's currency, as decimal strings in its places."""

from typing import Any

from rest_framework import serializers

from billing.api.amounts import AmountField, InCurrency
from billing.api.overview_serializers import MoneyField, MonthField
from billing.enums import ChargeCategory, InvoiceStatus, LineKind, PaymentStatus, ShareDimension
from usage.api.panels.pages import PageSerializer
from usage.enums import ChargeKind


class InvoiceSummarySerializer(InCurrency):
    """An invoice in a list."""

    number = serializers.CharField()
    period = MonthField(help_text="The billing month.")
    status = serializers.ChoiceField(choices=[InvoiceStatus.FINALIZED, InvoiceStatus.VOIDED])
    payment_status = serializers.ChoiceField(choices=PaymentStatus.choices)
    is_overdue = serializers.BooleanField(
        help_text="Past its due date in the issuer's zone, and not wholly paid."
    )
    currency = serializers.CharField()
    issuing_date = serializers.DateField()
    payment_due_date = serializers.DateField()
    net_total = AmountField()
    tax_total = AmountField()
    total = AmountField()
    paid_total = AmountField()
    amount_due = AmountField(help_text="0 for a voided invoice; negative where a credit came of it.")
    has_pdf = serializers.BooleanField(help_text="The PDF is made within a minute after finalizing.")


class PartySerializer(serializers.Serializer[Any]):
    legal_name = serializers.CharField()
    address = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1, two letters.")
    tax_id = serializers.CharField()


class BuyerSerializer(PartySerializer):
    purchase_order = serializers.CharField()


class InvoiceLineSerializer(serializers.Serializer[Any]):
    """Usage lines: quantity × unit_price = cost, in US dollars; amount is the cost in the currency, rounded once."""

    position = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=LineKind.choices)
    charge_category = serializers.ChoiceField(choices=ChargeCategory.choices, help_text="As in FOCUS.")
    service_period = MonthField(help_text="Earlier than the invoice's for an adjustment.")
    description = serializers.CharField()
    provider_name = serializers.CharField()
    model_name = serializers.CharField()
    service_tier = serializers.CharField()
    charge_kind = serializers.ChoiceField(choices=ChargeKind.choices, allow_blank=True)
    context_threshold = serializers.IntegerField(
        help_text="At the price of requests with more input tokens than that; 0 for the ordinary price."
    )
    quantity = serializers.IntegerField(help_text="Tokens, calls or seconds.")
    unit_price = MoneyField(allow_null=True, help_text="US dollars for one unit; null without a price.")
    cost = MoneyField(allow_null=True, help_text="US dollars, exact.")
    amount = AmountField()
    tax_rate = serializers.DecimalField(max_digits=6, decimal_places=3, help_text="Per cent.")


class InvoiceTaxSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    rate = serializers.DecimalField(max_digits=6, decimal_places=3, help_text="Per cent.")
    taxable_amount = AmountField()
    tax_amount = AmountField()


class InvoiceShareSerializer(serializers.Serializer[Any]):
    """The parts of a dimension add up to the usage, included tokens taken off."""

    dimension = serializers.ChoiceField(choices=ShareDimension.choices)
    name = serializers.CharField(help_text="Empty for unattributed usage.")
    cost = MoneyField(help_text="US dollars, exact, before included tokens.")
    amount = AmountField()


class PaymentSerializer(serializers.Serializer[Any]):
    """Money that came in, or went back (negative)."""

    paid_on = serializers.DateField()
    method = serializers.CharField()
    reference = serializers.CharField()
    amount = AmountField()


class PdfSerializer(serializers.Serializer[Any]):
    filename = serializers.CharField()
    sha256 = serializers.CharField(help_text="Of the bytes, in hexadecimal.")
    size = serializers.IntegerField(help_text="In bytes.")


class InvoiceSerializer(InvoiceSummarySerializer):
    """One invoice in full. Its lines add up to `net_total`, its taxes to `tax_total`."""

    time_zone = serializers.CharField(help_text="Months are those of this zone.")
    units_per_usd = MoneyField(help_text="Of the currency for one US dollar, fixed for the month.")
    void_reason = serializers.CharField()
    issuer = PartySerializer()
    buyer = BuyerSerializer()
    lines = InvoiceLineSerializer(many=True)
    taxes = InvoiceTaxSerializer(many=True)
    shares = InvoiceShareSerializer(many=True)
    payments = PaymentSerializer(many=True)
    lines_digest = serializers.CharField(help_text="SHA-256 of the canonical lines.")
    pdf = PdfSerializer(allow_null=True)


class InvoicePageSerializer(serializers.Serializer[Any]):
    page = PageSerializer(help_text="Earlier invoices are on the next one.")
    results = InvoiceSummarySerializer(many=True)
