from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db.models import Sum

from teams.models import Member
from tests.usage.ledger_fixtures import NOON, RECEIVED, answers, event, open_ledger, store
from usage.enums import QuarantineReason
from usage.events import Composition, FileReference, ToolUse
from usage.models import (
    ChargeByKind,
    Chat,
    EventKey,
    File,
    FileUse,
    Hold,
    LlmModel,
    Message,
    QuarantinedEvent,
    ReceiptDaily,
    SpendDaily,
    ToolDaily,
    UsageDaily,
    UsageEvent,
    UsageHourly,
    UsagePeriod,
)

pytestmark = pytest.mark.django_db


def test_an_event_is_stored_everywhere_at_once() -> None:
    organization = open_ledger()
    outcomes = store(
        organization,
        event(conversation_id="c", message_id="m", feature="chat", platform="web", duration_ms=900),
    )
    assert answers(outcomes) == ["stored"]
    stored = UsageEvent.objects.get(organization=organization)
    assert (stored.period, stored.local_date, stored.close_number) == (date(2026, 5, 1), date(2026, 5, 20), 1)
    assert stored.list_cost == stored.contracted_cost == Decimal("0.003")
    assert stored.unpriced == 0 and stored.contracted_price_id == stored.list_price_id > 0
    assert EventKey.objects.get(organization=organization).event_id == stored.id
    for model in (Message, Chat, UsageHourly, UsageDaily):
        row = model.objects.get(organization=organization)
        assert (row.calls, row.input_tokens, row.output_tokens) == (1, 1000, 100), model
        assert row.contracted_cost == Decimal("0.003"), model
    assert Chat.objects.get().messages == 1
    spend = SpendDaily.objects.filter(organization=organization).order_by("scope_kind")
    assert [row.scope_kind for row in spend] == ["department", "member", "organization", "project"]
    assert {row.contracted_cost for row in spend} == {Decimal("0.003")}
    charges = {row.kind: (row.quantity, row.contracted_cost) for row in ChargeByKind.objects.all()}
    assert charges == {
        "input": (1000, Decimal("0.002")),
        "output": (100, Decimal("0.001")),
        "call": (1, Decimal(0)),
    }
    receipt = ReceiptDaily.objects.get(organization=organization)
    assert (receipt.received, receipt.stored, receipt.duplicate, receipt.unattributed) == (1, 1, 0, 0)


def test_the_same_again_is_a_duplicate_and_counts_once() -> None:
    organization = open_ledger()
    first = event()
    assert answers(store(organization, first)) == ["stored"]
    # The same instant written in another zone is the same content.
    elsewhere = first.occurred_at.astimezone(tz=datetime.fromisoformat("2026-01-01T00:00:00+05:45").tzinfo)
    again = event(transaction_id=first.transaction_id, occurred_at=elsewhere, conversation_title="")
    assert answers(store(organization, again, first)) == ["duplicate", "duplicate"]
    assert UsageDaily.objects.aggregate(Sum("input_tokens"))["input_tokens__sum"] == 1000
    assert not QuarantinedEvent.objects.exists()


@pytest.mark.parametrize("change", [{"input_tokens": 1001}, {"occurred_at": NOON + timedelta(days=40)}])
def test_other_content_under_the_same_id_is_a_conflict_and_changes_nothing(change: dict[str, object]) -> None:
    organization = open_ledger()
    first = event()
    store(organization, first)
    other = event(**({"transaction_id": first.transaction_id} | change))
    for _ in range(2):
        outcome = store(organization, other, received_at=RECEIVED + timedelta(days=30))[0]
        assert outcome.answer == "conflict" and outcome.field == "transaction_id"
    assert UsageEvent.objects.get().input_tokens == 1000
    kept = QuarantinedEvent.objects.get()
    assert (kept.reason, kept.times) == (QuarantineReason.CONFLICT, 2)


