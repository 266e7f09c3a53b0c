"""Events of few names and odd numbers, drawn by hypothesis: many of them meet in the same rows."""

from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from tests.usage.ledger_fixtures import RECEIVED, event
from tests.usage.ledger_tables import CHANGE
from usage.events import Composition, Event, FileReference, ToolUse

BORDERS: Final = (
    *(datetime(2026, month, 1, tzinfo=UTC) for month in (4, 5, 6)),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    CHANGE,
    RECEIVED,
)
counts = st.one_of(st.just(0), st.integers(1, 20), st.integers(1_000, 10**6))
moments = st.one_of(
    st.builds(
        lambda border, step: border + timedelta(microseconds=step),
        st.sampled_from(BORDERS),
        st.integers(-1, 1),
    ),
    st.integers(0, 80 * 24 * 60).map(lambda minutes: RECEIVED - timedelta(minutes=minutes)),
    st.sampled_from((RECEIVED + timedelta(minutes=4), RECEIVED + timedelta(hours=1))),
)


TOOLS: Final = st.sampled_from(("web", "code"))
FILES: Final = st.sampled_from(("f", "g", "h"))


def _files(names: dict[str, bool], plain: int, cached: int) -> list[FileReference]:
    """Files by name and whether they were processed, that fit into the input and into what of it was cached."""
    part, cached_part = (plain + cached) // 3, cached // 3
    return [
        FileReference(name, size_bytes=part, tokens=part, cache_read_tokens=cached_part, processed=processed)
        for name, processed in names.items()
    ]


@st.composite
def calls(draw: st.DrawFn) -> Event:
    """A valid event of few names, so that many meet in the same rows; its response id is put in later."""
    parts = {
        name: draw(counts)
        for name in (
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "audio_input_tokens",
            "image_input_tokens",
        )
    }
    reasoning, audio, plain, answer = (draw(counts) for _ in range(4))
    cached, output = parts["cache_read_input_tokens"], reasoning + audio + answer
    return event(
        transaction_id=draw(st.sampled_from([f"t{number}" for number in range(40)])),
        occurred_at=draw(moments),
        response_model=draw(
            st.sampled_from(
                ("odd", "odd", "changing", "changing", "changing", "agreed", "agreed", "mystery", "")
            )
        ),
        service_tier=draw(st.sampled_from(("", "", "", "standard", "batch", "flex"))),
        conversation_id=draw(st.sampled_from(("", "c", "d"))),
        message_id=draw(st.sampled_from(("", "m", "n"))),
        member_id=draw(st.sampled_from(("", "bob", "dana"))),
        department_id=draw(st.sampled_from(("", "research", "legal"))),
        project_id=draw(st.sampled_from(("", "atlas"))),
        integration_id=draw(st.sampled_from(("", "", "slack"))),
        feature=draw(st.sampled_from(("chat", "voice", ""))),
        platform=draw(st.sampled_from(("web", ""))),
        error_type=draw(st.sampled_from(("", "", "timeout"))),
        calls=draw(st.sampled_from((1, 1, 1, 0, 7))),
        duration_ms=draw(st.one_of(counts, st.sampled_from((1, 2, 3, 1024, 10**12)))),
        time_to_first_token_ms=draw(st.none() | counts),
        input_tokens=plain + sum(parts.values()),
        cache_creation_1h_input_tokens=parts["cache_creation_input_tokens"] // 2,
        output_tokens=output,
        reasoning_output_tokens=reasoning,
        audio_output_tokens=audio,
        audio_seconds=draw(st.sampled_from((0, 0, 61))),
        web_search_calls=draw(st.sampled_from((0, 0, 3))),
        code_run_calls=draw(st.sampled_from((0, 0, 0, 0, 0, 1))),
        tool_call_tokens=answer // 2,
        composition=draw(st.sampled_from((None, Composition(user_text=plain // 2, context=plain // 3)))),
        tools=[ToolUse(name, calls=2, tokens=answer) for name in sorted(draw(st.sets(TOOLS)))],
        files=_files(draw(st.dictionaries(FILES, st.booleans(), max_size=2)), plain, cached),
        **parts,
    )
