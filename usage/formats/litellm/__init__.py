"""LiteLLM: what its callback ``generic_api`` sends of every call."""

from typing import Final

from usage.enums import EventSource
from usage.formats.litellm.adapter import decode
from usage.formats.litellm.example import EXAMPLE, SCHEMA
from usage.formats.protocol import Envelope

ENVELOPE: Final = Envelope(
    name="litellm",
    path="litellm",
    summary="Store calls of models from LiteLLM's callback",
    description=(
        "What LiteLLM's `generic_api` callback sends: a JSON array of `StandardLoggingPayload`, one per line (NDJSON), "
        "or a single one; gzip with `Content-Encoding: gzip`. User, team and project of the virtual key become member, "
        "department and project; `response_cost` is kept beside our cost. Messages, answers and all fields that are "
        "not named here are dropped. Payloads that are no calls of models are accepted and ignored, as are those of "
        "other organizations than the one named in the header `X-LiteLLM-Organization`, if it is sent."
    ),
    content_types=("application/json", "application/x-ndjson"),
    decode=decode,
    source=EventSource.LITELLM,
    schema=SCHEMA,
    example=EXAMPLE,
)
