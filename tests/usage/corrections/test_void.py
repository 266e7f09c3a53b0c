"""Voids: what they answer, what they leave in the ledger, and what stays in sight."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.enums import KeyScope
from teams.models import AuditEntry
from teams.services.keys import create_api_key
from tests.teams.cast import Cast
from tests.usage.corrections.voids import LATER, said, sums, void
from tests.usage.event_factories import make_events
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import NOON, answers, event, open_ledger, store
from tests.usage.price_factories import PriceFactory
from usage.corrections import MAX_VOIDS, Negation
from usage.enums import Correction, EventSource
from usage.events import FileReference, ToolUse
from usage.models import (
    Chat,
    EventKey,
    File,
    Hold,
    LlmModel,
    Message,
    QuarantinedEvent,
    ReceiptDaily,
    SpendTouch,
    UsageEvent,
    UsagePeriod,
)
from usage.queries.corrections import corrected_event, positions
from usage.services.corrections import lock_for_corrections, store_corrections, void_events
from usage.services.ledger_guard import open_staging
from usage.services.quarantine_review import discard_quarantined

pytestmark = pytest.mark.django_db


def test_a_void_is_a_row_of_the_opposite_sign_beside_the_original() -> None:
    organization = open_ledger()
    store(
        organization, event(transaction_id="wrong", output_tokens=250, duration_ms=900, error_type="timeout")
    )
    (outcome,) = void(organization, "wrong")
    original, correction = UsageEvent.objects.order_by("received_at")
    assert (outcome.answer, outcome.event_id) == ("voided", original.id)
    assert (original.transaction_id, original.input_tokens, original.correction) == ("wrong", 1000, "")
    assert (correction.corrects, correction.correction, correction.source) == (
        original.id,
        Correction.VOID,
        EventSource.CORRECTION,
    )
    assert correction.transaction_id == f"void:{original.id.hex}"
    assert correction.received_at == LATER
    for name in ("occurred_at", "period", "local_date", "member_id", "model_id", "contracted_price_id"):
        assert getattr(correction, name) == getattr(original, name)
    for name in ("calls", "failures", "duration_ms", "input_tokens", "output_tokens", "contracted_cost"):
        assert getattr(correction, name) == -getattr(original, name) != 0
    assert not any(sums(organization).values())


def test_nothing_is_left_of_a_ledger_whose_events_are_all_voided() -> None:
    organization = open_ledger(time_zone="Asia/Kathmandu")
    events = make_events(120)
    store(organization, *events)
    assert all(sums(organization).values())
    chats, messages, files = Chat.objects.count(), Message.objects.count(), File.objects.count()
    outcomes = void(organization, *(one.transaction_id for one in events))
    assert set(said(outcomes)) == {"voided"}
    assert not any(sums(organization).values())
    assert check(organization).is_clean
    # Chats, messages and files stay, with their names and times.
    assert (Chat.objects.count(), Message.objects.count(), File.objects.count()) == (chats, messages, files)
    assert set(Chat.objects.values_list("external_id", flat=True)) == {
        one.conversation_id for one in events
    } - {""}
    assert UsageEvent.objects.filter(correction="").count() == 120


def test_tools_and_files_are_taken_back_with_their_costs() -> None:
    organization = open_ledger()
    files = [
        FileReference("read", tokens=400, cache_read_tokens=0),
        FileReference("made", tokens=100, extracted_tokens=100, processed=True),
    ]
    store(
        organization,
        event(transaction_id="wrong", tools=[ToolUse("search", calls=3, tokens=40)], files=files),
        event(response_model="mystery-1", files=files, transaction_id="unpriced"),
    )
    void(organization, "wrong", "unpriced")
    of = {one.transaction_id: one for one in UsageEvent.objects.all()}
    wrong, unpriced = (of[f"void:{of[name].id.hex}"] for name in ("wrong", "unpriced"))
    assert wrong.tools == [{"name": "search", "calls": -3, "tokens": -40}]
    before, (read, made) = of["wrong"].files or [], wrong.files or []
    assert [read["id"], made["id"]] == [use["id"] for use in before]
    assert (read["uses"], read["tokens"]) == (-1, -400)
    assert Decimal(read["cost"]) == -Decimal(before[0]["cost"]) == Decimal("-0.0008")
    assert Decimal(made["processing_cost"]) == -Decimal(before[1]["processing_cost"])
    assert (unpriced.unpriced, unpriced.contracted_cost) == (-1, None)
    assert [use.get("cost") for use in unpriced.files or []] == [None, None]
    assert not any(sums(organization).values())


def test_a_void_takes_back_the_price_of_then_not_of_now() -> None:
    organization = open_ledger()
    store(organization, event(transaction_id="wrong"), event())
    PriceFactory(
        model=LlmModel.objects.get(name="gpt-4o"),
        valid_from=NOON,
        input=Decimal("0.000004"),
        output=Decimal("0.00002"),
    )
    void(organization, "wrong")
    correction = UsageEvent.objects.get(correction=Correction.VOID)
    assert correction.contracted_cost == Decimal("-0.003")
    assert check(organization).is_clean


def test_a_void_falls_into_the_close_that_is_open_now() -> None:
    organization = open_ledger()
    store(organization, event(transaction_id="wrong"))
    UsagePeriod.objects.filter(organization=organization, period="2026-05-01").update(close_number=4)
    void(organization, "wrong")
    numbers = UsageEvent.objects.order_by("received_at").values_list("close_number", flat=True)
    assert list(numbers) == [1, 4]
    assert check(organization).is_clean


def test_voiding_again_changes_nothing_and_says_so() -> None:
    organization = open_ledger()
    store(organization, event(transaction_id="wrong"))
    outcomes = void(organization, "wrong", "wrong")
    assert said(outcomes) == ["voided", "already_voided"]
    assert said(void(organization, "wrong")) == ["already_voided"]
    assert UsageEvent.objects.count() == EventKey.objects.count() == 2
    assert AuditEntry.objects.filter(action="usage_event.voided").count() == 1
    assert SpendTouch.objects.count() == 2


def test_the_id_of_a_voided_event_stays_used() -> None:
    organization = open_ledger()
    wrong = event(transaction_id="wrong")
    store(organization, wrong)
    void(organization, "wrong")
    changed = event(transaction_id="wrong", output_tokens=7)
    assert answers(store(organization, wrong, received_at=LATER)) == ["duplicate"]
    assert answers(store(organization, changed, received_at=LATER)) == ["conflict"]
    assert not any(sums(organization).values())


def test_what_cannot_be_voided_is_said() -> None:
    organization, other = open_ledger(), open_ledger()
    store(organization, event(transaction_id="wrong"))
    store(other, event(transaction_id="theirs"))
    early = event(transaction_id="early", occurred_at=LATER.replace(year=2030))
    store(organization, early, event(transaction_id="wrong", output_tokens=7))
    (done,) = void(organization, "wrong")
    assert done.event_id is not None
    outcomes = void(
        organization, f"void:{done.event_id.hex}", "early", "theirs", "", "\0", "\ud800", "x" * 999
    )
    assert said(outcomes) == ["refused", "refused", *["unknown"] * 5]
    assert "correction" in outcomes[0].reason and "quarantine" in outcomes[1].reason
    assert UsageEvent.objects.count() == 3
    discard_quarantined(QuarantinedEvent.objects.get(transaction_id="early"), reason="clock")
    assert said(void(organization, "early")) == ["unknown"]


def test_an_id_that_a_client_has_sent_is_never_taken_for_a_void() -> None:
    organization = open_ledger()
    store(organization, event(transaction_id="wrong"))
    (month, event_id) = positions(organization.pk, ["wrong"])["wrong"]
    store(organization, event(transaction_id=f"void:{event_id.hex}"))
    assert said(void(organization, "wrong")) == ["refused"]
    found = corrected_event(organization.pk, (month, event_id))
    assert found is not None and not found.is_voided
    assert said(void(organization, f"void:{event_id.hex}", "wrong")) == ["voided", "refused"]


def test_more_than_a_call_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        void_events(organization_id=1, transaction_ids=["x"] * (MAX_VOIDS + 1), reason="")


def test_who_voided_what_and_why_is_on_record(cast: Cast) -> None:
    organization = open_ledger()
    key = create_api_key(organization=organization, name="gateway", scopes=[KeyScope.USAGE_WRITE]).key
    store(organization, *(event(transaction_id=name) for name in "abc"))
    void(organization, "a", actor=cast.carol, reason="twice")
    void(organization, "b", "c", "unknown", api_key=key, source=EventSource.NATIVE)
    first, second = AuditEntry.objects.filter(action="usage_event.voided").order_by("id")
    assert (first.actor, first.subject, first.reason) == (cast.carol, "a", "twice")
    assert (second.organization, second.subject) == (organization, "2 events")
    assert set(second.facts["events"]) == {"b", "c"}
    assert second.facts["months"] == ["2026-05-01"]
    assert (second.facts["source"], second.facts["api_key"]) == ("native", str(key))
    keys = UsageEvent.objects.filter(correction=Correction.VOID).values_list("api_key_id", flat=True)
    assert sorted(keys) == [0, key.pk, key.pk]


def test_holds_stay_settled_and_receipts_count_what_came_in() -> None:
    organization = open_ledger()
    hold = Hold.objects.create(
        id=uuid4(), organization=organization, held_cost=1, created_at=NOON, expires_at=LATER
    )
    store(organization, event(transaction_id="wrong", hold_id=hold.id))
    void(organization, "wrong")
    hold.refresh_from_db()
    assert hold.settled_cost == Decimal("0.003")
    assert UsageEvent.objects.get(correction=Correction.VOID).hold_id is None
    assert ReceiptDaily.objects.get().stored == 1


def test_what_a_re_rating_has_moved_is_taken_back_too() -> None:
    """A re-rating takes the old row back; whatever it adds beside, a void leaves nothing of it."""
    organization = open_ledger()
    store(organization, event(transaction_id="rated"), event(transaction_id="other"))
    month, event_id = positions(organization.pk, ["rated"])["rated"]
    open_staging()
    lock_for_corrections(organization.pk, [month])
    store_corrections(
        organization_id=organization.pk,
        correction=Correction.RERATING,
        rows=[Negation(event_id, month, event_id)],
        received_at=LATER,
    )
    assert said(void(organization, "rated", "other")) == ["voided", "voided"]
    assert UsageEvent.objects.filter(corrects=event_id, correction=Correction.VOID).count() == 2
    assert not any(sums(organization).values())
    assert check(organization).is_clean


def test_many_take_as_many_queries_as_one() -> None:
    organization = open_ledger()
    store(organization, *make_events(300))
    void(organization, "1-0")
    counts = []
    for chosen in (range(1, 12), range(12, 300)):
        with CaptureQueriesContext(connection) as queries:
            void(organization, *(f"1-{number}" for number in chosen))
        counts.append(len(queries))
    assert counts[0] == counts[1]
