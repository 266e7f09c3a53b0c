"""What the OpenAPI document says about usage events and the answer to them; derived from ``usage.events``."""

from typing import Any, Final

import msgspec
from rest_framework import serializers

from usage.enums import Answer
from usage.events import Event


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """``schema`` with every reference replaced by what it refers to."""
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    return {name: _inlined(value, definitions) for name, value in schema.items()}


def _event_schema() -> dict[str, Any]:
    _references, definitions = msgspec.json.schema_components([Event])
    schema: dict[str, Any] = _inlined(definitions["Event"], definitions)
    return schema


EVENT_SCHEMA: Final = _event_schema()

EVENT_EXAMPLE: Final = {
    "transaction_id": "msg_01HZX3-1",
    "occurred_at": "2026-11-23T09:30:00Z",
    "provider_name": "openai",
    "request_model": "gpt-4o",
    "response_model": "gpt-4o-2024-08-06",
    "conversation_id": "chat-118",
    "message_id": "message-7",
    "member_id": "bob",
    "feature": "chat",
    "platform": "web",
    "input_tokens": 1200,
    "cache_read_input_tokens": 800,
    "output_tokens": 150,
    "duration_ms": 2100,
}


class EventAnswerSerializer(serializers.Serializer[Any]):
    """What became of one event."""

    transaction_id = serializers.CharField()
    status = serializers.ChoiceField(choices=Answer.choices)
    field = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)


class BatchAnswerSerializer(serializers.Serializer[Any]):
    """Counts per answer, and one answer per event in the order of the request."""

    received = serializers.IntegerField()
    stored = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    conflict = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    invalid = serializers.IntegerField()
    events = EventAnswerSerializer(many=True)
