"""Finance staff find what waits, see why, and decide about many at once; nobody else does."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from teams.models import AuditEntry
from tests.teams.cast import Cast
from tests.teams.factories import make_api_key
from tests.usage.event_factories import make_event
from tests.usage.ledger_fixtures import RECEIVED, open_ledger, store
from tests.usage.quarantine.scene import OLD, conflicting, open_march, states, too_early, too_old
from usage.models import QuarantinedEvent, QuarantineReview, UsageEvent
from usage.services.quarantine_reviews import drain_reviews

pytestmark = pytest.mark.django_db

LIST = "/admin/usage/quarantinedevent/"
REVIEW = f"{LIST}review/"


@pytest.fixture
def staff(client: Client, cast: Cast, settings: Any) -> Client:
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.carol)
    return client


def _page(client: Client, url: str = LIST, **parameters: Any) -> str:
    response = client.get(url, parameters, follow=True)
    assert response.status_code == 200
    return unescape(response.content.decode())


def _shown(page: str) -> list[str]:
    return re.findall(r'<a class="ledger-id" href="[^"]+">([^<]+)</a>', page)


def _ids(**fields: Any) -> list[str]:
    return list(
        QuarantinedEvent.objects.filter(**fields).order_by("-id").values_list("transaction_id", flat=True)
    )


def test_each_filter_narrows_the_list(staff: Client) -> None:
    organization, other = open_ledger(), open_ledger()
    key = make_api_key(organization, name="Gateway").key
    too_old(organization, 2)
    conflicting(organization, 1)
    too_early(other, 1, received_at=RECEIVED - timedelta(days=9))
    gone = QuarantinedEvent.objects.filter(reason="out_of_range")[0]
    QuarantinedEvent.objects.filter(id=gone.id).update(status="discarded", source="file", api_key_id=key.pk)
    everything = {"status": "all"}
    for asked, expected in (
        ({}, {"status": "open"}),
        (everything, {}),
        ({"status": "discarded"}, {"status": "discarded"}),
        (everything | {"organization": other.pk}, {"organization": other}),
        (everything | {"reason": "conflict"}, {"reason": "conflict"}),
        (everything | {"source": "file"}, {"source": "file"}),
        (everything | {"organization": organization.pk, "key": key.pk}, {"api_key_id": key.pk}),
        ({"first_day": "2026-06-15"}, {"organization": organization, "status": "open"}),
        ({"last_day": "2026-06-06"}, {"organization": other}),
        ({"first_day": "2026-06-07", "last_day": "2026-06-14"}, {"organization": None}),
        (everything | {"transaction_id": gone.transaction_id}, {"id": gone.id}),
    ):
        assert _shown(_page(staff, **asked)) == _ids(**expected), asked
    assert "Gateway" in _page(staff, organization=organization.pk)
    assert "Gateway" not in _page(staff, organization=other.pk)


def test_the_list_is_paged_by_its_links_without_gap_or_repeat_and_never_counts(staff: Client) -> None:
    organization = open_ledger()
    too_early(organization, 230)
    with CaptureQueriesContext(connection) as queries:
        page = _page(staff, organization=organization.pk)
    assert not [query for query in queries if "COUNT(" in query["sql"] and "usage_quarantine" in query["sql"]]
    seen, pages = _shown(page), [page]
    while older := re.search(r'<a href="([^"]+)" rel="next"', pages[-1]):
        pages.append(_page(staff, older[1]))
        seen += _shown(pages[-1])
    assert seen == _ids()
    assert [len(_shown(page)) for page in pages] == [100, 100, 30]
    newer = re.search(r'<a href="([^"]+)" rel="prev"', pages[-1])
    assert newer is not None
    assert _shown(_page(staff, newer[1])) == seen[100:200]


@pytest.mark.parametrize(
    "asked",
    [
        {"organization": "x"},
        {"organization": "999999999"},
        {"status": "nonsense"},
        {"key": "7"},
        {"first_day": "yesterday"},
        {"after": "x"},
        {"transaction_id": "a\0b"},
    ],
)
def test_what_means_nothing_breaks_nothing(staff: Client, asked: dict[str, str]) -> None:
    too_early(open_ledger(), 1)
    _page(staff, **asked)


def test_a_few_that_were_ticked_are_stored_at_once_with_a_reason(staff: Client, cast: Cast) -> None:
    organization = open_ledger()
    too_old(organization, 3)
    conflicting(organization, 1)
    open_march([organization])
    left_out = QuarantinedEvent.objects.filter(reason="out_of_range")[0]
    ids = QuarantinedEvent.objects.exclude(id=left_out.id).values_list("id", flat=True)
    asked = f"{REVIEW}?action=replay&ticked=1&" + "&".join(f"chosen={pk}" for pk in ids)
    page = _page(staff, asked)
    assert "Store 2 events now (1 conflict stays)" in page
    assert "Of 1 organization: 3 that were ticked." in page
    assert "1 of them is a conflict: it stays." in page
    assert "runs in the background" not in page
    staff.post(asked, {"reason": ""})
    assert not QuarantineReview.objects.exists()
    response = staff.post(asked, {"reason": "months added"}, follow=True)
    found = unescape(response.content.decode())
    assert "3 of 3" in found
    assert re.search(r"Stored</th><td>2<", found)
    assert re.search(r"other content</th><td>1<", found)
    assert "Refresh" not in response.headers
    assert states() == {"open": 2, "replayed": 2}
    assert AuditEntry.objects.get(action="quarantine.replayed").actor == cast.carol


def test_ticking_nothing_decides_nothing(staff: Client) -> None:
    too_early(open_ledger(), 2)
    page = _page(staff, REVIEW, ticked="1", action="discard", status="open")
    assert "Tick the events that you mean first" in page
    assert not QuarantineReview.objects.exists()
    assert "no such open event" in _page(staff, REVIEW, action="discard", reason="conflict")


def test_all_that_match_are_left_to_the_worker_and_progress_is_seen(staff: Client) -> None:
    organization, other = open_ledger(name="Acme & Sons"), open_ledger()
    too_old(organization, 120)
    too_old(other, 2)
    open_march([organization, other])
    page = staff.get(f"{LIST}?organization={organization.pk}&reason=out_of_range").content.decode()
    url = unescape(re.search(r'<a href="([^"]+action=replay[^"]*)"', page)[1])  # type: ignore[index]
    asked = _page(staff, url)
    assert "Store 120 events now" in asked
    assert "Acme & Sons, Older or newer than the months kept open" in asked
    assert "runs in the background" in asked
    response = staff.post(url, {"reason": "months added"}, follow=True)
    assert "0 of 120" in response.content.decode()
    assert response.headers["Refresh"] == "3"
    assert not UsageEvent.objects.exists()
    drain_reviews()
    review = QuarantineReview.objects.get()
    done = staff.get(f"/admin/usage/quarantinereview/{review.pk}/change/")
    assert re.search(r"Stored</th><td>120<", done.content.decode())
    assert "Refresh" not in done.headers
    assert "120 of 120" in _page(staff, "/admin/usage/quarantinereview/")
    assert states() == {"replayed": 120, "open": 2}


def test_all_that_match_are_discarded(staff: Client) -> None:
    too_early(open_ledger(), 3)
    assert "They will not count" in _page(staff, REVIEW, action="discard")
    staff.post(f"{REVIEW}?action=discard", {"reason": "a test device"})
    assert states() == {"discarded": 3}


def test_a_conflict_shows_both_sides(staff: Client) -> None:
    organization = open_ledger()
    store(organization, make_event(transaction_id="same", input_tokens=1000))
    store(organization, make_event(transaction_id="same", input_tokens=7, feature="<b>x</b>"))
    entry = QuarantinedEvent.objects.get()
    raw = staff.get(f"{LIST}{entry.pk}/change/").content.decode()
    rows = re.findall(
        r'<tr class="facts-differs">\s*<th scope="row"><code>(\w+)</code></th><td>([^<]*)</td>', raw
    )
    assert rows == [("feature", "&lt;b&gt;x&lt;/b&gt;"), ("input_tokens", "7")]
    assert "<td>1000</td>" in raw
    assert "<b>x" not in raw
    assert "Store now" not in raw and f"{entry.pk}/replay/" not in raw
    assert "Discard" in raw


def test_what_has_nothing_beside_it_is_a_table_of_what_was_sent(staff: Client) -> None:
    organization = open_ledger()
    store(organization, make_event(transaction_id="rev-8", feature="<b>x</b>", occurred_at=OLD))
    entry = QuarantinedEvent.objects.get()
    raw = staff.get(f"{LIST}{entry.pk}/change/").content.decode()
    assert '<th scope="row"><code>feature</code></th><td>&lt;b&gt;x&lt;/b&gt;</td>' in raw
    assert "In the ledger</th>" not in raw and "Rev-8" not in raw
    assert f"{entry.pk}/replay/" in raw
    assert 'data-placeholder="All organizations"' in staff.get(LIST).content.decode()


@pytest.mark.parametrize("who", ["alice", "bob", "charlie", None])
def test_outsiders_decide_nothing(client: Client, cast: Cast, settings: Any, who: str | None) -> None:
    settings.STAFF_MFA_REQUIRED = False
    too_early(open_ledger(), 1)
    if who:
        client.force_login(getattr(cast, who))
    for url in (LIST, REVIEW, f"{REVIEW}?action=discard", "/admin/usage/quarantinereview/"):
        assert client.get(url).status_code in (302, 403)
    client.post(f"{REVIEW}?action=discard", {"reason": "mine"})
    assert states() == {"open": 1}
