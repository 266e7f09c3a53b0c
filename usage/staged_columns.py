"""The staging table: the columns of an event that are written, in the order of a staged line."""

from typing import Final

STAGED: Final = "staged_event"

EVENT_COLUMNS: Final = (
    "organization_id",
    "source",
    "api_key_id",
    "corrects",
    "correction",
    "received_at",
    "period",
    "close_number",
    "local_date",
    "hour_start",
    "id",
    "transaction_id",
    "occurred_at",
    "sent_occurred_at",
    "member_id",
    "department_id",
    "project_id",
    "integration_id",
    "model_id",
    "provider_name",
    "request_model",
    "response_model",
    "response_id",
    "operation_name",
    "service_tier",
    "feature",
    "platform",
    "chat_id",
    "message_id",
    "hold_id",
    "calls",
    "failures",
    "error_type",
    "duration_ms",
    "time_to_first_token_ms",
    "latency_bucket",
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "audio_input_tokens",
    "image_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "audio_output_tokens",
    "audio_seconds",
    "web_search_calls",
    "code_run_calls",
    "user_text_tokens",
    "context_tokens",
    "file_tokens",
    "system_tokens",
    "tool_result_tokens",
    "tool_call_tokens",
    "list_cost",
    "contracted_cost",
    "reported_cost",
    "unpriced",
    "list_price_id",
    "contracted_price_id",
    "rate_id",
    "tools",
    "files",
)
"""Columns of ``usage_event`` that are written (its ``xid`` writes itself), in the order of a staged row."""

STAGED_FACTS: Final = {
    "fingerprint": "bytea",
    "conversation": "text",
    "title": "text",
    "message": "text",
    "file_facts": "jsonb",
}
"""What a staged row carries beyond the event's own columns, for keys, chats, messages and files."""

CREATE_STAGED: Final = (
    f"CREATE TEMPORARY TABLE IF NOT EXISTS {STAGED} (LIKE usage_event INCLUDING DEFAULTS, "
    + ", ".join(f"{name} {kind}" for name, kind in STAGED_FACTS.items())
    + ") ON COMMIT DELETE ROWS"
)
COPY_STAGED: Final = f"COPY {STAGED} ({', '.join((*EVENT_COLUMNS, *STAGED_FACTS))}) FROM STDIN"
