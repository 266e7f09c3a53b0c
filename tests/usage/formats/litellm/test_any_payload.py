"""Payloads of which any part is something else."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.usage.formats.litellm.recorded import decoded, recorded
from tests.usage.fuzz.effort import examples
from usage.events import Event

RECORDINGS = ("openai", "anthropic", "gemini", "responses", "failure", "stream", "router", "image")
junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A recorded call in which something, at any depth, is something else."""
    payload = recorded(draw(st.sampled_from(RECORDINGS)))
    place = payload
    for _step in range(draw(st.integers(0, 3))):
        inner = [value for value in place.values() if isinstance(value, dict) and value]
        place = draw(st.sampled_from(inner)) if inner else place
    place[draw(st.sampled_from(sorted(place)))] = draw(junk)
    return payload


@settings(max_examples=examples(300), deadline=None)
@given(payload=spoilt())
def test_whatever_stands_in_a_payload_it_is_an_event_or_its_fault_is_told(payload: dict[str, Any]) -> None:
    for found in decoded(payload):
        assert isinstance(found, Event) or found.fault.field
        assert len(found.transaction_id) <= 200
