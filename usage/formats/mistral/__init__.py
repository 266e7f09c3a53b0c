"""Mistral's usage objects."""

from usage.formats.mistral.adapter import normalise
from usage.formats.mistral.payload import Response, Usage
from usage.formats.protocol import UsageAdapter

ADAPTER = UsageAdapter(
    name="mistral",
    providers=("mistral",),
    response=Response,
    usage=Usage,
    holder="usage",
    normalise=normalise,
)
