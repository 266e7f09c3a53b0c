"""Whatever came before its price: once re-rated, the ledger is as if the price had stood there from the start."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from teams.models import Organization
from tests.usage.corrections.test_any_voids import _make_known
from tests.usage.corrections.voids import said, sums, void
from tests.usage.event_factories import FIRST_INSTANT, SPREAD, make_event, make_events
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import open_ledger, store
from tests.usage.rerating.scene import MYSTERY, PRICE_ID, give_price, rerated
from usage.enums import ReratingStatus
from usage.events import Event
from usage.models import ContractRate, LlmModel
from usage.services.price_list import raise_price_list_version
from usage.services.rebuild import rebuild_rollups
from usage.services.snapshots import MEMORY

MIDDLE = FIRST_INSTANT + SPREAD / 2


def _agree(organization: Organization) -> None:
    """What the organization pays of the list, from the middle on."""
    ContractRate.objects.create(
        id=PRICE_ID, organization=organization, valid_from=MIDDLE, factor=Decimal("0.870001"), source="test"
    )
    raise_price_list_version()


def _first_prices(organization: Organization) -> None:
    give_price()
    give_price(
        id=PRICE_ID + 1, context_threshold=4_000, input=Decimal("0.000002"), output=Decimal("0.000008")
    )
    _agree(organization)


def _corrected_prices(organization: Organization) -> None:
    """The price was another one from some day on, and this organization had its own from a later one on."""
    give_price(id=PRICE_ID + 2, valid_from=MIDDLE - timedelta(days=9), input=Decimal("0.000003"))
    give_price(
        id=PRICE_ID + 3,
        valid_from=MIDDLE + timedelta(days=9),
        organization=organization,
        input=Decimal("0.00000000007"),
    )


def _as_if(organization: Organization, events: list[Event], *prices: Any) -> dict[str, Any]:
    """The sums of a ledger in which these prices stood before the events came; nothing of it stays."""
    with transaction.atomic():
        for give in prices:
            give(organization)
        MEMORY.forget()
        store(organization, *events)
        found = sums(organization)
        transaction.set_rollback(True)
    MEMORY.forget()
    return found


class TestAnyReratings(TestCase):
    @settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(
        seed=st.integers(min_value=0, max_value=10_000),
        voided=st.sets(st.integers(min_value=0, max_value=39), max_size=12),
    )
    def test_as_if_the_price_had_stood_there(self, seed: int, voided: set[int]) -> None:
        MEMORY.forget()
        organization = open_ledger(time_zone="America/New_York")
        events = [*make_events(40, seed), make_event(response_model=MYSTERY), make_event()]
        _make_known(organization, events)
        # What makes everything known comes before it, and is left as it is.
        start = FIRST_INSTANT
        early = [events[number].transaction_id for number in voided if number % 2]
        late = [events[number].transaction_id for number in voided if not number % 2]
        left = [event for event in events if event.transaction_id not in early]
        expected = _as_if(organization, left, _first_prices)
        corrected = [event for event in left if event.transaction_id not in late]
        expected_later = _as_if(organization, corrected, _first_prices, _corrected_prices)

        store(organization, *events)
        assert set(said(void(organization, *early))) <= {"voided"}
        _first_prices(organization)
        # The unknown model has got a price, and the factor came late for the known one.
        assert rerated(occurred_from=start).status == ReratingStatus.DONE
        rerated(LlmModel.objects.get(name="gpt-4o"), occurred_from=start)
        assert sums(organization) == expected
        assert set(said(void(organization, *late))) <= {"voided"}
        _corrected_prices(organization)
        rerated(occurred_from=start)
        assert sums(organization) == expected_later
        assert check(organization).is_clean
        rebuild_rollups(organization=organization)
        assert sums(organization) == expected_later
