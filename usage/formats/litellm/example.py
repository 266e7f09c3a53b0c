"""What the OpenAPI document says about LiteLLM's payload, and a call as it is reported."""

from typing import Any, Final

_TEXT: Final = {"type": ["string", "null"]}
_COUNT: Final = {"type": ["integer", "null"], "minimum": 0}

_PAYLOAD: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A StandardLoggingPayload; only the fields that are read are named.",
    "required": ["id", "startTime", "endTime"],
    "properties": {
        "id": {"type": "string"},
        "startTime": {"type": "number", "minimum": 0, "maximum": 253402300799},
        "endTime": {"type": "number", "minimum": 0, "maximum": 253402300799},
        "completionStartTime": {"type": ["number", "null"]},
        "call_type": _TEXT,
        "status": {"type": ["string", "null"], "enum": ["success", "failure", None]},
        "model": _TEXT,
        "model_group": _TEXT,
        "custom_llm_provider": _TEXT,
        "litellm_call_id": _TEXT,
        "trace_id": _TEXT,
        "session_id": _TEXT,
        "prompt_tokens": _COUNT,
        "completion_tokens": _COUNT,
        "response_cost": {"type": ["number", "null"], "minimum": 0},
        "cache_hit": {"type": ["boolean", "null"]},
        "end_user": _TEXT,
        "request_tags": {"type": ["array", "null"]},
        "metadata": {"type": ["object", "null"]},
        "response": {"type": ["object", "string", "array", "null"]},
        "error_information": {"type": ["object", "null"]},
    },
}
SCHEMA: Final[dict[str, Any]] = {"oneOf": [{"type": "array", "items": _PAYLOAD}, _PAYLOAD]}
EXAMPLE: Final = [
    {
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "trace_id": "chat-118",
        "call_type": "acompletion",
        "status": "success",
        "custom_llm_provider": "openai",
        "model": "gpt-4o",
        "startTime": 1795426200.25,
        "completionStartTime": 1795426200.9,
        "endTime": 1795426202.35,
        "prompt_tokens": 1200,
        "completion_tokens": 150,
        "response_cost": 0.0035,
        "metadata": {
            "user_api_key_user_id": "bob",
            "user_api_key_team_id": "research",
            "usage_object": {
                "prompt_tokens": 1200,
                "completion_tokens": 150,
                "prompt_tokens_details": {"cached_tokens": 800},
            },
        },
        "response": {"id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT", "model": "gpt-4o-2024-08-06"},
    }
]
