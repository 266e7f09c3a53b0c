"""Workers in processes of their own remember on their own; what one of them does holds for the other at once."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction

from teams.models import Department, Member
from teams.services.memberships import move_member
from tests.teams.cast import LONG_AGO
from tests.threads import at_once
from tests.usage.ingest.other_worker import OtherWorker
from tests.usage.ledger.ledgers import damaged_relations
from tests.usage.ledger_fixtures import NOON, RECEIVED, answers, event, open_ledger, store
from tests.usage.price_factories import PriceFactory
from usage.models import LlmModel, PriceListVersion, ReceiptDaily, UsageEvent, UsagePeriod
from usage.periods import add_months, month_of
from usage.services.periods import change_time_zone
from usage.services.price_list import lock_price_list

pytestmark = pytest.mark.django_db(transaction=True)
AN_INSTANT = timedelta(microseconds=1)


@pytest.fixture
def other(transactional_db: None) -> Iterator[OtherWorker]:
    with OtherWorker() as worker:
        yield worker


def costs() -> dict[str, Decimal | None]:
    return dict(UsageEvent.objects.values_list("transaction_id", "contracted_cost"))


def test_a_price_change_holds_at_its_instant_in_every_process(other: OtherWorker) -> None:
    organization = open_ledger()
    assert other.store(organization, event(), received_at=RECEIVED) == ["stored"]
    with transaction.atomic():
        lock_price_list()
        PriceFactory(
            model=LlmModel.objects.get(name="gpt-4o"),
            valid_from=NOON,
            input=Decimal("0.000004"),
            output=Decimal("0.00002"),
        )
        version, _made = PriceListVersion.objects.get_or_create(singleton=True)
        PriceListVersion.objects.update(version=version.version + 1)
    batch = (
        event(transaction_id="before", occurred_at=NOON - AN_INSTANT),
        event(transaction_id="at", occurred_at=NOON),
        event(transaction_id="backdated", occurred_at=NOON - timedelta(days=60)),
    )
    assert other.store(organization, *batch, received_at=RECEIVED) == ["stored"] * 3
    found = costs()
    assert {name: found[name] for name in ("before", "at", "backdated")} == {
        "before": Decimal("0.003"),
        "at": Decimal("0.006"),
        "backdated": Decimal("0.003"),
    }
    assert damaged_relations(organization) == set()


def test_two_processes_with_one_batch_store_it_once(other: OtherWorker) -> None:
    organization = open_ledger()
    with OtherWorker() as third:
        for number in range(3):
            batch = [
                # People, projects and models that nobody knows yet: both make them at the same moment.
                event(
                    member_id=f"m-{number}-{one % 9}",
                    project_id=f"p-{number}",
                    response_model=f"new-{number}",
                )
                for one in range(100)
            ]
            both = at_once(
                partial(other.store, organization, *batch, received_at=RECEIVED),
                partial(third.store, organization, *batch, received_at=RECEIVED),
            )
            assert Counter(both[0] + both[1]) == {"stored": 100, "duplicate": 100}
    assert UsageEvent.objects.count() == 300
    assert damaged_relations(organization) == set()


def test_spellings_of_an_unknown_model_are_one_model_whoever_meets_them_first(other: OtherWorker) -> None:
    organization = open_ledger()
    both = [event(response_model="Brand-New"), event(response_model=" brand-new")]
    store(organization, *both)
    other.store(
        organization,
        *(event(response_model=name) for name in ("BRAND-NEW", "brand-new")),
        received_at=RECEIVED,
    )
    model = LlmModel.objects.get(is_placeholder=True)
    assert (model.name, set(UsageEvent.objects.values_list("model_id", flat=True))) == (
        "brand-new",
        {model.pk},
    )


def test_a_member_who_moves_is_booked_rightly_by_every_process(other: OtherWorker) -> None:
    organization = open_ledger()
    bob = Member.objects.create(organization=organization, external_id="bob")
    old, new = (
        Department.objects.create(organization=organization, external_id=name) for name in ("old", "new")
    )
    move_member(member=bob, department=old, from_instant=LONG_AGO)
    other.store(organization, event(transaction_id="known"), received_at=RECEIVED)
    move_member(member=bob, department=new, from_instant=NOON)
    batch = (event(transaction_id="before", occurred_at=NOON - AN_INSTANT), event(transaction_id="after"))
    other.store(organization, *batch, received_at=RECEIVED)
    booked = dict(UsageEvent.objects.values_list("transaction_id", "department_id"))
    assert booked == {"known": old.pk, "before": old.pk, "after": new.pk}


def test_a_zone_change_moves_the_border_in_every_process(other: OtherWorker) -> None:
    month = add_months(month_of(datetime.now(UTC).date()), 2)
    organization = open_ledger(time_zone="Asia/Kathmandu")
    later = datetime(month.year, month.month, 20, tzinfo=UTC)
    store(organization, event(occurred_at=NOON))
    other.store(organization, event(occurred_at=later), received_at=later)
    change_time_zone(organization=organization, time_zone="Pacific/Kiritimati", valid_from=month)
    starts_at = UsagePeriod.objects.get(organization=organization, period=month).starts_at
    assert starts_at == datetime(month.year, month.month, 1, tzinfo=UTC) - timedelta(hours=14)
    batch = (
        event(transaction_id="old zone", occurred_at=starts_at - AN_INSTANT),
        event(transaction_id="new zone", occurred_at=starts_at),
    )
    assert other.store(organization, *batch, received_at=later) == ["stored"] * 2
    found = dict(UsageEvent.objects.values_list("transaction_id", "period"))
    assert (found["old zone"], found["new zone"]) == (add_months(month, -1), month)
    # This process had the old months in mind, too.
    assert answers(store(organization, *batch, received_at=later)) == ["duplicate"] * 2
    assert ReceiptDaily.objects.count() == 2