def test_repeats_inside_one_batch_are_settled_first() -> None:
    organization = open_ledger()
    first = event()
    other = event(transaction_id=first.transaction_id, input_tokens=7)
    assert answers(store(organization, first, first, other, event())) == [
        "stored",
        "duplicate",
        "conflict",
        "stored",
    ]
    assert UsageEvent.objects.count() == 2
    assert UsageDaily.objects.aggregate(Sum("calls"))["calls__sum"] == 2


def test_a_month_begins_at_local_midnight_to_the_microsecond() -> None:
    organization = open_ledger(time_zone="Asia/Kathmandu")
    midnight = datetime(2026, 4, 30, 18, 15, tzinfo=UTC)
    store(organization, event(occurred_at=midnight - timedelta(microseconds=1)), event(occurred_at=midnight))
    before, after = UsageEvent.objects.order_by("occurred_at")
    assert (before.period, before.local_date) == (date(2026, 4, 1), date(2026, 4, 30))
    assert (after.period, after.local_date) == (date(2026, 5, 1), date(2026, 5, 1))
    assert before.hour_start == midnight - timedelta(hours=1)
    assert after.hour_start == midnight


def test_days_of_23_and_25_hours_keep_every_hour_apart() -> None:
    organization = open_ledger(time_zone="Europe/Berlin")
    short, long = date(2026, 3, 29), date(2026, 10, 25)
    starts = {
        short: datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
        long: datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
    }
    for day, hours in ((short, 23), (long, 25)):
        moments = [starts[day] + timedelta(hours=hour) for hour in range(hours)]
        store(
            organization,
            *(event(occurred_at=moment) for moment in moments),
            received_at=datetime(2026, 11, 5, tzinfo=UTC),
        )
        assert UsageHourly.objects.filter(local_date=day).count() == hours
        assert UsageDaily.objects.get(local_date=day).calls == hours
        assert SpendDaily.objects.get(local_date=day, scope_kind="organization").calls == hours
    # The hour from two to three happens twice on the long day: two rows, an hour apart.
    repeated = UsageHourly.objects.filter(
        hour_start__in=[datetime(2026, 10, 25, hour, tzinfo=UTC) for hour in (0, 1)]
    )
    assert repeated.count() == 2


def test_a_clock_that_runs_ahead_is_bounded_by_the_time_of_receipt() -> None:
    organization = open_ledger()
    store(organization, event(occurred_at=RECEIVED + timedelta(seconds=100)))
    stored = UsageEvent.objects.get()
    assert stored.occurred_at == RECEIVED
    assert stored.sent_occurred_at == RECEIVED + timedelta(seconds=100)


@pytest.mark.parametrize(
    ("occurred_at", "reason"),
    [
        (RECEIVED + timedelta(hours=1), QuarantineReason.FUTURE),
        (datetime(2001, 1, 1, tzinfo=UTC), QuarantineReason.OUT_OF_RANGE),
    ],
)
def test_what_cannot_be_placed_waits_in_quarantine(occurred_at: datetime, reason: QuarantineReason) -> None:
    organization = open_ledger()
    odd = event(occurred_at=occurred_at)
    for _ in range(2):
        outcome = store(organization, odd)[0]
        assert outcome.answer == "quarantined" and outcome.field == "occurred_at"
    kept = QuarantinedEvent.objects.get()
    assert (kept.reason, kept.times, kept.transaction_id) == (reason, 2, odd.transaction_id)
    assert kept.facts["input_tokens"] == 1000
    assert not EventKey.objects.exists()
    assert ReceiptDaily.objects.get().quarantined == 2


