"""Anthropic's usage objects, of its own interface and of the clouds that offer it."""

from usage.formats.anthropic.adapter import normalise
from usage.formats.anthropic.payload import Response, Usage
from usage.formats.protocol import UsageAdapter

ADAPTER = UsageAdapter(
    name="anthropic",
    providers=("anthropic", "aws", "google", "azure", "minimax"),
    response=Response,
    usage=Usage,
    holder="usage",
    normalise=normalise,
)
