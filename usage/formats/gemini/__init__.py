"""Gemini's usage metadata, of Google's own interface and of Vertex AI."""

from usage.formats.gemini.adapter import normalise
from usage.formats.gemini.payload import Response, UsageMetadata
from usage.formats.protocol import UsageAdapter

ADAPTER = UsageAdapter(
    name="gemini",
    providers=("google",),
    response=Response,
    usage=UsageMetadata,
    holder="usageMetadata",
    normalise=normalise,
)
