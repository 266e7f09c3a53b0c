"""The overview's whole answer: usage, and how it stands against plan, running invoice and budgets."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from billing.api.amounts import AmountField, InCurrency
from billing.api.budgets import BudgetStateSerializer
from billing.api.overview_serializers import MonthField, OverviewSerializer
from billing.invoice_summary import SummaryKind, summary_lines
from billing.queries.running_invoice import RunningInvoice
from billing.queries.standing import Standing
from teams.api.writing import written
from usage.overview import Overview


class PlanUseSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    included_tokens = serializers.IntegerField(help_text="Per month; 0 where the plan includes none.")
    used_tokens = serializers.IntegerField(
        help_text="All tokens of the period, beyond the included ones too."
    )
    used_percent = serializers.SerializerMethodField(help_text="Null where the plan includes none.")

    def get_used_percent(self, plan: Any) -> str | None:
        return None if plan.ratio is None else f"{plan.ratio * 100:.1f}"


class PreviewLineSerializer(serializers.Serializer[Any]):
    """Together the lines are `net_total`."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in SummaryKind])
    service_period = MonthField(help_text="Earlier than the period for an adjustment.")
    description = serializers.CharField(help_text="The plan's name beside the base fee.")
    tokens = serializers.IntegerField(help_text="That the line is about; 0 if about none.")
    amount = AmountField()


class InvoicePreviewSerializer(InCurrency):
    """What the invoice of the month in progress would say now, in the organization's currency."""

    currency = serializers.CharField()
    is_lower_bound = serializers.BooleanField(help_text="True while some usage has no price yet.")
    net_total = AmountField()
    tax_total = AmountField()
    total = AmountField()
    lines = PreviewLineSerializer(many=True)


class BudgetsStandingSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="Active budgets that the asker may see.")
    worst = BudgetStateSerializer(allow_null=True, help_text="By level, then by the part that is spent.")


class StandingSerializer(serializers.Serializer[Any]):
    plan = PlanUseSerializer(
        allow_null=True,
        help_text="The plan of the period; null without one, and where only a part of the usage is seen.",
    )
    invoice_preview = InvoicePreviewSerializer(
        allow_null=True,
        help_text="For who may see invoices, and of the month in progress; else null, as without plan or rate.",
    )
    budgets = BudgetsStandingSerializer(
        allow_null=True, help_text="How the asker's budgets stand today; null for past periods."
    )


@extend_schema_serializer(component_name="Overview")
class OverviewAnswerSerializer(OverviewSerializer, StandingSerializer):
    pass


def overview_answer(overview: Overview, standing: Standing) -> Mapping[str, Any]:
    """The whole body of the answer."""
    facts = {
        "plan": standing.plan,
        "invoice_preview": _preview(standing.running),
        "budgets": standing.budgets,
    }
    return {**written(OverviewSerializer, overview), **written(StandingSerializer, facts)}


def _preview(running: RunningInvoice | None) -> dict[str, Any] | None:
    if running is None or running.facts is None:
        return None
    facts = running.facts
    return {
        "currency": facts.currency,
        "is_lower_bound": running.is_lower_bound,
        "net_total": facts.net_total,
        "tax_total": facts.tax_total,
        "total": facts.total,
        "lines": summary_lines(facts),
    }
