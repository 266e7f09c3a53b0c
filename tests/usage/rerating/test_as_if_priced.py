"""A call that came before its price costs, once it is re-rated, what it would have cost had the price stood there."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from msgspec.structs import replace

from teams.models import Organization
from tests.usage.corrections.test_any_voids import _make_known
from tests.usage.corrections.voids import LATER, sums
from tests.usage.ingest.calls import calls
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import RECEIVED, event, open_ledger, store
from tests.usage.price_factories import LlmModelFactory
from tests.usage.rerating.scene import MYSTERY, PRICE_ID, costs, give_price, previewed, rerated, unknown_model
from usage.enums import ReratingStatus
from usage.events import Event
from usage.models import UsageEvent
from usage.pricing import KINDS
from usage.queries.rerating import rerating_totals
from usage.rollups import CHARGE_QUANTITIES
from usage.services.rerating_run import drain_reratings
from usage.services.reratings import approve_rerating, cancel_rerating
from usage.services.snapshots import MEMORY

BY_TOKENS_AND_SECONDS: Final[dict[str, Any]] = {
    "input": Decimal("0.000001"),
    "output": Decimal("0.000004"),
    "audio_input": Decimal("0.000006"),
    "audio_second": Decimal("0.0001"),
}
"""A model that transcribes: charged by tokens or, where nobody counted them, by time."""
Priced = dict[tuple[str, int], dict[str, Any]]
"""Service tier and context size → unit prices."""
CORRECTED_FROM: Final = RECEIVED - timedelta(days=40)
"""In the middle of the calls that are drawn."""
TIERS: Final = ("", "batch", "flex")
SIZES: Final = (0, 5_000, 1_000_000)

unit_prices = st.one_of(
    st.none(),
    st.just(Decimal(0)),
    st.integers(1, 10**12).map(lambda steps: Decimal(steps).scaleb(-15)),
)
rows = st.fixed_dictionaries({kind.value: unit_prices for kind in KINDS})
lists = st.dictionaries(st.tuples(st.sampled_from(TIERS), st.sampled_from(SIZES)), rows, min_size=1)


def _voice(**fields: Any) -> Event:
    return event(
        response_model=MYSTERY,
        transaction_id="voice",
        input_tokens=300,
        audio_input_tokens=200,
        audio_seconds=60,
        **fields,
    )


@pytest.mark.django_db
def test_audio_by_the_token_and_by_the_second_is_charged_once() -> None:
    organization = open_ledger()
    unknown_model()
    store(organization, _voice())
    give_price(**BY_TOKENS_AND_SECONDS)
    store(organization, event(transaction_id="as it is", response_model=MYSTERY, output_tokens=0))
    assert rerated().status == ReratingStatus.DONE
    # 100 of text, 200 of audio and 100 of output; not a minute of it as well.
    assert costs(organization) == (
        Decimal("0.0001") + Decimal("0.0012") + Decimal("0.0004") + Decimal("0.001"),
        0,
    )
    now = UsageEvent.objects.get(transaction_id__startswith="rerated:")
    assert (now.audio_input_tokens, now.audio_seconds) == (200, 0)
    assert check(organization).is_clean


@pytest.mark.django_db
def test_a_price_by_the_second_alone_finds_the_seconds_again() -> None:
    """The list was wrong and is corrected: what was sent is what counts, not what the first price took of it."""
    organization = open_ledger()
    unknown_model()
    store(organization, _voice())
    give_price(**BY_TOKENS_AND_SECONDS)
    rerated()
    give_price(
        id=PRICE_ID + 1,
        valid_from=_voice().occurred_at,
        **(BY_TOKENS_AND_SECONDS | {"audio_input": BY_TOKENS_AND_SECONDS["input"]}),
    )
    rerated()
    assert costs(organization) == (Decimal("0.0003") + Decimal("0.006") + Decimal("0.0004"), 0)
    assert check(organization).is_clean


@pytest.mark.django_db
def test_what_no_price_took_keeps_its_seconds() -> None:
    """Priced by tokens and seconds, but a fee had no price: nothing was charged, so nothing is left out."""
    organization = open_ledger()
    give_price(LlmModelFactory(name=MYSTERY), **BY_TOKENS_AND_SECONDS)
    store(organization, _voice(web_search_calls=1))
    stored = UsageEvent.objects.get()
    assert (stored.unpriced, stored.audio_seconds) == (1, 60)


def _give(priced: Priced, first_id: int, **fields: Any) -> None:
    for number, ((tier, size), row) in enumerate(sorted(priced.items())):
        give_price(id=first_id + number, service_tier=tier, context_threshold=size, **row, **fields)


def _each(organization: Organization) -> dict[str, tuple[Decimal, Decimal, int, tuple[int, ...]]]:
    """Transaction id → what is left of the event: list cost, contracted cost, unpriced, quantities."""
    rows = UsageEvent.objects.filter(organization=organization)
    names = {row.id: row.transaction_id for row in rows if row.corrects is None}
    groups: defaultdict[str, list[UsageEvent]] = defaultdict(list)
    for row in rows:
        groups[names[row.corrects or row.id]].append(row)
    return {name: _left(group) for name, group in groups.items()}


def _left(group: list[UsageEvent]) -> tuple[Decimal, Decimal, int, tuple[int, ...]]:
    columns = sorted({word[2:] for sql in CHARGE_QUANTITIES.values() for word in sql.split() if "." in word})
    return (
        sum((row.list_cost or Decimal(0) for row in group), Decimal(0)),
        sum((row.contracted_cost or Decimal(0) for row in group), Decimal(0)),
        sum(row.unpriced for row in group),
        tuple(sum(getattr(row, column) for row in group) for column in columns),
    )


def _rerate() -> None:
    rerating = previewed()
    if rerating_totals(rerating).found.events:
        approve_rerating(rerating, reason="the price came late", now=LATER)
        drain_reratings(now=LATER)
    else:
        cancel_rerating(rerating)


def _as_if(organization: Organization, events: list[Event]) -> Any:
    """The ledger that these events make with the prices of now; nothing of it stays."""
    with transaction.atomic():
        store(organization, *events)
        found = _each(organization), sums(organization)
        assert check(organization).is_clean
        transaction.set_rollback(True)
    MEMORY.forget()
    return found


class TestAsIfPriced(TestCase):
    @settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(drawn=st.lists(calls(), min_size=4, max_size=16), first=lists, second=lists)
    def test_ingest_with_the_price_is_ingest_without_and_a_rerating(
        self, drawn: list[Event], first: Priced, second: Priced
    ) -> None:
        MEMORY.forget()
        organization = open_ledger()
        events = [
            # Files that one call processed share its cost by their size, which is not kept.
            replace(one, transaction_id=f"any-{position}", response_model=MYSTERY, files=one.files[:1])
            for position, one in enumerate(drawn)
        ]
        unknown_model()
        _make_known(organization, [replace(one, response_model="gpt-4o") for one in events])
        with transaction.atomic():
            _give(first, PRICE_ID)
            at_first = _as_if(organization, events)
            # The list is corrected: what the first prices say holds where the second ones say nothing.
            _give(second, PRICE_ID + 100, valid_from=CORRECTED_FROM)
            at_last = _as_if(organization, events)
            transaction.set_rollback(True)
        MEMORY.forget()

        store(organization, *events)
        for priced, first_id, fields, expected in (
            (first, PRICE_ID, {}, at_first),
            (second, PRICE_ID + 100, {"valid_from": CORRECTED_FROM}, at_last),
        ):
            _give(priced, first_id, **fields)
            _rerate()
            assert (_each(organization), sums(organization)) == expected
            assert check(organization).is_clean
