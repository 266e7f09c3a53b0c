"""What is drawn from the trace is valid, repeatable, in order, and spread as the module says."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

from benchmarks.trace_events import DAYS, read_windows, trace_events
from tests.real_data import needs_real_data
from usage.decoding import decode_batch
from usage.events import Event

END = datetime(2026, 3, 10, 17, tzinfo=UTC)
pytestmark = needs_real_data


def drawn(count, **options):
    body = json.dumps(list(trace_events(count, windows=read_windows(), end=END, **options))).encode()
    return decode_batch(body, limit=count)


def test_events_are_valid_in_order_and_within_the_days():
    events = drawn(4000)
    assert all(isinstance(event, Event) for event in events)
    moments = [event.occurred_at for event in events]
    assert moments == sorted(moments)
    assert END - timedelta(days=DAYS) <= moments[0]
    assert moments[-1] <= END
    assert len({moment.date() for moment in moments}) == DAYS + 1


def test_the_same_seed_gives_the_same_events():
    assert drawn(200) == drawn(200)
    assert drawn(200) != drawn(200, seed=2)


def test_members_keep_to_a_few_applications_and_chats_to_one_member():
    events = drawn(20000)
    members = Counter(event.member_id for event in events)
    assert 200 < len(members) <= 300
    of_chat: dict[str, tuple[str, ...]] = {}
    for event in events:
        fields = (event.member_id, event.request_model, event.feature, event.platform)
        assert of_chat.setdefault(event.conversation_id, fields) == fields
    applications = {(event.member_id, event.conversation_id.rpartition("-")[0]) for event in events}
    assert 1.5 < len(applications) / len(members) < 4
