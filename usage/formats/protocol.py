"""What a format is: the two kinds, and what they are given and give back. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from msgspec import Struct

from usage.enums import EventSource

if TYPE_CHECKING:
    from usage.answers import Outcome
    from usage.decoding import Rejected
    from usage.events import Event


class Arrival(NamedTuple):
    """A request as it came in, after decompression.

    ``content_type`` is in lower case and without parameters, ``headers`` have names in lower case; an envelope that
    finds more than ``limit`` events raises ``MalformedBatch``.
    """

    body: bytes
    content_type: str
    headers: Mapping[str, str]
    limit: int


class Reply(NamedTuple):
    """What goes back to the client."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A format of whole request bodies, served at ``POST /api/v1/ingest/<path>``.

    ``decode`` gives one element per event that the body reports, in order, and leaves out what is no model call; what
    is wrong with a single event is its ``Rejected``. It raises ``usage.decoding.MalformedBatch`` when the body cannot
    be taken apart, answered with 400. It puts events together with ``usage.decoding.event_of``,
    which validates them.
    Without ``answer`` the client gets the answer of the native format; with it, whatever that makes of the outcomes,
    which are in the order of what ``decode`` gave. Likewise ``refuse`` makes the answer to a request that was not
    taken, from its content type, the status and a sentence; without it that is a problem (RFC 9457). What either
    answers is described to the API's readers by ``answer_schema`` and ``refusal_schema``.
    """

    name: str
    path: str
    summary: str
    description: str
    content_types: tuple[str, ...]
    decode: "Callable[[Arrival], Sequence[Event | Rejected]]"
    answer: "Callable[[Arrival, Sequence[Outcome]], Reply] | None" = None
    source: EventSource = EventSource.NATIVE
    answer_schema: Mapping[str, Any] | None = None
    refuse: "Callable[[str, int, str], Reply] | None" = None
    refusal_schema: Mapping[str, Any] | None = None
    schema: Mapping[str, Any] | None = None
    example: Any = None


class UnfitUsage(ValueError):
    """A usage object that contradicts itself; ``field`` is a path within it, in the provider's own words."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


class Normalised(TypedDict, total=False):
    """Fields of an event that a usage object speaks of, in our own terms; what is left out is not said there."""

    response_model: str
    response_id: str
    service_tier: str
    duration_ms: int
    input_tokens: int
    cache_read_input_tokens: int
    cache_creation_input_tokens: int
    cache_creation_1h_input_tokens: int
    audio_input_tokens: int
    image_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    audio_output_tokens: int
    audio_seconds: int
    web_search_calls: int
    code_run_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageAdapter:
    """A format of raw usage objects.

    ``providers`` are provider names as in the price list; their other spellings are known
    (``model_matching.PROVIDER_ALIASES``). ``response`` is the struct of the provider's whole response, reduced to what
    counts, and ``holder`` the field in it that is the usage object: clients may send either. ``usage`` is that
    object's struct; where several formats serve a provider, the one that knows most of the fields sent is taken.
    ``normalise`` takes a ``response`` and raises ``UnfitUsage``.
    """

    name: str
    providers: tuple[str, ...]
    response: type[Struct]
    usage: type[Struct]
    holder: str
    normalise: Callable[[Any], Normalised]
