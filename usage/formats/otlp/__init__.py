"""OpenTelemetry: spans of GenAI calls over OTLP/HTTP, as protobuf or JSON."""

from typing import Final

from usage.enums import EventSource
from usage.formats.otlp.adapter import JSON, PROTOBUF, decode
from usage.formats.otlp.example import EXAMPLE
from usage.formats.otlp.reply import ANSWER_SCHEMA, REFUSAL_SCHEMA, answer, refusal
from usage.formats.protocol import Envelope

ENVELOPE: Final = Envelope(
    name="otlp",
    path="otlp/v1/traces",
    summary="Store calls of models from OpenTelemetry spans",
    description=(
        "An `ExportTraceServiceRequest` of OTLP/HTTP, as protobuf or JSON, gzip with `Content-Encoding: gzip`. Spans "
        "of model calls become events by their GenAI or OpenInference attributes; all other spans are accepted and "
        "ignored. Content of messages is dropped. Answers are those of the protocol, in the encoding of the request."
    ),
    content_types=(PROTOBUF, JSON),
    decode=decode,
    answer=answer,
    answer_schema=ANSWER_SCHEMA,
    refuse=refusal,
    refusal_schema=REFUSAL_SCHEMA,
    source=EventSource.OTLP,
    schema={
        "type": "object",
        "properties": {"resourceSpans": {"type": "array", "items": {"type": "object"}}},
        "externalDocs": {"url": "https://opentelemetry.io/docs/specs/otlp/"},
    },
    example=EXAMPLE,
)
