"""Every breakdown adds up to the total exactly, after corrections, too; through the door of the ledger."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from teams.permissions import Visible
from tests.usage.fuzz.effort import examples
from tests.usage.ingest.calls import calls
from tests.usage.ledger_fixtures import RECEIVED, store
from tests.usage.ledger_prices import charge
from tests.usage.ledger_tables import agreed_world, organization_of
from usage.enums import Answer, RowKind, VoidAnswer
from usage.events import Event
from usage.figures import total
from usage.queries.overview import usage_overview
from usage.services.corrections import void_events
from usage.services.snapshots import MEMORY

EVERYTHING = Visible(whole_organization=True)


class TestInvariant(TestCase):
    @settings(max_examples=examples(12), deadline=None)
    @given(
        sent=st.lists(calls(), min_size=10, max_size=30),
        voided=st.sets(st.integers(0, 39)),
        top=st.sampled_from((1, 2, 10)),
    )
    def test_every_breakdown_adds_up_to_the_net_total(
        self, sent: list[Event], voided: set[int], top: int
    ) -> None:
        MEMORY.forget()
        world = agreed_world("Asia/Kathmandu")
        organization = organization_of(world)
        outcomes = store(organization, *sent)
        standing = {
            one.transaction_id: one
            for one, outcome in zip(sent, outcomes, strict=True)
            if outcome.answer is Answer.STORED
        }
        names = [f"t{number}" for number in voided]
        for outcome in void_events(
            organization_id=organization.pk, transaction_ids=names, reason="test", received_at=RECEIVED
        ):
            if outcome.answer is VoidAnswer.VOIDED:
                del standing[outcome.transaction_id]
        for month in (4, 5, 6):
            found = usage_overview(
                organization=organization,
                visible=EVERYTHING,
                now=RECEIVED + timedelta(hours=1),
                month=RECEIVED.date().replace(month=month, day=1),
                top=top,
            )
            assert found is not None
            for rows in (found.models, found.departments, found.projects, found.members):
                assert total(row.measures for row in rows) == found.totals
            assert total(day.measures for day in found.days) == found.totals
            nobody = [row.measures for row in found.members if row.kind == RowKind.UNATTRIBUTED]
            assert total(row.measures for row in found.shared) == total(nobody)
            daily = [
                sum(series.contracted_cost[number] for series in found.series)
                for number in range(len(found.days))
            ]
            assert daily == [day.measures.contracted_cost for day in found.days]
            self._compare(found.totals, [one for one in standing.values() if self._month(one) == month])

    @staticmethod
    def _month(one: Event) -> int:
        moment = min(one.occurred_at, RECEIVED)
        return (moment + timedelta(hours=5, minutes=45)).month

    @staticmethod
    def _compare(totals: object, events: list[Event]) -> None:
        world = agreed_world("Asia/Kathmandu")
        charges = [(one, charge(world, one, min(one.occurred_at, RECEIVED))) for one in events]
        net = {
            "calls": sum(one.calls for one in events),
            "input_tokens": sum(one.input_tokens for one in events),
            "output_tokens": sum(one.output_tokens for one in events),
            "contracted_cost": sum((charged.cost for _one, charged in charges), Fraction(0)),
            "unpriced_events": sum(charged.is_unpriced for _one, charged in charges),
            "unpriced_tokens": sum(
                one.input_tokens + one.output_tokens for one, charged in charges if charged.is_unpriced
            ),
        }
        assert {
            name: Fraction(value) if isinstance(value := getattr(totals, name), Decimal) else value
            for name in net
        } == net
