"""What was sent stands beside what is in the ledger; what differs is marked."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from teams.models import Member
from tests.usage.event_factories import FIRST_INSTANT, make_event, make_events
from tests.usage.ledger_fixtures import answers, open_ledger, store
from usage.events import Composition, FileReference, ToolUse
from usage.models import QuarantinedEvent
from usage.queries.quarantine_facts import ComparedFacts, compared_facts

pytestmark = pytest.mark.django_db

STANDING: dict[str, Any] = {
    "transaction_id": "same",
    "conversation_id": "chat-1",
    "conversation_title": "Old title",
    "message_id": "message-1",
    "department_id": "research",
    "project_id": "atlas",
    "integration_id": "slack",
    "feature": "chat",
    "cache_creation_input_tokens": 30,
    "cache_creation_1h_input_tokens": 10,
    "composition": Composition(user_text=400, context=100),
    "tools": [ToolUse("web search", calls=2, tokens=5)],
    "files": [
        FileReference("plan.pdf", tokens=50, cache_read_tokens=0),
        FileReference("scan.pdf", tokens=9, processed=True),
    ],
}


def _compared(**changed: Any) -> ComparedFacts:
    organization = open_ledger()
    assert answers(store(organization, make_event(**STANDING))) == ["stored"]
    assert answers(store(organization, make_event(**(STANDING | changed)))) == ["conflict"]
    found = compared_facts(QuarantinedEvent.objects.get())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occurred_at", FIRST_INSTANT + timedelta(seconds=1)),
        ("response_model", "mystery-1"),
        ("provider_name", "azure"),
        ("conversation_id", "chat-2"),
        ("message_id", "message-2"),
        ("member_id", "alice"),
        ("member_id", ""),
        ("project_id", ""),
        ("integration_id", "notion"),
        ("feature", "agents"),
        ("hold_id", uuid4()),
        ("calls", 2),
        ("time_to_first_token_ms", 5),
        ("input_tokens", 999),
        ("cache_creation_input_tokens", 31),
        ("cache_creation_1h_input_tokens", 11),
        ("composition", Composition(user_text=401, context=100)),
        ("composition", None),
        ("tools", [ToolUse("web search", calls=3, tokens=5)]),
        ("files", []),
        ("files", [FileReference("other.pdf", tokens=50), STANDING["files"][1]]),
    ],
)
def test_the_field_that_differs_is_marked_and_no_other(field: str, value: Any) -> None:
    found = _compared(**{field: value})
    differing = [fact.field for fact in found.facts if fact.differs]
    assert differing == [field]


def test_both_sides_are_shown_as_the_client_named_them() -> None:
    found = _compared(member_id="alice", input_tokens=7)
    facts = {fact.field: fact for fact in found.facts}
    assert (facts["member_id"].sent, facts["member_id"].standing) == ("alice", "bob")
    assert (facts["input_tokens"].sent, facts["input_tokens"].standing) == (7, 1000)
    assert (facts["project_id"].sent, facts["project_id"].standing) == ("atlas", "atlas")
    assert facts["department_id"].differs is None
    assert "error_type" not in facts
    assert "conversation_title" not in facts


def test_a_member_that_was_merged_is_the_same() -> None:
    organization = open_ledger()
    store(organization, make_event(**STANDING))
    merged = Member.objects.create(organization=organization, external_id="robert", is_placeholder=True)
    Member.objects.filter(pk=merged.pk).update(merged_into=Member.objects.get(external_id="bob"))
    store(organization, make_event(**(STANDING | {"member_id": "robert"})))
    found = compared_facts(QuarantinedEvent.objects.get())
    assert found is not None
    assert not any(fact.differs for fact in found.facts)


def test_every_kind_of_event_equals_itself() -> None:
    organization = open_ledger()
    for sent in make_events(150):
        store(organization, sent)
        changed = make_event(transaction_id=sent.transaction_id, input_tokens=1)
        store(organization, changed)
    for entry in QuarantinedEvent.objects.all():
        sent = next(event for event in make_events(150) if event.transaction_id == entry.transaction_id)
        entry.facts = _facts_of(sent)
        found = compared_facts(entry)
        assert found is not None
        assert [fact for fact in found.facts if fact.differs] == []


def _facts_of(event: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(event))


def test_nothing_stands_under_an_id_that_was_never_stored() -> None:
    organization = open_ledger()
    store(organization, make_event(occurred_at=FIRST_INSTANT.replace(year=2019)))
    assert compared_facts(QuarantinedEvent.objects.get()) is None
