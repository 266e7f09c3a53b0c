"""Whatever is voided: what is left is what the other events alone would have given."""

from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from teams.models import Organization
from tests.usage.corrections.voids import said, sums, void
from tests.usage.event_factories import make_events
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import open_ledger, store
from usage.events import Event
from usage.services.rebuild import rebuild_rollups
from usage.services.snapshots import MEMORY

EARLIER = timedelta(days=-60)
"""From March to January and on: apart from the days that are compared, in the months that are open."""


class TestAnyVoids(TestCase):
    @settings(max_examples=12, deadline=None)
    @given(
        seed=st.integers(min_value=0, max_value=10_000),
        voided=st.sets(st.integers(min_value=0, max_value=39)),
        split=st.integers(min_value=1, max_value=40),
    )
    def test_the_rest_is_left(self, seed: int, voided: set[int], split: int) -> None:
        MEMORY.forget()
        organization = open_ledger(time_zone="America/New_York")
        events = make_events(40, seed)
        _make_known(organization, events)
        before = sums(organization)
        names = [events[number].transaction_id for number in voided]
        rest = [one for number, one in enumerate(events) if number not in voided]
        with transaction.atomic():
            store(organization, *rest)
            expected = sums(organization)
            transaction.set_rollback(True)
        assert sums(organization) == before
        store(organization, *events[:split])
        early = [name for name in names if name in {one.transaction_id for one in events[:split]}]
        assert set(said(void(organization, *early))) <= {"voided"}
        store(organization, *events[split:])
        assert set(said(void(organization, *names))) <= {"voided", "already_voided"}
        assert sums(organization) == expected
        assert check(organization).is_clean
        rebuild_rollups(organization=organization)
        assert sums(organization) == expected


def _make_known(organization: Organization, events: list[Event]) -> None:
    """Everyone and everything that the events name, outside of their days and chats."""
    apart: dict[str, Any] = {"conversation_id": "", "message_id": "", "files": []}
    store(
        organization,
        *(
            msgspec.structs.replace(
                event,
                transaction_id=f"known-{event.transaction_id}",
                occurred_at=event.occurred_at + EARLIER,
                **apart,
            )
            for event in events
        ),
    )
