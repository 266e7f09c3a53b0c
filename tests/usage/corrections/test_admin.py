"""Finance staff void an event on its page; the original and what takes it back lead to each other."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from teams.models import AuditEntry, Organization
from tests.teams.cast import Cast
from tests.usage.corrections.voids import sums, void
from tests.usage.ledger_fixtures import event, open_ledger, store
from usage.models import UsageEvent, UsagePeriod

pytestmark = pytest.mark.django_db

LEDGER = "/admin/usage/usageevent/"


@pytest.fixture
def staff(client: Client, cast: Cast, settings: Any) -> Client:
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.carol)
    return client


def _wrong(organization: Organization) -> str:
    """Stores an event and gives the address of its page."""
    store(organization, event(transaction_id="wrong", conversation_id="c"))
    found = UsageEvent.objects.get(transaction_id="wrong")
    return f"{LEDGER}{organization.pk}.{found.period}.{found.id}/"


def _page(client: Client, url: str, **parameters: Any) -> str:
    response = client.get(url, parameters)
    assert response.status_code == 200, response.status_code
    return unescape(response.content.decode())


def test_an_event_is_voided_on_its_page(staff: Client, cast: Cast) -> None:
    organization = open_ledger()
    url = _wrong(organization)
    assert f'href="{url}void/"' in _page(staff, f"{url}change/")
    asked = _page(staff, f"{url}void/")
    assert "input tokens 1\N{NARROW NO-BREAK SPACE}000" in asked
    assert "cost $0.003" in asked and "closed before" not in asked
    staff.post(f"{url}void/", {"reason": ""})
    assert UsageEvent.objects.count() == 1
    response = staff.post(f"{url}void/", {"reason": "sent twice"}, follow=True)
    page = unescape(response.content.decode())
    assert "The event was voided" in page
    entry = AuditEntry.objects.get(action="usage_event.voided")
    assert (entry.actor, entry.reason, entry.subject) == (cast.carol, "sent twice", "wrong")
    assert not any(sums(organization).values())
    # Both rows and what is left of them, with links both ways.
    for written in ('value="-1000"', "−$0.003", "Net", "$0.00<"):
        assert written in page, written
    assert f'href="{url}void/"' not in page
    correction = UsageEvent.objects.exclude(correction="").get()
    other = f"{LEDGER}{organization.pk}.{correction.period}.{correction.id}/"
    assert f'href="{other}change/"' in page
    page = _page(staff, f"{other}change/")
    assert f'href="{url}change/"' in page and "correction of the event" in page
    assert f'href="{other}void/"' not in page


def test_the_list_shows_the_original_and_what_takes_it_back(staff: Client) -> None:
    organization = open_ledger()
    _wrong(organization)
    store(organization, event(transaction_id="right"))
    void(organization, "wrong")
    page = _page(staff, LEDGER, organization=organization.pk)
    names = re.findall(r'<a class="ledger-id" href="[^"]+">([^<]+)</a>', page)
    assert names[0].startswith("void:") and set(names[1:]) == {"right", "wrong"}
    assert page.count("Usage API, voided") == 1


def test_that_an_invoice_will_be_adjusted_is_said_before(staff: Client) -> None:
    organization = open_ledger()
    url = _wrong(organization)
    UsagePeriod.objects.filter(organization=organization, period="2026-05-01").update(close_number=2)
    assert "next invoice carries the difference" in _page(staff, f"{url}void/")


def test_what_cannot_be_voided_is_said_and_nothing_changes(staff: Client) -> None:
    organization = open_ledger()
    _wrong(organization)
    void(organization, "wrong")
    correction = UsageEvent.objects.exclude(correction="").get()
    url = f"{LEDGER}{organization.pk}.{correction.period}.{correction.id}/void/"
    page = staff.post(url, {"reason": "again"}).content.decode()
    assert "correction cannot be voided" in page
    assert UsageEvent.objects.count() == 2
    assert staff.get(f"{LEDGER}1.2026-05-01.{correction.id}x/void/").status_code == 404


@pytest.mark.parametrize("who", ["alice", "bob", "dana", "charlie", None])
def test_outsiders_void_nothing(client: Client, cast: Cast, settings: Any, who: str | None) -> None:
    settings.STAFF_MFA_REQUIRED = False
    url = _wrong(open_ledger())
    if who:
        client.force_login(getattr(cast, who))
    for response in (client.get(f"{url}void/"), client.post(f"{url}void/", {"reason": "mine"})):
        assert response.status_code in (302, 403)
    assert UsageEvent.objects.count() == 1
