"""CloudEvents 1.0: structured (one or a batch), or one in binary mode."""

from typing import Final

from usage.formats.cloudevents.adapter import BATCH, BINARY, SINGLE, decode
from usage.formats.protocol import Envelope

EXAMPLE: Final = {
    "specversion": "1.0",
    "id": "msg_01HZX3-1",
    "source": "https://chat.example.com",
    "type": "com.example.model.called",
    "time": "2026-11-23T09:30:00Z",
    "data": {
        "provider_name": "openai",
        "response_model": "gpt-4o-2024-08-06",
        "member_id": "bob",
        "feature": "chat",
        "input_tokens": 1200,
        "output_tokens": 150,
    },
}
_SCHEMA: Final = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"type": "string"},
        "id": {"type": "string", "maxLength": 200},
        "source": {"type": "string"},
        "type": {"type": "string"},
        "time": {"type": "string", "format": "date-time"},
        "data": {"type": "object"},
    },
}

ENVELOPE = Envelope(
    name="cloudevents",
    path="cloudevents",
    summary="Store usage events sent as CloudEvents",
    description=(
        "CloudEvents 1.0 with a usage event as `data`; `id` and `time` are its `transaction_id` and `occurred_at` "
        f"unless it has its own. One (`{SINGLE}`), a batch (`{BATCH}`), or one in binary mode (`{BINARY}`, with the "
        "headers `ce-id`, `ce-source`, `ce-type`, `ce-specversion`, `ce-time`)."
    ),
    content_types=(SINGLE, BATCH, BINARY),
    decode=decode,
    schema={"anyOf": [_SCHEMA, {"type": "array", "items": _SCHEMA}]},
    example=EXAMPLE,
)
