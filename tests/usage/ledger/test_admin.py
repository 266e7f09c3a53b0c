"""Finance staff browse the ledger, the quarantine and integrations; nobody else gets in."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from teams.models import AuditEntry, Organization
from tests.teams.cast import Cast
from tests.usage.event_factories import make_event, make_events
from tests.usage.ledger.ledgers import full_ledger
from tests.usage.ledger_fixtures import RECEIVED, open_ledger, store
from usage.models import Integration, QuarantinedEvent, UsageEvent

pytestmark = pytest.mark.django_db

LEDGER = "/admin/usage/usageevent/"
QUARANTINE = "/admin/usage/quarantinedevent/"


@pytest.fixture
def staff(client: Client, cast: Cast, settings: Any) -> Client:
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.carol)
    return client


def _page(client: Client, url: str, **parameters: Any) -> str:
    response = client.get(url, parameters)
    assert response.status_code == 200, response.status_code
    return unescape(response.content.decode())


def _ids(page: str) -> list[str]:
    return re.findall(r'<a class="ledger-id" href="[^"]+">([^<]+)</a>', page)


def test_without_an_organization_nothing_is_read(staff: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = _page(staff, LEDGER)
    assert "Choose an organization" in page
    assert not [query for query in queries if "usage_event" in query["sql"]]


def test_the_ledger_is_paged_by_its_links_without_gap_or_repeat(staff: Client) -> None:
    organization = full_ledger(250)
    page, seen = _page(staff, LEDGER, organization=organization.pk), []
    while True:
        seen += _ids(page)
        older = re.search(r'<a href="([^"]+)" rel="next"', page)
        if older is None:
            break
        page = _page(staff, older[1])
    newest_first = UsageEvent.objects.order_by("-period", "-id").values_list("transaction_id", flat=True)
    assert seen == list(newest_first)
    newer = re.search(r'<a href="([^"]+)" rel="prev"', page)
    assert newer is not None
    assert _ids(_page(staff, newer[1])) == seen[150:200]


def test_a_page_takes_the_same_queries_for_few_events_and_for_many(staff: Client) -> None:
    organization = open_ledger()
    counts = []
    for events in (make_events(1, seed=7), make_events(120, seed=8)):
        store(organization, *events)
        with CaptureQueriesContext(connection) as queries:
            _page(staff, LEDGER, organization=organization.pk)
        counts.append(len(queries))
        assert not [query for query in queries if "COUNT(" in query["sql"] and "usage_event" in query["sql"]]
    assert counts[0] == counts[1]


def test_an_event_is_found_by_the_clients_id(staff: Client) -> None:
    organization = full_ledger(20)
    response = staff.get(f"{LEDGER}?organization={organization.pk}&transaction_id=1-7", follow=True)
    page = response.content.decode()
    assert response.redirect_chain
    assert "Event 1-7" in page
    missing = _page(staff, LEDGER, organization=organization.pk, transaction_id="nothing")
    assert "no event with that transaction id" in missing


def test_an_events_page_shows_every_column_and_its_cost_line_by_line(staff: Client) -> None:
    organization = open_ledger()
    store(
        organization, make_event(transaction_id="call", conversation_id="c", tools=[], error_type="timeout")
    )
    event = UsageEvent.objects.get()
    page = _page(staff, f"{LEDGER}{organization.pk}.{event.period}.{event.id}/change/")
    for field in UsageEvent._meta.concrete_fields:
        if field.attname != "xid":
            name = str(field.verbose_name)
            assert f"<dt>{name[0].upper()}{name[1:]}</dt>" in page, name
    # 1,000 tokens in at 2 dollars and 100 out at 10 dollars per million.
    for written in ("$0.002", "$0.001", "$0.003", "$2.00 per million tokens", "$10.00 per million tokens"):
        assert written in page, written
    assert "timeout" in page
    assert organization.name in page


def test_unpriced_usage_is_not_shown_as_free(staff: Client) -> None:
    organization = open_ledger()
    store(organization, make_event(response_model="mystery-1"))
    event = UsageEvent.objects.get()
    page = _page(staff, f"{LEDGER}{organization.pk}.{event.period}.{event.id}/change/")
    assert "unpriced, not free" in page
    assert "$0.00" not in page
    assert "unpriced" in _page(staff, LEDGER, organization=organization.pk)


@pytest.mark.parametrize(
    "name", ["7", "x.2026-05-01.1", "1.2026-05-01.00000000-0000-0000-0000-000000000000", "9" * 30]
)
def test_what_is_no_event_is_not_found(staff: Client, name: str) -> None:
    assert staff.get(f"{LEDGER}{name}/change/").status_code == 404


@pytest.mark.parametrize(
    "parameters",
    [
        {"organization": "x"},
        {"organization": "0"},
        {"month": "2026-13"},
        {"after": "nonsense"},
        {"before": "2026-05-01.x"},
        {"transaction_id": "%00"},
    ],
)
def test_parameters_that_mean_nothing_break_nothing(staff: Client, parameters: dict[str, str]) -> None:
    organization = full_ledger(5)
    _page(staff, LEDGER, **({"organization": organization.pk} | parameters))


def test_names_are_shown_escaped(staff: Client) -> None:
    organization = open_ledger()
    store(organization, make_event(transaction_id="<b>bold</b>", feature="<script>1</script>"))
    response = staff.get(LEDGER, {"organization": organization.pk}).content.decode()
    assert "<script>1" not in response
    assert "&lt;b&gt;bold" in response


def _quarantined() -> QuarantinedEvent:
    organization = open_ledger()
    store(organization, make_event(transaction_id="early", occurred_at=RECEIVED + timedelta(days=1)))
    return QuarantinedEvent.objects.get()


def test_quarantine_shows_what_is_open_with_its_facts(staff: Client) -> None:
    entry = _quarantined()
    assert "early" in _page(staff, QUARANTINE)
    assert "early" not in _page(staff, QUARANTINE, status="discarded")
    assert "early" in _page(staff, QUARANTINE, organization=entry.organization_id, reason="future")
    page = _page(staff, f"{QUARANTINE}{entry.pk}/change/")
    assert "<code>input_tokens</code></th><td>1000</td>" in page
    assert "Too far in the future" in page
    assert "('future'" not in page


def test_an_entry_is_stored_or_discarded_with_a_reason(staff: Client, cast: Cast) -> None:
    entry = _quarantined()
    url = f"{QUARANTINE}{entry.pk}/replay/"
    assert staff.get(url).status_code == 200
    staff.post(url, {"reason": ""})
    assert not UsageEvent.objects.exists()
    response = staff.post(url, {"reason": "set right"}, follow=True)
    assert "The event was stored" in response.content.decode()
    assert UsageEvent.objects.get().transaction_id == "early"
    audit = AuditEntry.objects.get(action="quarantine.replayed")
    assert (audit.actor, audit.reason) == (cast.carol, "set right")
    refused = staff.post(f"{QUARANTINE}{entry.pk}/discard/", {"reason": "too late"})
    assert "stored meanwhile" in refused.content.decode()


def test_an_entry_is_discarded(staff: Client, cast: Cast) -> None:
    entry = _quarantined()
    staff.post(f"{QUARANTINE}{entry.pk}/discard/", {"reason": "a test device"})
    assert AuditEntry.objects.get(action="quarantine.discarded").actor == cast.carol
    assert "early" not in _page(staff, QUARANTINE)
    assert "early" in _page(staff, QUARANTINE, status="all")


def test_an_integration_is_named_and_merged(staff: Client, cast: Cast) -> None:
    old = Integration.objects.create(organization=cast.acme, external_id="slack-1", is_placeholder=True)
    new = Integration.objects.create(organization=cast.acme, external_id="slack")
    url = f"/admin/usage/integration/{old.pk}"
    assert "slack-1" in _page(staff, "/admin/usage/integration/")
    staff.post(f"{url}/change/", {"name": "Slack of old"})
    old.refresh_from_db()
    assert (old.name, old.is_placeholder, old.external_id) == ("Slack of old", False, "slack-1")
    staff.post(f"{url}/merge/", {"target": "slack", "reason": "the same"})
    old.refresh_from_db()
    assert old.merged_into == new
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "integration.changed",
        "integration.merged",
    }


def test_nobody_adds_changes_or_deletes_events(staff: Client) -> None:
    organization = full_ledger(5)
    event = UsageEvent.objects.all()[0]
    url = f"{LEDGER}{organization.pk}.{event.period}.{event.id}"
    assert staff.get(f"{LEDGER}add/").status_code == 403
    assert staff.post(f"{url}/delete/", {"post": "yes"}).status_code in (302, 403, 404)
    assert UsageEvent.objects.count() == 5
    assert staff.post(f"{QUARANTINE}add/").status_code == 403


@pytest.mark.parametrize("who", ["alice", "bob", "dana", "charlie", None])
def test_outsiders_get_none_of_it(client: Client, cast: Cast, settings: Any, who: str | None) -> None:
    settings.STAFF_MFA_REQUIRED = False
    entry = _quarantined()
    organization = Organization.objects.get(pk=entry.organization_id)
    store(organization, make_event(transaction_id="secret"))
    event = UsageEvent.objects.get()
    if who:
        client.force_login(getattr(cast, who))
    for url in (
        f"{LEDGER}?organization={organization.pk}",
        f"{LEDGER}{organization.pk}.{event.period}.{event.id}/change/",
        QUARANTINE,
        f"{QUARANTINE}{entry.pk}/change/",
        f"{QUARANTINE}{entry.pk}/replay/",
        "/admin/usage/integration/",
    ):
        response = client.get(url)
        assert response.status_code in (302, 403), url
        assert b"secret" not in response.content
    client.post(f"{QUARANTINE}{entry.pk}/discard/", {"reason": "mine"})
    assert QuarantinedEvent.objects.get().status == "open"
