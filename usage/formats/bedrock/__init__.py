"""Amazon Bedrock's usage objects of the Converse interface; those of InvokeModel are the model maker's own."""

from usage.formats.bedrock.adapter import normalise
from usage.formats.bedrock.payload import Response, TokenUsage
from usage.formats.protocol import UsageAdapter

ADAPTER = UsageAdapter(
    name="bedrock",
    providers=("aws",),
    response=Response,
    usage=TokenUsage,
    holder="usage",
    normalise=normalise,
)
