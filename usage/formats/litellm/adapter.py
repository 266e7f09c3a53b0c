"""LiteLLM's callback → events: one per call of a model, whatever its status."""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

import msgspec

from usage.decoding import MalformedBatch, Rejected, event_of, fault_of
from usage.events import Event
from usage.formats.litellm.payload import Metadata, Payload, Response
from usage.formats.litellm.usage import quantities, usage_of
from usage.formats.protocol import Arrival
from usage.validation import Fault

ORGANIZATION_HEADER: Final = "x-litellm-organization"
_ID_LENGTH: Final = 200
_LAST_SECOND: Final = 253_402_300_799
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY: Final = "default_user_id"
"""LiteLLM's user of the master key, who is no person."""
_FEATURE_TAG: Final = "feature:"
_OWN_WORDS: Final = {"feature": 100, "platform": 40, "integration_id": 200, "message_id": 200}
"""Our own fields that clients may send in their metadata, and how many characters of them are kept."""

_OPERATIONS: Final = {
    "completion": "chat",
    "text_completion": "text_completion",
    "responses": "chat",
    "responses_websocket": "chat",
    "anthropic_messages": "chat",
    "generate_content": "generate_content",
    "generate_content_stream": "generate_content",
    "realtime": "realtime",
    "embedding": "embeddings",
    "rerank": "rerank",
    "transcription": "transcription",
    "speech": "speech",
    "image_generation": "image_generation",
    "image_edit": "image_edit",
    "ocr": "ocr",
}
"""Call types of models and their names in the ledger. Others count when they report tokens."""

_batch = msgspec.json.Decoder(list[Payload | None])
_one = msgspec.json.Decoder(Payload | None)
_raw = msgspec.json.Decoder(list[msgspec.Raw])
_object = msgspec.json.Decoder(dict[str, Any])


