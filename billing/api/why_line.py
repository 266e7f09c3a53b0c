"""``GET /api/v1/billing/invoices/{number}/lines/{position}/cost``: why a line comes to what it does."""

from typing import Any, Final

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from billing.api.amounts import AmountField, InCurrency
from billing.api.overview_serializers import MonthField
from billing.queries.invoices import find_invoice
from billing.queries.why_line import why_line
from teams.api.access import PARAMETER, request_access
from teams.api.authentication import RequiresScope
from teams.api.problems import CONTENT_TYPE
from teams.api.schema import ProblemSerializer
from teams.api.writing import encoded, json_response, written
from teams.enums import KeyScope
from teams.permissions import may_see_invoices
from teams.queries.access import NotVisible
from usage.api.why_cost_serializers import EXAMPLE as USAGE_EXAMPLE
from usage.api.why_cost_serializers import ExactField, PriceFactsSerializer
from usage.enums import ChargeKind, UnpricedReason


class ChargedCloseSerializer(serializers.Serializer[Any]):
    """What one close of the service month adds to the line."""

    close_number = serializers.IntegerField()
    quantity = serializers.IntegerField()
    cost = ExactField(help_text="US dollars.")


class WhyLineSerializer(InCurrency):
    """quantity × unit_price = cost; cost × units_per_usd = exact_amount; rounded once = amount."""

    number = serializers.CharField()
    currency = serializers.CharField()
    position = serializers.IntegerField()
    service_period = MonthField(help_text="Earlier than the invoice's for an adjustment.")
    is_adjustment = serializers.BooleanField()
    provider_name = serializers.CharField()
    model_name = serializers.CharField()
    charge_kind = serializers.ChoiceField(choices=ChargeKind.choices, source="kind")
    price = PriceFactsSerializer(allow_null=True)
    unpriced_reason = serializers.ChoiceField(choices=UnpricedReason.choices, allow_null=True)
    quantity = serializers.IntegerField(help_text="Tokens, calls or seconds.")
    unit_price = ExactField(allow_null=True, help_text="US dollars for one unit.")
    cost = ExactField(help_text="US dollars, exact; the closes add up to it.")
    closes = ChargedCloseSerializer(many=True)
    units_per_usd = ExactField(help_text="Of the currency for one US dollar, fixed for the service month.")
    exact_amount = ExactField(help_text="In the currency, before rounding.")
    amount = AmountField()
    rounding = ExactField(help_text="amount − exact_amount")
    included_tokens = serializers.IntegerField(
        help_text="Taken off for the service month, on a line of its own."
    )
    included_amount = AmountField(
        help_text="What that line takes off; 0 or negative, unless it takes tokens back."
    )


_EXAMPLE: Final = {
    "number": "INV-00024",
    "currency": "EUR",
    "position": 2,
    "service_period": "2026-10",
    "is_adjustment": False,
    "provider_name": "openai",
    "model_name": "GPT 4o",
    "charge_kind": "input",
    "price": USAGE_EXAMPLE["parts"][0]["price"],  # type: ignore[index]
    "unpriced_reason": None,
    "quantity": 2_000_100,
    "unit_price": "0.00000225",
    "cost": "4.500225",
    "closes": [{"close_number": 1, "quantity": 2_000_100, "cost": "4.500225"}],
    "units_per_usd": "0.9",
    "exact_amount": "4.0502025",
    "amount": "4.05",
    "rounding": "-0.0002025",
    "included_tokens": 0,
    "included_amount": "0.00",
}


class InvoiceLineCostView(APIView):
    """Reads; changes nothing."""

    permission_classes = (RequiresScope(KeyScope.BILLING_READ, people=True),)

    @extend_schema(
        operation_id="billing_invoice_line_cost",
        tags=["cost"],
        summary="Why a line of an invoice comes to what it does",
        description=(
            "The price row with its source and dates, the contract rate, what each close adds, the exchange rate of "
            "the service month and the one rounding. Lines of usage only. Owners, admins, billing contacts and "
            "auditors, and keys with the scope `billing:read`; to everyone else invoices do not exist."
        ),
        parameters=[
            OpenApiParameter("number", str, OpenApiParameter.PATH, description="The invoice's number."),
            OpenApiParameter(
                "position", int, OpenApiParameter.PATH, description="As in the invoice's `lines`."
            ),
            OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key."),
        ],
        responses={
            200: WhyLineSerializer,
            **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
        },
        examples=[OpenApiExample("In euros", value=_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request, number: str, position: int) -> HttpResponse:
        access = request_access(request)
        invoice = find_invoice(access.organization_id, number) if may_see_invoices(access) else None
        found = why_line(invoice, position) if invoice is not None else None
        if found is None:
            raise NotVisible
        return json_response(encoded(written(WhyLineSerializer, found)))
