"""What input and output are made of adds up, whatever the clients count twice."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from usage.figures import share_of
from usage.panels.composition import PartKind, input_parts, output_parts

COUNTS = st.integers(0, 10_000)


@dataclass(frozen=True)
class Counts:
    """Counts of a message."""

    user_text_tokens: int = 0
    context_tokens: int = 0
    file_tokens: int = 0
    system_tokens: int = 0
    tool_result_tokens: int = 0
    other_tokens: int = 0
    output_tokens: int = 0
    reasoning_output_tokens: int = 0
    audio_output_tokens: int = 0
    tool_call_tokens: int = 0

    @property
    def input_tokens(self) -> int:
        told = self.user_text_tokens + self.context_tokens + self.file_tokens
        return told + self.system_tokens + self.tool_result_tokens + self.other_tokens


@given(told=st.tuples(*[COUNTS] * 6))
def test_the_input_is_its_parts(told):
    counts = Counts(*told)
    parts = input_parts(counts)
    assert sum(part.tokens for part in parts) == counts.input_tokens
    assert all(part.tokens for part in parts)
    assert all(part.share == share_of(part.tokens, counts.input_tokens) for part in parts)
    named = [part.tokens for part in parts if part.kind is not PartKind.OTHER]
    assert named == sorted(named, reverse=True)
    assert PartKind.OTHER not in [part.kind for part in parts[:-1]]


@given(output=COUNTS, reasoning=COUNTS, audio=COUNTS, calls=COUNTS)
def test_the_output_is_its_parts(output, reasoning, audio, calls):
    counts = Counts(
        output_tokens=output,
        reasoning_output_tokens=reasoning,
        audio_output_tokens=audio,
        tool_call_tokens=calls,
    )
    parts = output_parts(counts)
    assert sum(part.tokens for part in parts) == output
    assert all(part.tokens > 0 for part in parts)


def test_tool_calls_that_are_reasoning_are_no_part_of_their_own():
    parts = output_parts(Counts(output_tokens=100, reasoning_output_tokens=90, tool_call_tokens=30))
    assert [(part.kind, part.tokens) for part in parts] == [
        (PartKind.REASONING, 90),
        (PartKind.TOOL_CALLS, 10),
    ]
    told = output_parts(Counts(output_tokens=200, reasoning_output_tokens=30, tool_call_tokens=20))
    assert [(part.kind.value, part.tokens) for part in told] == [
        ("answer", 150),
        ("reasoning", 30),
        ("tool_calls", 20),
    ]
