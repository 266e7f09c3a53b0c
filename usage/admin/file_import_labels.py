"""The fields of a usage file in words."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GROUPS: Final[tuple[tuple[Promise, dict[str, Promise]], ...]] = (
    (
        _("The call"),
        {
            "transaction_id": _("Transaction id"),
            "occurred_at": _("Time of the call"),
            "provider_name": _("Provider"),
            "response_model": _("Model that answered"),
            "request_model": _("Model that was asked for"),
            "response_id": _("Provider's id of the response"),
            "operation_name": _("Operation"),
            "service_tier": _("Service tier"),
            "error_type": _("Error"),
            "calls": _("Calls in a row"),
            "duration_ms": _("Duration, milliseconds"),
            "duration_seconds": _("Duration, seconds"),
            "time_to_first_token_ms": _("Time to first token, milliseconds"),
            "time_to_first_token_seconds": _("Time to first token, seconds"),
            "hold_id": _("Authorization (hold)"),
        },
    ),
    (
        _("Who and where"),
        {
            "member_id": _("Member"),
            "department_id": _("Department"),
            "project_id": _("Project"),
            "integration_id": _("Integration"),
            "conversation_id": _("Chat"),
            "conversation_title": _("Title of the chat"),
            "message_id": _("Message"),
            "feature": _("Feature"),
            "platform": _("Platform"),
        },
    ),
    (
        _("Quantities"),
        {
            "input_tokens": _("Input tokens, cached ones included"),
            "uncached_input_tokens": _("Input tokens without cached and cache writes"),
            "cache_read_input_tokens": _("Cached input tokens"),
            "cache_creation_input_tokens": _("Cache write tokens"),
            "cache_creation_1h_input_tokens": _("Cache write tokens, for an hour"),
            "audio_input_tokens": _("Audio input tokens"),
            "image_input_tokens": _("Image input tokens"),
            "output_tokens": _("Output tokens, reasoning included"),
            "reasoning_output_tokens": _("Reasoning tokens"),
            "audio_output_tokens": _("Audio output tokens"),
            "tool_call_tokens": _("Tokens of tool calls"),
            "audio_seconds": _("Audio seconds"),
            "web_search_calls": _("Web searches"),
            "code_run_calls": _("Code runs"),
            "reported_cost": _("Cost reported by the client, US dollars"),
            "composition": _("Composition of the input (JSON)"),
            "tools": _("Tools (JSON)"),
            "files": _("Files (JSON)"),
        },
    ),
    (_("Taking back"), {"void": _("Void: yes or no"), "void_reason": _("Reason of the void")}),
)
LABELS: Final[dict[str, Promise]] = {
    name: label for _group, fields in GROUPS for name, label in fields.items()
}
