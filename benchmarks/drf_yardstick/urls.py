"""The one endpoint, with the serializer and the view that it needs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.drf_yardstick.models import UsageRecord


class UsageRecordSerializer(serializers.ModelSerializer[UsageRecord]):
    class Meta:
        model = UsageRecord
        fields = "__all__"


class UsageRecordsView(APIView):
    def post(self, request: Request) -> Response:
        serializer = UsageRecordSerializer(data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        records = [_record(facts) for facts in serializer.validated_data]
        UsageRecord.objects.bulk_create(records)
        answers = [{"transaction_id": record.transaction_id, "status": "stored"} for record in records]
        return Response(answers, status=status.HTTP_200_OK)


def _record(facts: dict[str, Any]) -> UsageRecord:
    model = facts["model"]
    cost = facts["input_tokens"] * model.input_price + facts["output_tokens"] * model.output_price
    return UsageRecord(**facts, cost=cost)


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("usage", UsageRecordsView.as_view()), path("healthz", healthz)]