def test_an_unknown_model_is_unpriced_and_never_free() -> None:
    organization = open_ledger()
    store(organization, event(provider_name="OpenAI", response_model="brand-new", output_tokens=5))
    stored = UsageEvent.objects.get()
    assert (stored.list_cost, stored.contracted_cost, stored.unpriced) == (None, None, 1)
    placeholder = LlmModel.objects.get(pk=stored.model_id)
    assert (placeholder.provider_name, placeholder.name, placeholder.is_placeholder) == (
        "openai",
        "brand-new",
        True,
    )
    daily = UsageDaily.objects.get()
    assert (daily.unpriced, daily.unpriced_tokens, daily.contracted_cost) == (1, 1005, 0)
    assert set(ChargeByKind.objects.values_list("price_id", flat=True)) == {0}


def test_unknown_ids_make_placeholders_and_no_id_is_unattributed() -> None:
    organization = open_ledger()
    store(organization, event(member_id="new", project_id="p", integration_id="gmail"), event(member_id=""))
    stored = UsageEvent.objects.get(member_id__gt=0)
    assert Member.objects.get(pk=stored.member_id).is_placeholder
    assert stored.project_id and stored.integration_id
    assert UsageEvent.objects.filter(member_id=0).count() == 1
    assert ReceiptDaily.objects.get().unattributed == 1


def test_files_and_tools_are_summed_up() -> None:
    organization = open_ledger()
    report = FileReference(file_id="f", name="Q1\treport", size_bytes=9, extracted_tokens=600, tokens=600)
    store(
        organization,
        event(conversation_id="c", files=[FileReference(file_id="f", tokens=600, processed=True)]),
        event(
            conversation_id="c", files=[report], tools=[ToolUse(name='search "web"\n', calls=3, tokens=40)]
        ),
    )
    file = File.objects.get()
    assert (file.external_id, file.name, file.extracted_tokens) == ("f", "Q1\treport", 600)
    use = FileUse.objects.get()
    assert (use.uses, use.input_tokens, use.contracted_cost) == (1, 600, Decimal("0.0012"))
    assert use.processing_cost == Decimal("0.003")
    tool = ToolDaily.objects.get()
    assert (tool.tool, tool.events, tool.tool_calls, tool.tool_tokens) == ('search "web"\n', 1, 3, 40)


def test_a_message_of_two_events_is_one_message() -> None:
    organization = open_ledger()
    one = event(conversation_id="c", message_id="m", composition=Composition(user_text=10, context=900))
    two = event(conversation_id="c", message_id="m", occurred_at=NOON + timedelta(seconds=5))
    store(organization, one)
    store(organization, two, event(conversation_id="c", message_id="n"), event(conversation_id="c"))
    message = Message.objects.get(external_id="m")
    assert (message.events, message.input_tokens, message.context_tokens) == (2, 2000, 900)
    assert (message.first_at, message.last_at) == (NOON, NOON + timedelta(seconds=5))
    assert Chat.objects.get().messages == 3


def test_a_hold_is_settled_once_by_the_first_event_that_names_it() -> None:
    organization = open_ledger()
    hold = Hold.objects.create(
        id=uuid4(), organization=organization, held_cost=1, created_at=NOON, expires_at=RECEIVED
    )
    first = event(hold_id=hold.id)
    store(organization, first, event(hold_id=hold.id, input_tokens=5))
    store(organization, first)
    hold.refresh_from_db()
    settling = UsageEvent.objects.get(transaction_id=first.transaction_id)
    assert (hold.settled_event_id, hold.settled_cost) == (settling.id, Decimal("0.003"))
    assert hold.settled_tokens == 1100


def test_what_comes_after_a_close_carries_the_next_number_and_is_late() -> None:
    organization = open_ledger()
    store(organization, event())
    UsagePeriod.objects.filter(organization=organization, period=date(2026, 5, 1)).update(close_number=2)
    store(organization, event())
    assert sorted(UsageEvent.objects.values_list("close_number", flat=True)) == [1, 2]
    assert sorted(set(ChargeByKind.objects.values_list("close_number", flat=True))) == [1, 2]
    assert ReceiptDaily.objects.get().late == 1
