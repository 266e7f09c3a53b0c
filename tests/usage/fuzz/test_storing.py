"""Every event that is taken for valid can be stored, and comes back; every body is answered, none with a 5xx."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.test import Client
from hypothesis import event as note_kind
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from teams.enums import KeyScope
from teams.models import Organization
from teams.services.keys import create_api_key
from tests.usage.fuzz.bodies import BREAKING, INSTANTS, bodies, compressed, odd_batches
from tests.usage.fuzz.effort import examples
from tests.usage.ledger_fixtures import RECEIVED, open_ledger, store
from usage.decoding import MalformedBatch, Rejected, decode_batch
from usage.enums import Answer
from usage.events import Event
from usage.formats.raw_usage import plain
from usage.models import QuarantinedEvent, UsageEvent
from usage.services.snapshots import MEMORY

URL = "/api/v1/usage/events"
AS_SENT = tuple(
    {field.name for field in UsageEvent._meta.concrete_fields}
    & set(Event.__struct_fields__)
    # What becomes other columns, or is bounded by the time of receipt.
    - {
        "occurred_at",
        "member_id",
        "department_id",
        "project_id",
        "integration_id",
        "message_id",
        "tools",
        "files",
        "reported_cost",
    }
)


class TestHostileBodies(TestCase):
    organization: ClassVar[Organization]
    headers: ClassVar[dict[str, str]]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.organization = open_ledger()
        key = create_api_key(organization=cls.organization, name="any", scopes=[KeyScope.USAGE_WRITE])
        cls.headers = {"Authorization": f"Bearer {key.secret}"}

    @settings(max_examples=examples(60), deadline=None)
    @given(body=odd_batches())
    def test_what_is_accepted_is_stored_and_comes_back(self, body: bytes) -> None:
        MEMORY.forget()
        try:
            events = decode_batch(body, limit=100)
        except MalformedBatch:
            return
        outcomes = store(self.organization, *events)
        for outcome in outcomes:
            note_kind(outcome.answer)
        assert [outcome.transaction_id for outcome in outcomes] == [one.transaction_id for one in events]
        stored = {row.transaction_id: row for row in UsageEvent.objects.all()}
        for one, outcome in zip(events, outcomes, strict=True):
            assert (outcome.answer is Answer.INVALID) == isinstance(one, Rejected)
            if outcome.answer is Answer.STORED and isinstance(one, Event):
                self._compare(plain(one), stored.pop(outcome.transaction_id))
        assert stored == {}
        waiting = {outcome.transaction_id for outcome in outcomes if outcome.answer is Answer.QUARANTINED}
        kept = QuarantinedEvent.objects.exclude(reason="conflict").values_list("transaction_id", flat=True)
        assert set(kept) == waiting

    def _compare(self, sent: Event, row: UsageEvent) -> None:
        assert {name: getattr(row, name) for name in AS_SENT} == {
            name: getattr(sent, name) for name in AS_SENT
        }
        assert (row.reported_cost or 0) == Decimal(sent.reported_cost or 0)
        assert row.occurred_at == min(sent.occurred_at, RECEIVED)
        assert (row.tools or []) == [
            {"name": tool.name, "calls": tool.calls, "tokens": tool.tokens} for tool in sent.tools
        ]
        assert len(row.files or []) == len(sent.files)

    def test_every_breaking_value_in_every_field_is_stored_or_refused(self) -> None:
        MEMORY.forget()
        for name in Event.__struct_fields__:
            events = [one for value in BREAKING for one in _decoded(name, value)]
            outcomes = store(self.organization, *events)
            assert {one.answer for one in outcomes} <= {*Answer} - {Answer.QUARANTINED}

    @settings(max_examples=examples(60), deadline=None)
    @given(body=bodies(), encoding=st.sampled_from(("", "identity", "gzip", "x-gzip", "br", "gzip, gzip")))
    def test_every_body_is_answered_in_words(self, body: bytes, encoding: str) -> None:
        self._post(body, encoding)

    @settings(max_examples=examples(30), deadline=None)
    @given(body=compressed())
    def test_every_compressed_body_is_answered_in_words(self, body: bytes) -> None:
        self._post(body, "gzip")

    def _post(self, body: bytes, encoding: str) -> None:
        MEMORY.forget()
        headers: dict[str, Any] = self.headers | ({"Content-Encoding": encoding} if encoding else {})
        response = Client().post(URL, body, content_type="application/json", headers=headers)
        answer = json.loads(response.content)
        if response.status_code == 200:
            assert answer["received"] == len(answer["events"])
            assert answer["stored"] == UsageEvent.objects.count()
        else:
            assert response.status_code in (400, 413, 415, 422)
            assert response["Content-Type"] == "application/problem+json" and answer["detail"]


def _decoded(name: str, value: str) -> list[Event | Rejected]:
    """One event under an id of its own with ``value`` as the field ``name``; nothing where that is no batch."""
    known = {
        "transaction_id": f"{name}-{BREAKING.index(value)}",
        "occurred_at": INSTANTS[0],
        "request_model": "own",
    }
    body = f'{json.dumps(known)[:-1]}, "{name}": {value}}}'
    try:
        return decode_batch(body.encode(), limit=1)
    except MalformedBatch:
        return []


def test_the_fields_that_are_compared_are_most_of_them() -> None:
    assert len(AS_SENT) > 25
    assert datetime(2026, 1, 1, tzinfo=UTC) < RECEIVED
