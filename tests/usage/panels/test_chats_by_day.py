"""Which chats the days choose, where a day is not one of UTC: exactly those with an event booked on one of them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from time_machine import travel

from teams.enums import Role
from teams.permissions import Access
from tests.teams.factories import MemberFactory
from tests.usage.ledger_fixtures import event, open_ledger, store
from usage.models import Chat, UsageEvent
from usage.queries.panels.chats import CHAT_FILTERS, chats_panel
from usage.queries.panels.request import panel_request

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", "Pacific/Kiritimati"])
def test_days_are_those_of_the_organization(zone):
    organization = open_ledger(time_zone=zone)
    bob = MemberFactory(organization=organization, external_id="bob")
    start = datetime(2026, 5, 30, 20, tzinfo=UTC)
    # Around the midnights of two days and of a month, some chats over a gap of days.
    events = [
        event(conversation_id=f"chat-{number % 9}", occurred_at=start + timedelta(minutes=45 * number))
        for number in range(50)
    ]
    events += [event(conversation_id="gap", occurred_at=start + timedelta(days=day)) for day in (0, 5)]
    store(organization, *events, received_at=NOW)
    owner = Access(organization_id=organization.pk, is_staff=True)
    own = Access(organization_id=organization.pk, role=Role.MEMBER, member_id=bob.pk)
    with travel(NOW, tick=False):
        for day in (date(2026, 5, 29) + timedelta(days=offset) for offset in range(9)):
            for last in (day, day + timedelta(days=1)):
                booked = UsageEvent.objects.filter(organization=organization, local_date__range=(day, last))
                chats = Chat.objects.filter(organization=organization, id__in=booked.values("chat_id"))
                expected = set(chats.values_list("external_id", flat=True))
                for access in (owner, own):
                    asked = panel_request(
                        organization=organization,
                        access=access,
                        parameters={"from": [f"{day}"], "to": [f"{last}"]},
                        dimensions=CHAT_FILTERS,
                        now=NOW,
                    )
                    found = chats_panel(asked).page.rows
                    assert {chat.conversation_id for chat in found} == expected, (day, last, access)
