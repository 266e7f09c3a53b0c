"""The fields that a column can fill, and the names that other systems give to them."""

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from usage.events import Event


class Kind(Enum):
    """How the cells of a field are read."""

    TEXT = auto()
    NUMBER = auto()
    SECONDS = auto()
    INSTANT = auto()
    FLAG = auto()
    JSON = auto()


OCCURRED_AT: Final = "occurred_at"
TRANSACTION_ID: Final = "transaction_id"
VOID: Final = "void"
VOID_REASON: Final = "void_reason"
UNCACHED: Final = "uncached_input_tokens"
SECONDS_OF: Final = {
    "duration_seconds": "duration_ms",
    "time_to_first_token_seconds": "time_to_first_token_ms",
}
_JSON: Final = ("composition", "tools", "files")
_RAW: Final = "usage"
"""A raw usage object: in a file its numbers are columns, each mapped on its own."""
_NUMBERS: Final = ("calls", "duration_ms", "time_to_first_token_ms", "audio_seconds", "web_search_calls")


def _kind(name: str) -> Kind:
    if name in _JSON:
        return Kind.JSON
    if name == OCCURRED_AT:
        return Kind.INSTANT
    is_number = name in _NUMBERS or name.endswith(("_tokens", "_calls"))
    return Kind.NUMBER if is_number else Kind.TEXT


FIELDS: Final[dict[str, Kind]] = (
    {name: _kind(name) for name in Event.__struct_fields__ if name != _RAW}
    | {UNCACHED: Kind.NUMBER}
    | dict.fromkeys(SECONDS_OF, Kind.SECONDS)
    | {VOID: Kind.FLAG, VOID_REASON: Kind.TEXT}
)
"""Those of an event in their order, and those that only files have."""
CONSTANTS: Final = (
    "provider_name",
    "response_model",
    "service_tier",
    "operation_name",
    "feature",
    "platform",
    "member_id",
    "department_id",
    "project_id",
    "integration_id",
)
"""Fields that can be the same for all rows."""

# Written as ``_plain`` writes them. A name stands under one field only; the first column that fits is taken.
_SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    TRANSACTION_ID: (
        *("transactionid", "eventid", "requestid", "callid", "generationid", "id", "uuid", "idempotencykey"),
        *("logid", "recordid", "spanid"),
    ),
    OCCURRED_AT: (
        *("occurredat", "timestamp", "time", "datetime", "date", "createdat", "created", "starttime"),
        *("startedat", "requesttime", "eventtime", "ts", "timestamputc", "bucketstarttime", "usagedate"),
    ),
    "provider_name": (
        "providername",
        "provider",
        "vendor",
        "llmprovider",
        "customllmprovider",
        "genaisystem",
    ),
    "response_model": (
        *("responsemodel", "model", "modelname", "modelid", "modelused", "llmmodel", "modelslug"),
        *("deployment", "engine", "genairesponsemodel"),
    ),
    "request_model": ("requestmodel", "requestedmodel", "genairequestmodel", "modelgroup"),
    "response_id": ("responseid", "completionid", "chatcompletionid", "messageidprovider"),
    "operation_name": ("operationname", "operation", "calltype", "endpoint"),
    "service_tier": ("servicetier", "tier"),
    "conversation_id": ("conversationid", "conversation", "chatid", "sessionid", "threadid", "traceid"),
    "conversation_title": ("conversationtitle", "chattitle", "title"),
    "message_id": ("messageid", "msgid"),
    "member_id": (
        *("memberid", "member", "user", "userid", "username", "useremail", "email", "enduser", "endusers"),
        *("internaluser", "employee", "enduserid"),
    ),
    "department_id": ("departmentid", "department", "team", "teamid", "costcenter", "costcentre"),
    "project_id": ("projectid", "project", "projectname", "workspace", "workspaceid", "application", "app"),
    "integration_id": ("integrationid", "integration", "connector", "service"),
    "feature": ("feature", "usecase", "product", "purpose"),
    "platform": ("platform", "client", "device", "channel"),
    "error_type": ("errortype", "error", "errorcode"),
    "calls": ("calls", "requests", "numrequests", "nummodelrequests", "requestcount", "apirequests"),
    "duration_ms": ("durationms", "latencyms", "responsetimems", "latency", "duration", "elapsedms"),
    "duration_seconds": ("durationseconds", "durations", "latencyseconds", "latencys", "responsetimeseconds"),
    "time_to_first_token_ms": ("timetofirsttokenms", "ttftms", "ttft", "timetofirsttoken"),
    "time_to_first_token_seconds": ("timetofirsttokenseconds", "ttftseconds"),
    "input_tokens": (
        *("inputtokens", "prompttokens", "contexttokens", "tokensin", "tokensprompt", "promptusage"),
        *(
            "ncontexttokenstotal",
            "usageprompttokens",
            "usageinputtokens",
            "genaiusageinputtokens",
            "intokens",
        ),
    ),
    UNCACHED: ("uncachedinputtokens", "usageinputnocache", "inputtokensuncached", "inputtokensnocache"),
    "cache_read_input_tokens": (
        *("cachereadinputtokens", "cachedtokens", "inputcachedtokens", "cachedinputtokens", "cacheread"),
        *("usageinputtokenscacheread", "promptcachedtokens", "cachereadtokens", "cachedprompttokens"),
        "usageprompttokensdetailscachedtokens",
    ),
    "cache_creation_input_tokens": (
        *("cachecreationinputtokens", "cachewritetokens", "cachecreationtokens", "cachewriteinputtokens"),
    ),
    "cache_creation_1h_input_tokens": ("cachecreation1hinputtokens", "ephemeral1hinputtokens"),
    "audio_input_tokens": ("audioinputtokens", "inputaudiotokens"),
    "image_input_tokens": ("imageinputtokens", "inputimagetokens"),
    "output_tokens": (
        *("outputtokens", "completiontokens", "generatedtokens", "tokensout", "tokenscompletion"),
        *("ngeneratedtokenstotal", "usagecompletiontokens", "usageoutputtokens", "genaiusageoutputtokens"),
        "outtokens",
    ),
    "reasoning_output_tokens": (
        *("reasoningoutputtokens", "reasoningtokens", "tokensreasoning", "thinkingtokens"),
        "usagecompletiontokensdetailsreasoningtokens",
    ),
    "audio_output_tokens": ("audiooutputtokens", "outputaudiotokens"),
    "audio_seconds": ("audioseconds", "audioduration"),
    "web_search_calls": ("websearchcalls", "websearches", "websearchrequests"),
    "code_run_calls": ("coderuncalls", "coderuns"),
    "tool_call_tokens": ("toolcalltokens",),
    "hold_id": ("holdid",),
    "composition": ("composition",),
    "tools": ("tools",),
    "files": ("files",),
    VOID: ("void", "isvoid", "voided"),
    VOID_REASON: ("voidreason", "reason"),
}


def match_columns(columns: Sequence[str]) -> dict[str, str]:
    """Field → the column of a file that it is filled from, by name. Every column fills one field at most."""
    plain: dict[str, str] = {}
    for column in columns:
        plain.setdefault(_plain(column), column)
    found: dict[str, str] = {}
    for field in FIELDS:
        for synonym in (field.replace("_", ""), *_SYNONYMS.get(field, ())):
            if synonym in plain and plain[synonym] not in found.values():
                found[field] = plain[synonym]
                break
    if VOID not in found:
        found.pop(VOID_REASON, None)
    return found


def _plain(column: str) -> str:
    return re.sub(r"[^a-z0-9]", "", column.lower())
