"""``GET /api/v1/usage/integrations``, and of one integration: what connected services used and how they are doing."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from teams.api.writing import written
from usage.api.figures import ChangeSerializer, MeasuresSerializer
from usage.api.panels.base import AnsweredSerializer, PanelView, panel_schema
from usage.api.panels.integrations_example import EXAMPLE, ONE
from usage.api.panels.series import BreakdownSerializer, StepSerializer
from usage.panels.service_spikes import HealthState, SpikeKind
from usage.panels.vocabulary import Bucket, Dimension
from usage.queries.panels.integrations import (
    INTEGRATION_FILTERS,
    MOST_LINES,
    PAGE_FILTERS,
    integration_panel,
    integrations_panel,
)
from usage.queries.panels.request import PanelRequest


class LatencySerializer(serializers.Serializer[Any]):
    """Read from a histogram whose steps are √2 wide; interpolated inside a step."""

    calls = serializers.IntegerField(help_text="Calls whose duration is known.")
    p50_ms = serializers.FloatField()
    p95_ms = serializers.FloatField()


class CallCountsSerializer(serializers.Serializer[Any]):
    calls = serializers.IntegerField()
    failures = serializers.IntegerField()
    error_rate = serializers.FloatField(allow_null=True, help_text="From 0 to 1; null without calls.")


class LastSeenSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    hour_start = serializers.DateTimeField(allow_null=True, help_text="Where hours are kept for the asker.")


class DriverSerializer(serializers.Serializer[Any]):
    dimension = serializers.ChoiceField(choices=[Dimension.MODEL.value, Dimension.FEATURE.value])
    name = serializers.CharField(allow_blank=True)
    part = serializers.FloatField(help_text="Of what there was more than on a mean day before, from 0 to 1.")


class FlagSerializer(serializers.Serializer[Any]):
    """A day out of the ordinary beside the median of the 28 days before it."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in SpikeKind], source="spike.kind")
    day = serializers.DateField(source="spike.day", help_text="Of silence its first day.")
    value = serializers.FloatField(
        source="spike.value", help_text="Calls, an error rate from 0 to 1, or silent days."
    )
    usual = serializers.FloatField(source="spike.usual", help_text="Calls a day, or an error rate.")
    driver = DriverSerializer(allow_null=True)


class HealthLineSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(help_text="What a filter calls it.")
    name = serializers.CharField()
    external_id = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(
        choices=[state.value for state in HealthState],
        help_text="`new`: too little history to tell; `unused`: no calls on these days.",
    )
    counts = CallCountsSerializer()
    latency = LatencySerializer(allow_null=True, help_text="Null where unknown, or not kept for the asker.")
    volume = serializers.ListField(child=serializers.IntegerField(), help_text="Calls per step.")
    last_activity = LastSeenSerializer(allow_null=True, help_text="In these days and the four weeks before.")
    last_success = LastSeenSerializer(allow_null=True)
    flags = FlagSerializer(many=True, help_text="The latest first.")


class IntegrationsSerializer(serializers.Serializer[Any]):
    breakdown = BreakdownSerializer(help_text="Usage by integration; unattributed is usage without one.")
    bucket = serializers.ChoiceField(choices=[bucket.value for bucket in Bucket])
    steps = StepSerializer(many=True)
    has_latency = serializers.BooleanField(help_text="False where hours are not kept for the asker.")
    health = HealthLineSerializer(
        many=True, help_text=f"Those that need looking at first; the {MOST_LINES} with the most calls."
    )
    left_out = serializers.IntegerField(help_text="Integrations beyond these.")


class IntegrationsAnswerSerializer(AnsweredSerializer, IntegrationsSerializer):
    pass


class HealthPointSerializer(serializers.Serializer[Any]):
    first = serializers.DateField()
    last = serializers.DateField()
    hour_start = serializers.DateTimeField(allow_null=True, help_text="Of steps of an hour.")
    is_partial = serializers.BooleanField(help_text="Not over yet.")
    counts = CallCountsSerializer()
    latency = LatencySerializer(allow_null=True)


class IntegrationSerializer(serializers.Serializer[Any]):
    integration = HealthLineSerializer(source="line")
    total = MeasuresSerializer(source="spend.measures")
    change = ChangeSerializer(source="spend.change", help_text="Of the days compared.")
    has_latency = serializers.BooleanField(help_text="False where hours are not kept for the asker.")
    bucket = serializers.ChoiceField(
        choices=[bucket.value for bucket in Bucket], help_text="Hours in up to 7 days."
    )
    points = HealthPointSerializer(many=True)


class IntegrationAnswerSerializer(AnsweredSerializer, IntegrationSerializer):
    pass


class IntegrationsView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = INTEGRATION_FILTERS

    @panel_schema(
        operation_id="usage_integrations",
        summary="Usage and health of connected services",
        description="Tokens, cost and calls by integration, adding up to the total, and the health of each: error "
        "rate, latency, volume, the last success, and days out of the ordinary with what drove them.",
        answer=IntegrationsAnswerSerializer,
        dimensions=INTEGRATION_FILTERS,
        example=EXAMPLE,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        return written(IntegrationsSerializer, integrations_panel(asked))


class IntegrationView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = PAGE_FILTERS

    @panel_schema(
        operation_id="usage_integration",
        summary="One connected service over time",
        description="Its usage and health, and its calls, failures and latency by the hour in up to 7 days, else in "
        "days, weeks or months.",
        answer=IntegrationAnswerSerializer,
        dimensions=PAGE_FILTERS,
        parameters=[
            OpenApiParameter(
                "integration_id",
                str,
                OpenApiParameter.PATH,
                description="The client's id, percent-encoded, `id:` and ours, or `unattributed`.",
            )
        ],
        example=ONE,
    )
    def get(self, request: Request, integration_id: str) -> HttpResponse:
        return self.answer(request, integration_id=integration_id)

    def body(self, asked: PanelRequest) -> Mapping[str, Any] | None:
        found = integration_panel(asked)
        return None if found is None else written(IntegrationSerializer, found)
