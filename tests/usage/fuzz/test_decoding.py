"""Whatever is sent is decoded or refused in words, and what is decoded can be named, kept and answered."""

from hypothesis import event, example, given, settings
from msgspec import json

from tests.usage.fuzz.bodies import BREAKING, bodies
from tests.usage.fuzz.effort import examples
from usage.answers import Outcome
from usage.decoding import MalformedBatch, Rejected, decode_batch
from usage.enums import Answer
from usage.events import Event
from usage.identity import fingerprint

LIMIT = 10_000


@settings(max_examples=examples(400), deadline=None)
@given(body=bodies())
@example(body=b"\xff\xfe[\x00]\x00")
@example(body=b"\xef\xbb\xbf[]")
@example(body=b"[" * 100_000)
@example(body=b"\x0b{}\x0c{}")
def test_any_bytes_are_events_with_their_faults_or_no_batch(body: bytes) -> None:
    try:
        decoded = decode_batch(body, limit=LIMIT)
    except MalformedBatch as error:
        event(str(error)[:30])
        return
    for one in decoded:
        event(type(one).__name__)
        if isinstance(one, Rejected):
            assert one.fault.field and one.fault.reason
            answered = Outcome(one.transaction_id, Answer.INVALID, one.fault.field, one.fault.reason)
        else:
            assert isinstance(one, Event)
            assert json.decode(json.encode(one), type=Event) == one
            assert fingerprint(json.decode(json.encode(one), type=Event)) == fingerprint(one)
            answered = Outcome(one.transaction_id, Answer.STORED)
        json.encode(answered)


def test_every_breaking_value_in_every_field_is_decoded_or_refused() -> None:
    known = b'"transaction_id": "t", "occurred_at": "2026-05-20T12:00:00Z"'
    for name in Event.__struct_fields__:
        for value in BREAKING:
            for body in (b'[{%b, "%b": %b}]', b'{%b, "%b": %b}'):
                try:
                    decoded = decode_batch(body % (known, name.encode(), value.encode()), limit=LIMIT)
                except MalformedBatch:
                    continue
                assert len(decoded) == 1, (name, value)
                json.encode(decoded)