def decode(arrival: Arrival) -> list[Event | Rejected]:
    """The calls of models in a body: a JSON array, JSON lines, or one payload. What is no call is left out.

    Where the client names one of LiteLLM's organizations in a header, calls of others are left out too. Raises
    MalformedBatch when the body cannot be taken apart or holds more than ``arrival.limit`` payloads.
    """
    body = arrival.body.lstrip()
    try:
        payloads = _decode_whole(body)
    except RecursionError:
        raise MalformedBatch("the body is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise MalformedBatch(f"the body is not UTF-8: {error}") from None
    if len(payloads) > arrival.limit:
        raise MalformedBatch(
            f"the batch holds {len(payloads)} events; send at most {arrival.limit} at a time"
        )
    organization = arrival.headers.get(ORGANIZATION_HEADER, "")
    return list(_events(payloads, organization))


def _events(payloads: list[Payload | Rejected | None], organization: str) -> Iterator[Event | Rejected]:
    for payload in payloads:
        if isinstance(payload, Rejected):
            yield payload
        elif payload is not None and _is_ours(payload, organization) and _is_model_call(payload):
            yield _event(payload)


def _decode_whole(body: bytes) -> list[Payload | Rejected | None]:
    is_array = body.startswith(b"[")
    try:
        return list(_batch.decode(body) if is_array else [_one.decode(body)])
    except (msgspec.ValidationError, msgspec.DecodeError):
        if not is_array:
            return _decode_lines(body)
    try:
        return [_decode_one(bytes(element)) for element in _raw.decode(body)]
    except msgspec.DecodeError as error:
        raise MalformedBatch(str(error)) from None


def _decode_lines(body: bytes) -> list[Payload | Rejected | None]:
    try:
        return list(_one.decode_lines(body))
    except (msgspec.ValidationError, msgspec.DecodeError):
        pass
    found: list[Payload | Rejected | None] = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            try:
                found.append(_decode_one(line))
            except msgspec.DecodeError as error:
                raise MalformedBatch(f"line {number}: {error}") from None
    return found


def _decode_one(element: bytes) -> Payload | Rejected | None:
    try:
        return _one.decode(element)
    except msgspec.ValidationError as error:
        return Rejected(_known_id(element), fault_of(error))


def _known_id(element: bytes) -> str:
    try:
        found = _object.decode(element).get("id", "")
    except msgspec.DecodeError:
        return ""
    return f"litellm:{found}"[:_ID_LENGTH] if isinstance(found, str) and found else ""


def _is_ours(payload: Payload, organization: str) -> bool:
    return not organization or _metadata(payload).user_api_key_org_id == organization


def _is_model_call(payload: Payload) -> bool:
    """Files, batches, vector stores and tools are logged too; they call no model, unless they say its tokens."""
    if _call_type(payload) in _OPERATIONS:
        return True
    usage = usage_of(payload)
    return any(
        (payload.prompt_tokens, payload.completion_tokens, usage.prompt_tokens, usage.completion_tokens)
    )


def _call_type(payload: Payload) -> str:
    """``acompletion`` and ``completion`` are the same call, awaited or not."""
    name = (payload.call_type or "").lstrip("_")
    return name if name in _OPERATIONS or not name.startswith("a") else name[1:]


def _event(payload: Payload) -> Event | Rejected:
    transaction_id = _transaction_id(payload)
    if not (_is_moment(payload.start_time) and _is_moment(payload.end_time)):
        return Rejected(transaction_id, Fault("endTime", "is no time in seconds since 1970"))
    call_type = _call_type(payload)
    response = payload.response if isinstance(payload.response, Response) else Response()
    fields = {
        "transaction_id": transaction_id,
        "occurred_at": _EPOCH + timedelta(microseconds=round(payload.end_time * 1e6)),
        "provider_name": payload.custom_llm_provider or "",
        **_models(payload, response),
        "response_id": "" if payload.cache_hit else _response_id(response),
        "operation_name": _OPERATIONS.get(call_type, call_type)[:100],
        "service_tier": _tier(payload, response, call_type),
        "conversation_id": _conversation(payload),
        **_who(payload),
        **_own_words(payload),
        **_timing(payload),
        "error_type": _error_type(payload),
        # An answer out of LiteLLM's own cache was no call of a model.
        "calls": 0 if payload.cache_hit else 1,
        "reported_cost": _reported_cost(payload),
        **quantities(payload, call_type),
    }
    return event_of(fields)


def _is_moment(seconds: float) -> bool:
    return 0 <= seconds <= _LAST_SECOND


def _transaction_id(payload: Payload) -> str:
    """``litellm:<id>``. What failed has the id of its request, which a retry shares: its start tells them apart."""
    name = payload.id if payload.id not in (None, "", "None") else payload.litellm_call_id or payload.trace_id
    found = f"litellm:{name or ''}"
    if payload.status == "failure" and _is_moment(payload.start_time):
        found += f":failed-{round(payload.start_time * 1e6)}"
    if len(found) <= _ID_LENGTH:
        return found
    return f"litellm:{blake2b(found.encode('utf-8', 'surrogatepass'), digest_size=32).hexdigest()}"


def _models(payload: Payload, response: Response) -> dict[str, str]:
    """What was asked for and what answered. A router may write its own alias over the answering model's name."""
    provider = payload.custom_llm_provider or ""
    sent = _without_provider(payload.model or "", provider)
    hidden = payload.hidden_params.litellm_model_name if payload.hidden_params else None
    answered = response.model if isinstance(response.model, str) else ""
    if answered and answered == payload.model_group:
        answered = ""
    return {
        "request_model": (sent or payload.model_group or "")[:200],
        "response_model": (_without_provider(answered or hidden or "", provider) or sent)[:200],
    }


def _without_provider(model: str, provider: str) -> str:
    return model.removeprefix(f"{provider}/") if provider else model


def _response_id(response: Response) -> str:
    """The provider's id. LiteLLM wraps those of the responses interface in one of its own."""
    found = response.id if isinstance(response.id, str) else ""
    if found.startswith("resp_"):
        try:
            wrapped = b64decode(found.removeprefix("resp_"), validate=True).decode()
        except (binascii.Error, ValueError):
            return found if len(found) <= _ID_LENGTH else ""
        found = (
            wrapped.rpartition("response_id:")[2].partition(";")[0] if "response_id:" in wrapped else found
        )
    return found if len(found) <= _ID_LENGTH else ""


def _tier(payload: Payload, response: Response, call_type: str) -> str:
    if call_type == "retrieve_batch":
        return "batch"
    said = response.service_tier if isinstance(response.service_tier, str) else ""
    return (said or usage_of(payload).service_tier or "")[:40]


def _conversation(payload: Payload) -> str:
    sent = _sent_along(payload, "conversation_id") or _sent_along(payload, "session_id")
    return (sent or payload.session_id or payload.trace_id or "")[:_ID_LENGTH]


def _who(payload: Payload) -> dict[str, str]:
    """User, team and project of the virtual key; where that belongs to no person, the end user that was sent."""
    metadata = _metadata(payload)
    user = metadata.user_api_key_user_id
    person = user if user and user != _NOBODY else metadata.user_api_key_end_user_id or payload.end_user
    return {
        "member_id": (person or "")[:_ID_LENGTH],
        "department_id": (metadata.user_api_key_team_id or "")[:_ID_LENGTH],
        "project_id": (metadata.user_api_key_project_id or "")[:_ID_LENGTH],
    }


def _own_words(payload: Payload) -> dict[str, str]:
    found = {name: _sent_along(payload, name)[:length] for name, length in _OWN_WORDS.items()}
    if not found["feature"]:
        tags = (tag for tag in payload.request_tags or () if isinstance(tag, str))
        found["feature"] = next(
            (tag.removeprefix(_FEATURE_TAG)[:100] for tag in tags if tag.startswith(_FEATURE_TAG)), ""
        )
    return found


def _sent_along(payload: Payload, name: str) -> str:
    metadata = _metadata(payload)
    for sent in (metadata.spend_logs_metadata, metadata.requester_metadata):
        value = sent.get(name) if sent else None
        if isinstance(value, str) and value:
            return value
    return ""


def _timing(payload: Payload) -> dict[str, int]:
    start, first, end = payload.start_time, payload.first_token_time, payload.end_time
    timing = {"duration_ms": max(0, round((end - start) * 1000))}
    # Without streaming LiteLLM gives the end.
    if first is not None and start <= first < end:
        timing["time_to_first_token_ms"] = round((first - start) * 1000)
    return timing


def _error_type(payload: Payload) -> str:
    if payload.status != "failure":
        return ""
    said = payload.error_information
    name = (said.error_class or str(said.error_code or "")) if said else ""
    return name[:100] or "failure"


def _reported_cost(payload: Payload) -> str:
    """US dollars with up to 15 decimals; empty where LiteLLM says that it could not tell."""
    cost = payload.response_cost
    if cost is None or (not cost and payload.response_cost_failure_debug_info):
        return ""
    return f"{cost:.15f}".rstrip("0").rstrip(".")


def _metadata(payload: Payload) -> Metadata:
    return payload.metadata or _NO_METADATA


_NO_METADATA: Final = Metadata()
