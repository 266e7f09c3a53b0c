"""A request as the API's documentation shows it."""

from typing import Any, Final

_ATTRIBUTES: Final[dict[str, Any]] = {
    "gen_ai.operation.name": {"stringValue": "chat"},
    "gen_ai.provider.name": {"stringValue": "openai"},
    "gen_ai.request.model": {"stringValue": "gpt-4o"},
    "gen_ai.response.model": {"stringValue": "gpt-4o-2024-08-06"},
    "gen_ai.usage.input_tokens": {"intValue": "1200"},
    "gen_ai.usage.output_tokens": {"intValue": "150"},
}
EXAMPLE: Final[dict[str, Any]] = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "helpdesk"}}]},
            "scopeSpans": [
                {
                    "spans": [
                        {
                            "traceId": "5b8efff798038103d269b633813fc60c",
                            "spanId": "eee19b7ec3c1b174",
                            "name": "chat gpt-4o",
                            "kind": 3,
                            "startTimeUnixNano": "1795426200000000000",
                            "endTimeUnixNano": "1795426202100000000",
                            "attributes": [
                                {"key": key, "value": value} for key, value in _ATTRIBUTES.items()
                            ],
                        }
                    ]
                }
            ],
        }
    ]
}
