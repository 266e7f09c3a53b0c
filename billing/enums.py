"""Closed lists of words of budgets and billing."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BudgetUnit(models.TextChoices):
    MONEY = "money", _("Money")
    TOKENS = "tokens", _("Tokens")


class PeriodKind(models.TextChoices):
    """Calendar periods in the organization's zone; weeks start on its first day of the week."""

    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Year")


class BudgetLevel(models.TextChoices):
    """How a budget stands; also the name of its icon and colour."""

    OK = "ok", _("On track")
    WARNING = "warning", _("Warning")
    CAUTION = "caution", _("Caution")
    CRITICAL = "critical", _("Critical")


class InvoiceStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    FINALIZED = "finalized", _("Finalized")
    VOIDED = "voided", _("Voided")


class PaymentStatus(models.TextChoices):
    """What has been paid of a finalized invoice. Overdue is no status: it follows from the due date."""

    UNPAID = "unpaid", _("Unpaid")
    PARTIALLY_PAID = "partially_paid", _("Partially paid")
    PAID = "paid", _("Paid")
    REFUNDED = "refunded", _("Refunded")
    WRITTEN_OFF = "written_off", _("Written off")


class LineKind(models.TextChoices):
    BASE_FEE = "base_fee", _("Base fee")
    USAGE = "usage", _("Usage")
    INCLUDED = "included", _("Included tokens")
    CREDIT = "credit", _("Credit balance")


class ChargeCategory(models.TextChoices):
    """What a line is to FinOps tools (FOCUS, column ChargeCategory)."""

    USAGE = "Usage", _("Usage")
    PURCHASE = "Purchase", _("Purchase")
    TAX = "Tax", _("Tax")
    CREDIT = "Credit", _("Credit")
    ADJUSTMENT = "Adjustment", _("Adjustment")


class ShareDimension(models.TextChoices):
    """By what an invoice's usage is split for reading; each split adds up to the usage."""

    FEATURE = "feature", _("Feature")
    DEPARTMENT = "department", _("Department")


class SeriesKind(models.TextChoices):
    INVOICE = "invoice", _("Invoices")
    CREDIT_NOTE = "credit_note", _("Credit notes")


class CloseStage(models.TextChoices):
    """Where an organization's month stands on its way to the customer."""

    OPEN = "open", _("To close")
    DRAFT = "draft", _("To finalize")
    FINALIZED = "finalized", _("To send")
    SENT = "sent", _("Sent")
    NOTHING = "nothing", _("Nothing to charge")


class CloseStep(models.TextChoices):
    """What moves a month on to its next stage; each can be done again and then changes nothing."""

    CLOSE = "close", _("Close")
    FINALIZE = "finalize", _("Finalize")
    SEND = "send", _("Send")
