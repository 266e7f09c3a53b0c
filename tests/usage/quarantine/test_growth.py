"""People are told when a quarantine grows: once per organization and day, however many look."""

from datetime import timedelta

import pytest
from django.test import override_settings

from teams.enums import Role
from teams.models import Organization, OutboxMessage
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory
from tests.threads import at_once
from tests.usage.event_factories import make_events
from tests.usage.ledger_fixtures import RECEIVED, open_ledger, store
from tests.usage.quarantine.scene import conflicting, too_early, too_old
from usage.services.quarantine_alert import alert_growing_quarantines

pytestmark = pytest.mark.django_db
SOON = RECEIVED + timedelta(minutes=5)


def _owned() -> Organization:
    organization = open_ledger(name="Growing", slug="growing")
    MemberFactory(organization=organization, role=Role.OWNER, email="owner@growing.example")
    MemberFactory(organization=organization, role=Role.MEMBER, email="member@growing.example")
    return organization


def _told() -> dict[str, str]:
    return {message.recipient: message.text for message in OutboxMessage.objects.all()}


def test_staff_and_owners_are_told_of_too_many_within_an_hour(cast: Cast) -> None:
    organization = _owned()
    store(organization, *make_events(200))
    too_old(organization, 80)
    too_early(organization, 21)
    assert alert_growing_quarantines(now=SOON) == 2
    told = _told()
    assert set(told) == {cast.carol.email, "owner@growing.example"}
    for text in told.values():
        assert "Within an hour, 101 usage events of Growing could not be stored" in text
        assert "Events that wait, all together: 101" in text
        assert "Older or newer than the months kept open: 80" in text
        assert "Too far in the future: 21" in text
    assert f"/admin/usage/quarantinedevent/?organization={organization.pk}" in told[cast.carol.email]
    assert "/o/growing/health/" in told["owner@growing.example"]
    assert "/admin/" not in told["owner@growing.example"]


@pytest.mark.parametrize(
    ("waiting", "stored", "is_told"),
    [(10, 900, True), (9, 100, False), (10, 990, False), (11, 990, True)],
)
def test_a_share_of_the_day_is_too_much_but_for_a_few(waiting: int, stored: int, is_told: bool) -> None:
    organization = _owned()
    morning = RECEIVED.replace(hour=3)
    store(organization, *make_events(stored), received_at=morning)
    too_old(organization, waiting, received_at=morning)
    assert alert_growing_quarantines(now=SOON) == int(is_told)
    for text in _told().values():
        assert f"Of the {waiting + stored:,} usage events".replace(",", "\u202f") in text
        assert f"{waiting} (1." in text


@override_settings(QUARANTINE_ALERT_PER_HOUR=5, QUARANTINE_ALERT_PERCENT=100.0)
def test_the_settings_say_what_is_too_much() -> None:
    organization = _owned()
    store(organization, *make_events(20))
    too_old(organization, 5)
    assert alert_growing_quarantines(now=SOON) == 0
    conflicting(organization, 1)
    assert alert_growing_quarantines(now=SOON) == 1


def test_what_came_long_ago_or_on_another_day_is_no_growth() -> None:
    organization = _owned()
    too_old(organization, 150, received_at=RECEIVED - timedelta(days=1))
    assert alert_growing_quarantines(now=SOON) == 0


def test_one_organization_is_told_once_a_day_and_again_on_the_next(cast: Cast) -> None:
    organization, calm = _owned(), open_ledger()
    too_old(organization, 150)
    too_old(calm, 5)
    assert alert_growing_quarantines(now=SOON) == 2
    MemberFactory(organization=organization, role=Role.OWNER, email="second@growing.example")
    too_old(organization, 150, received_at=SOON)
    assert alert_growing_quarantines(now=SOON + timedelta(minutes=30)) == 0
    tomorrow = RECEIVED + timedelta(days=1)
    too_old(organization, 150, received_at=tomorrow)
    assert alert_growing_quarantines(now=tomorrow + timedelta(minutes=1)) == 3


def test_an_organization_that_reads_german_is_told_in_german() -> None:
    organization = _owned()
    Organization.objects.update(language="de")
    too_old(organization, 150)
    alert_growing_quarantines(now=SOON)
    message = OutboxMessage.objects.get()
    assert message.subject == "Growing: 150 Nutzungsereignisse warten, statt zu zählen"
    assert "Älter oder neuer als die offenen Monate: 150" in message.text
    assert "Datenqualität ansehen" in message.text


@pytest.mark.django_db(transaction=True)
def test_two_rivals_write_once(cast: Cast) -> None:
    organization = _owned()
    too_old(organization, 150)
    queued = at_once(*(lambda: alert_growing_quarantines(now=SOON) for _ in range(3)))
    assert sum(queued) == 2
    assert OutboxMessage.objects.count() == 2
