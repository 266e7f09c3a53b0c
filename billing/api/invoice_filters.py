"""What the list of invoices can be narrowed by, and how it is cut into pages."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, Filter, FilterSet
from rest_framework.pagination import CursorPagination

from billing.enums import InvoiceStatus, PaymentStatus
from billing.models import Invoice
from billing.months import parse_month


class MonthFormField(forms.CharField):
    """A month written YYYY-MM, as its first day."""

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        month = parse_month(text)
        if text and month is None:
            raise ValidationError(_("The period is a month such as 2026-11."))
        return month


class MonthFilter(Filter):
    field_class = MonthFormField


class InvoiceFilter(FilterSet):
    """By month and by either state."""

    period = MonthFilter()
    status = ChoiceFilter(
        choices=[(state.value, state.label) for state in InvoiceStatus if state is not InvoiceStatus.DRAFT]
    )
    payment_status = ChoiceFilter(choices=PaymentStatus.choices)

    class Meta:
        model = Invoice
        fields = ("period", "status", "payment_status")


class InvoicePages(CursorPagination):
    """By month and id, which never change: a page stays where it is while new invoices come in before it."""

    ordering = ("-period", "-id")
    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100
