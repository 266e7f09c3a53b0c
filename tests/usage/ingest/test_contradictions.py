"""Events that contradict each other inside one batch are settled as if they had come in batches of their own."""

from datetime import timedelta

import pytest

from tests.usage.ledger_fixtures import RECEIVED, answers, event, open_ledger, store
from usage.models import QuarantinedEvent, UsageEvent

pytestmark = pytest.mark.django_db


def test_the_first_of_a_contradicting_pair_is_stored() -> None:
    organization = open_ledger()
    first = event()
    other = event(transaction_id=first.transaction_id, input_tokens=7)
    assert answers(store(organization, first, other, first)) == ["stored", "conflict", "duplicate"]
    assert answers(store(organization, first, other)) == ["duplicate", "conflict"]
    assert UsageEvent.objects.get().input_tokens == 1000


def test_a_repeat_of_what_is_stored_is_a_duplicate_behind_a_contradiction() -> None:
    organization = open_ledger()
    first = event()
    store(organization, first)
    other = event(transaction_id=first.transaction_id, input_tokens=7)
    assert answers(store(organization, other, first)) == ["conflict", "duplicate"]
    assert QuarantinedEvent.objects.get().facts["input_tokens"] == 7


def test_an_event_is_stored_behind_one_that_has_no_place() -> None:
    organization = open_ledger()
    lost = event(occurred_at=RECEIVED + timedelta(days=1))
    good = event(transaction_id=lost.transaction_id)
    assert answers(store(organization, lost, good, good)) == ["quarantined", "stored", "duplicate"]
    assert UsageEvent.objects.get().occurred_at == good.occurred_at


def test_many_contradictions_of_one_id_end_as_conflicts() -> None:
    organization = open_ledger()
    lost = [event(transaction_id="one", occurred_at=RECEIVED + timedelta(days=day)) for day in range(1, 9)]
    good = event(transaction_id="one")
    assert set(answers(store(organization, *lost, good))) == {"quarantined", "conflict"}
    assert answers(store(organization, good)) == ["stored"]
