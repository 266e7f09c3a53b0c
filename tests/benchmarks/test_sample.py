"""What the benchmarks send is valid, repeatable and as varied as it claims to be."""

import json
from datetime import UTC, datetime, timedelta

from benchmarks.sample import CALLS_PER_DAY, MESSAGES_PER_CHAT, usage_events
from usage.decoding import decode_batch
from usage.events import Event

END = datetime(2026, 3, 10, 17, tzinfo=UTC)


def decoded(count, **options):
    body = json.dumps(list(usage_events(count, prefix="t", end=END, **options))).encode()
    return decode_batch(body, limit=count)


def test_every_event_is_valid_and_has_its_own_id():
    events = decoded(3000)
    assert all(isinstance(event, Event) for event in events)
    assert len({event.transaction_id for event in events}) == 3000


def test_the_same_seed_gives_the_same_events():
    assert decoded(200) == decoded(200)
    assert decoded(200) != decoded(200, seed=2)


def test_events_are_in_order_of_time_and_as_dense_as_a_working_day():
    moments = [event.occurred_at for event in decoded(3000)]
    assert moments == sorted(moments)
    assert moments[-1] < END
    assert END - moments[0] == timedelta(hours=10) * 3000 / CALLS_PER_DAY


def test_they_have_chats_messages_tools_files_and_failures():
    events = decoded(8000)
    messages = {(event.conversation_id, event.message_id) for event in events}
    chats = {event.conversation_id for event in events}
    assert 0.75 < len(messages) / len(events) < 0.92
    assert MESSAGES_PER_CHAT * 0.7 < len(messages) / len(chats) < MESSAGES_PER_CHAT * 1.3
    assert len({event.member_id for event in events}) > 200
    assert len({event.request_model for event in events}) == 6
    for found in ("tools", "files", "error_type", "project_id", "integration_id", "reasoning_output_tokens"):
        assert 0 < sum(bool(getattr(event, found)) for event in events) < len(events), found
