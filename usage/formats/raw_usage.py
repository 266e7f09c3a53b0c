"""Raw usage objects: an event as it was sent with one, and the plain event that it stands for.

The event keeps the object, reduced to the fields that its format knows: that is what its identity is made of. What is
stored and priced is the plain event, worked out anew where it is needed, so nothing depends on how it was once read.
"""

from functools import cache
from typing import Any, Final

import msgspec

from usage.events import Event
from usage.formats import usage_adapters
from usage.formats.protocol import Normalised, UnfitUsage, UsageAdapter
from usage.model_matching import PROVIDER_ALIASES

_LARGEST: Final = 1_000_000_000_000
_SAID_BY_USAGE: Final = (
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation_1h_input_tokens",
    "audio_input_tokens",
    "image_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "audio_output_tokens",
    "audio_seconds",
)
"""Fields that a usage object speaks of, even where it leaves them out."""
_CALLS: Final = ("web_search_calls", "code_run_calls")
"""Fields that only some usage objects speak of, and the client may know better."""
_CANONICAL: Final = {alias: name for name, aliases in PROVIDER_ALIASES.items() for alias in aliases}


class UnreadableUsage(ValueError):
    """An event whose usage object cannot be read; ``field`` is a path within the event."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def reduced(event: Event) -> tuple[Event, Event]:
    """The event with the known fields of its usage object, always within the provider's response; and the plain event.

    Raises ``UnreadableUsage``, also when it cannot be normalised or repeats what the event says itself.
    """
    assert event.usage is not None
    adapter = _adapter(event.provider_name, event.usage)
    known = _convert(adapter, event.usage)
    normalised = _normalise(adapter, known, event.usage)
    for name in (*_SAID_BY_USAGE, *(name for name in _CALLS if normalised.get(name))):
        if getattr(event, name):
            raise UnreadableUsage(name, "is said by usage already; send one of the two")
    return msgspec.structs.replace(event, usage=msgspec.to_builtins(known)), _meant(event, normalised)


def plain(event: Event) -> Event:
    """What an event means for the ledger: itself, or with quantities in place of its usage object.

    The event has been through ``reduced``. What the response says of model, tier and id comes before what the event
    says, since that may be what was asked for. A duration that the client measured stands.
    """
    if event.usage is None:
        return event
    adapter = _adapter(event.provider_name, event.usage)
    return _meant(event, _normalise(adapter, _convert(adapter, event.usage), event.usage))


def _meant(event: Event, normalised: Normalised) -> Event:
    said = {name: value for name, value in normalised.items() if value}
    if event.duration_ms:
        said.pop("duration_ms", None)
    return msgspec.structs.replace(event, usage=None, **said)


def _adapter(provider_name: str, usage: dict[str, Any]) -> UsageAdapter:
    """The format for a provider; of several the one that knows most of the fields that were sent."""
    name = provider_name.lower()
    candidates = _adapters_by_provider().get(_CANONICAL.get(name, name), ())
    if not candidates:
        known = ", ".join(sorted(_adapters_by_provider()))
        raise UnreadableUsage("provider_name", f"has no usage object that is known here; known are {known}")
    if len(candidates) == 1:
        return candidates[0]
    return max(candidates, key=lambda adapter: _recognised(adapter, usage))


@cache
def _adapters_by_provider() -> dict[str, tuple[UsageAdapter, ...]]:
    found: dict[str, tuple[UsageAdapter, ...]] = {}
    for adapter in usage_adapters():
        for provider in adapter.providers:
            found[provider] = (*found.get(provider, ()), adapter)
    return found


def _recognised(adapter: UsageAdapter, usage: dict[str, Any]) -> int:
    inner = usage.get(adapter.holder, usage)
    known = adapter.usage.__struct_encode_fields__
    return sum(name in known for name in inner) if isinstance(inner, dict) else 0


def _convert(adapter: UsageAdapter, usage: dict[str, Any]) -> msgspec.Struct:
    whole = usage if adapter.holder in usage else {adapter.holder: usage}
    try:
        return msgspec.convert(whole, adapter.response)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise UnreadableUsage(
            _path(adapter, usage, path.rstrip("`").lstrip(".")), _lower(reason.replace("`", ""))
        ) from None


def _normalise(adapter: UsageAdapter, known: msgspec.Struct, usage: dict[str, Any]) -> Normalised:
    try:
        normalised = adapter.normalise(known)
    except UnfitUsage as error:
        raise UnreadableUsage(
            _path(adapter, usage, f"{adapter.holder}.{error.field}"), error.reason
        ) from None
    if any(isinstance(value, int) and value > _LARGEST for value in normalised.values()):
        raise UnreadableUsage("usage", f"adds up to more than {_LARGEST:,}")
    return normalised


def _path(adapter: UsageAdapter, usage: dict[str, Any], path: str) -> str:
    """A path within the response as one within the event, whether the response or only its usage was sent."""
    if adapter.holder not in usage:
        path = path.removeprefix(adapter.holder).lstrip(".")
    path = path.replace("[", ".").replace("]", "")
    return f"usage.{path}" if path else "usage"


def _lower(reason: str) -> str:
    return reason[:1].lower() + reason[1:]
