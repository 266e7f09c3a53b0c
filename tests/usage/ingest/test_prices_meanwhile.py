"""Prices change and holds are settled while four workers store."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from threading import Event as Signal
from uuid import uuid4

import pytest
from django.utils import timezone

from teams.models import Organization
from tests.config.processes import eventually
from tests.threads import at_once
from tests.usage.ledger.ledgers import damaged_relations
from tests.usage.ledger_fixtures import NOON, RECEIVED, answers, event, open_ledger, store
from tests.usage.price_factories import catalogue, listed_model, listed_set
from usage.models import Hold, Price, UsageEvent
from usage.periods import months_between
from usage.services.partitions import ensure_partitions, kept_months
from usage.services.periods import ensure_periods
from usage.services.price_list import apply_price_sync, preview_price_sync

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_event_is_priced_by_the_list_of_its_moment_while_the_list_changes() -> None:
    organization = open_ledger()
    ensure_partitions(months_between(kept_months()[0], kept_months()[-1]))
    ensure_periods(organization.pk)
    is_changed = Signal()

    def ingest(organization: Organization) -> None:
        rounds_after = 0
        while rounds_after < 5:
            rounds_after += is_changed.is_set()
            now = timezone.now()
            store(organization, *(event(occurred_at=now) for _ in range(10)), received_at=now)

    def change() -> None:
        eventually(lambda: UsageEvent.objects.count() > 200, what="usage")
        dearer = catalogue(listed_model(listed_set(input="4", output="20")))
        apply_price_sync(diff=preview_price_sync(catalogue=dearer))
        is_changed.set()

    results = at_once(*(partial(ingest, organization) for _ in range(4)), change)
    assert not [one for one in results if isinstance(one, Exception)], results
    old, new = Price.objects.order_by("valid_from")
    assert new.valid_from > datetime(2026, 1, 1, tzinfo=UTC)
    found = set()
    for row in UsageEvent.objects.all():
        is_new = row.occurred_at >= new.valid_from
        found.add(is_new)
        assert row.contracted_price_id == (new.pk if is_new else old.pk)
        assert row.contracted_cost == (Decimal("0.006") if is_new else Decimal("0.003"))
    assert found == {False, True}
    assert damaged_relations(organization) == set()


def test_a_hold_that_many_events_name_is_settled_by_one_of_them() -> None:
    organization = open_ledger()
    for round_ in range(5):
        hold = Hold.objects.create(
            id=uuid4(), organization=organization, held_cost=1, created_at=NOON, expires_at=RECEIVED
        )
        rivals = [
            event(transaction_id=f"{round_}-{number}", hold_id=hold.id, input_tokens=1000 * (number + 1))
            for number in range(4)
        ]
        said = at_once(*(partial(store, organization, one) for one in (*rivals, *rivals)))
        assert sorted(answer for one in said for answer in answers(one)) == ["duplicate"] * 4 + ["stored"] * 4
        hold.refresh_from_db()
        assert hold.settled_event_id is not None
        settling = UsageEvent.objects.get(id=hold.settled_event_id)
        assert settling.hold_id == hold.id
        assert (hold.settled_cost, hold.settled_tokens) == (
            settling.contracted_cost,
            settling.input_tokens + settling.output_tokens,
        )
    assert damaged_relations(organization) == set()
