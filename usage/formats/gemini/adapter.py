"""Gemini's usage → our quantities. Thoughts are not part of the candidates, prompts of tools not part of the prompt."""

from collections.abc import Iterable
from typing import Final

from usage.formats.gemini.payload import ModalityTokens, Response, UsageMetadata
from usage.formats.numbers import part
from usage.formats.protocol import Normalised, UnfitUsage

_AUDIO: Final = frozenset({"AUDIO"})
# A page of a document is read, and charged, as an image.
_IMAGE: Final = frozenset({"IMAGE", "DOCUMENT"})
_TIERS: Final = {
    "ON_DEMAND": "standard",
    "ON_DEMAND_PRIORITY": "priority",
    "ON_DEMAND_FLEX": "flex",
    "TRAFFIC_TYPE_UNSPECIFIED": "",
}


def normalise(response: Response) -> Normalised:
    """What a response says of the call. Raises ``UnfitUsage`` for parts that are larger than their whole."""
    usage = response.usage_metadata
    if usage.prompt_token_count is None and usage.total_token_count is None:
        raise UnfitUsage("promptTokenCount", "is missing")
    said = Normalised(
        response_model=response.model_version or "",
        response_id=response.response_id or "",
        service_tier=_tier(usage),
    )
    said |= _input(usage)
    said |= _output(usage)
    return said


def _tier(usage: UsageMetadata) -> str:
    """The tier by Google's interface, or by the quota that Vertex AI took it from."""
    if usage.service_tier:
        return usage.service_tier.lower().removeprefix("service_tier_").replace("unspecified", "")
    traffic = usage.traffic_type or ""
    return _TIERS.get(traffic, traffic.lower())


def _input(usage: UsageMetadata) -> Normalised:
    prompt = usage.prompt_token_count or 0
    cached = part(
        usage.cached_content_token_count, of=prompt, field="cachedContentTokenCount", whole="promptTokenCount"
    )
    whole = prompt + (usage.tool_use_prompt_token_count or 0)
    return Normalised(
        input_tokens=whole,
        cache_read_input_tokens=cached,
        audio_input_tokens=_not_cached(usage, _AUDIO, room=whole - cached),
        image_input_tokens=_not_cached(usage, _IMAGE, room=whole - cached),
    )


def _not_cached(usage: UsageMetadata, modalities: frozenset[str], *, room: int) -> int:
    sent = _count(usage.prompt_tokens_details, modalities)
    sent += _count(usage.tool_use_prompt_tokens_details, modalities)
    # Without details of the cache as many as fit are taken to be not cached.
    return min(max(sent - _count(usage.cache_tokens_details, modalities), 0), room)


def _output(usage: UsageMetadata) -> Normalised:
    answer = usage.candidates_token_count
    details = usage.candidates_tokens_details or usage.response_tokens_details
    if answer is None:
        answer = usage.response_token_count or 0
    thoughts = usage.thoughts_token_count or 0
    return Normalised(
        output_tokens=answer + thoughts,
        reasoning_output_tokens=thoughts,
        audio_output_tokens=part(
            _count(details, _AUDIO),
            of=answer,
            field="candidatesTokensDetails" if usage.candidates_tokens_details else "responseTokensDetails",
            whole="the answer",
        ),
    )


def _count(details: Iterable[ModalityTokens] | None, modalities: frozenset[str]) -> int:
    return sum(one.token_count or 0 for one in details or () if one.modality in modalities)
