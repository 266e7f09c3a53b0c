"""Whatever was used, corrected and priced anew: the lines add up to what the ledger holds, to the last decimal."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from teams.models import Organization
from teams.permissions import Visible
from tests.usage.corrections.voids import void
from tests.usage.event_factories import make_event, make_events
from tests.usage.fuzz.effort import examples
from tests.usage.ingest.calls import calls
from tests.usage.ledger_fixtures import RECEIVED, open_ledger, store
from tests.usage.ledger_prices import charge
from tests.usage.ledger_tables import agreed_world, organization_of
from tests.usage.rerating.scene import give_price, rerated
from usage.enums import Answer, Correction, UnpricedReason
from usage.events import Event
from usage.models import Chat, Message, UsageEvent
from usage.queries.why_cost import why_chat, why_event, why_message
from usage.services.snapshots import MEMORY
from usage.why_cost import WhyCost

EVERYTHING = Visible(whole_organization=True)


def of_event(organization: Organization, transaction_id: str) -> WhyCost:
    found = why_event(organization.pk, transaction_id, visible=EVERYTHING)
    assert found is not None
    return found


def adds_up(found: WhyCost) -> bool:
    lines = [line for part in found.parts for line in part.lines]
    assert all(line.cost == line.quantity * line.unit_price for line in lines if line.unit_price is not None)
    return found.lines_cost == found.contracted_cost


def whole(found: WhyCost) -> dict[str, Any]:
    names = ("list_cost", "reported_cost", "unpriced_events", "rows", "corrections", "first_at", "last_at")
    return {name: getattr(found, name) for name in names}


def whole_of_rows(rows: "QuerySet[UsageEvent]") -> dict[str, Any]:
    return rows.order_by().aggregate(
        list_cost=Sum("list_cost", default=Decimal(0)),
        reported_cost=Sum("reported_cost"),
        unpriced_events=Sum("unpriced"),
        rows=Count("id"),
        corrections=Count("id", filter=~Q(correction=Correction.NONE)),
        first_at=Min("occurred_at"),
        last_at=Max("occurred_at"),
    )


class TestAnyCosts(TestCase):
    @settings(max_examples=examples(8), deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(sent=st.lists(calls(), min_size=8, max_size=25), voided=st.sets(st.integers(0, 39), max_size=12))
    def test_lines_are_the_stored_cost_and_what_the_price_list_says(
        self, sent: list[Event], voided: set[int]
    ) -> None:
        MEMORY.forget()
        world = agreed_world("UTC")
        organization = organization_of(world)
        outcomes = store(organization, *sent)
        stored = {
            one.transaction_id: one
            for one, outcome in zip(sent, outcomes, strict=True)
            if outcome.answer is Answer.STORED
        }
        void(organization, *(f"t{number}" for number in voided))
        for name, one in stored.items():
            found = of_event(organization, name)
            assert adds_up(found)
            expected = charge(world, one, min(one.occurred_at, RECEIVED))
            is_voided = int(name[1:]) in voided
            assert Fraction(found.contracted_cost) == (0 if is_voided else expected.cost)
            assert found.unpriced_events == (not is_voided and expected.is_unpriced)
            assert found.corrections == is_voided
            assert not (is_voided and found.parts)
        self._chats_and_messages(organization)

    @staticmethod
    def _chats_and_messages(organization: Organization) -> None:
        for chat in Chat.objects.filter(organization=organization):
            found = why_chat(organization.pk, chat.external_id, visible=EVERYTHING)
            assert found and adds_up(found) and found.contracted_cost == chat.contracted_cost
            assert whole(found) == whole_of_rows(UsageEvent.objects.filter(chat_id=chat.pk))
            assert why_chat(organization.pk, str(chat.pk), visible=EVERYTHING) == found
        messages = Message.objects.filter(organization=organization)
        for id_, cost in messages.values_list("id").annotate(Sum("contracted_cost")):
            told = why_message(organization.pk, str(id_), visible=EVERYTHING)
            assert told and adds_up(told) and told.contracted_cost == cost

    @settings(max_examples=examples(3), deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(seed=st.integers(0, 10_000), voided=st.sets(st.integers(0, 19), max_size=5))
    def test_after_a_re_rating_too(self, seed: int, voided: set[int]) -> None:
        MEMORY.forget()
        organization = open_ledger()
        events = [*make_events(20, seed), make_event(response_model="mystery-1", transaction_id="late")]
        store(organization, *events)
        assert of_event(organization, "late").parts[0].unpriced_reason == UnpricedReason.UNKNOWN_MODEL
        give_price(organization=organization)
        rerated()
        void(organization, *(f"{seed}-{number}" for number in voided))
        for one in events:
            found = of_event(organization, one.transaction_id)
            assert adds_up(found) and not found.unpriced_events
        late = of_event(organization, "late")
        assert (late.rows, late.corrections) == (3, 2)
        (part,) = late.parts
        assert part.price is not None and part.price.is_own
        assert [line.quantity for line in part.lines] == [1000, 100]
        sums = UsageEvent.objects.filter(organization=organization).aggregate(Sum("contracted_cost"))
        total = sum((of_event(organization, one.transaction_id).lines_cost for one in events), Decimal(0))
        assert total == sums["contracted_cost__sum"]
