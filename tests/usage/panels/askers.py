"""Random ledgers, whoever asks panels about them, and which of the events are theirs to see."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.test import Client

from teams.enums import KeyScope, Role
from teams.models import Department, Member, Organization, User
from tests.teams.factories import MemberFactory, UserFactory, make_api_key
from tests.usage.ledger.ledgers import filling
from tests.usage.ledger_fixtures import RECEIVED, store
from tests.usage.ledger_tables import agreed_world, organization_of
from usage.events import Event
from usage.models import UsageEvent, UsagePeriod
from usage.services.month_sums import keep_all_month_sums
from usage.services.snapshots import MEMORY

ZONES: Final = ("UTC", "Asia/Kathmandu", "America/St_Johns")
DAYS: Final = {"from": "2026-03-01", "to": "2026-06-30"}
"""All days that events are drawn from."""
AT_LAST: Final = datetime(2027, 1, 1, tzinfo=UTC)
"""When every month is over."""
SUMMED_UP_AT: Final = (
    AT_LAST,
    RECEIVED,
    datetime(2026, 5, 20, 17, tzinfo=UTC),
    datetime(2026, 4, 2, tzinfo=UTC),
)
"""When months are summed up: all of them over, or one of them in progress."""

Sees = Callable[[UsageEvent], bool]


def everything(event: UsageEvent) -> bool:
    return True


@dataclass(frozen=True)
class Asker:
    """Someone of the organization, and which of its events they may see.

    ``sees_in_part`` are those of them that they are told by the hour: a lead only what lies in their departments.
    """

    client: Client
    slug: str
    sees: Sees
    sees_in_part: Sees = everything
    sees_others: bool = True

    def of(self, events: Iterable[UsageEvent]) -> list[UsageEvent]:
        """The asker's own part of some events."""
        return [event for event in events if self.sees(event)]

    def get(self, panel: str, **parameters: Any) -> dict[str, Any]:
        query = urlencode({"organization": self.slug, **parameters}, doseq=True)
        response = self.client.get(f"/api/v1/usage/{panel}?{query}")
        assert response.status_code == 200, (response.status_code, response.content)
        body: dict[str, Any] = response.json()
        return body


def ledger_of(
    sent: Sequence[Event], *, zone: str, seed: int, keeps: bool = True, late: Sequence[Event] = ()
) -> Organization:
    """Store ``sent`` in batches of any size, voiding some on the way; if it ``keeps`` them, months are summed up.

    What is ``late`` comes when every month was closed once.
    """
    MEMORY.forget()
    chance, organization = random.Random(seed), organization_of(agreed_world(zone))
    for left in filling(organization, sent, chance=chance):
        if keeps and (chance.random() < 0.3 or (not left and chance.random() < 0.7)):
            keep_all_month_sums(now=chance.choice(SUMMED_UP_AT))
    if late:
        UsagePeriod.objects.filter(organization=organization).update(close_number=2)
        MEMORY.forget()
        store(organization, *late)
    return organization


def askers(organization: Organization) -> Iterator[Asker]:
    """An owner; Dana, who leads Research and has usage of her own in other departments, too; and Bob."""
    research, _ = Department.objects.get_or_create(organization=organization, external_id="research")
    dana, bob = (
        Member.objects.get_or_create(organization=organization, external_id=name)[0]
        for name in ("dana", "bob")
    )
    owner = MemberFactory(organization=organization, external_id="owner", role=Role.OWNER)
    dana.role, research.lead = Role.DEPARTMENT_LEAD, dana
    research.save()

    def is_led(event: UsageEvent) -> bool:
        return event.department_id == research.pk

    yield Asker(_signed_in(owner), organization.slug, everything)
    yield Asker(
        _signed_in(dana), organization.slug, lambda event: is_led(event) or event.member_id == dana.pk, is_led
    )
    yield Asker(
        _signed_in(bob), organization.slug, lambda event: event.member_id == bob.pk, sees_others=False
    )


def seeing_all(organization: Organization) -> Iterator[Asker]:
    """Those who see as much usage as the owner: other roles, the finance staff, and a key."""
    for role in (Role.ADMIN, Role.BILLING, Role.AUDITOR):
        yield Asker(
            _signed_in(MemberFactory(organization=organization, role=role)), organization.slug, everything
        )
    yield Asker(_client_of(UserFactory(is_staff=True)), organization.slug, everything)
    secret = make_api_key(organization, KeyScope.USAGE_READ).secret
    yield Asker(Client(headers={"X-API-Key": secret}), organization.slug, everything)


def _signed_in(member: Member) -> Client:
    member.user = member.user or UserFactory()
    member.save()
    return _client_of(member.user)


def _client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
