"""The page on data health: exactly what was sent, by role, and what to do about it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from teams.enums import Role
from teams.models import Member, User
from teams.services.memberships import move_member
from tests.billing.billing_fixtures import billed_organization
from tests.billing.health_scene import (
    APP_TODAY,
    GATEWAY_TODAY,
    GATEWAY_YESTERDAY,
    NOW,
    TOTALS,
    HealthScene,
    more_keys,
    set_health_scene,
)
from tests.billing.web.page import Page
from tests.teams.cast import Cast
from tests.teams.factories import DepartmentFactory, MemberFactory
from usage.health import Counts

URL = "/o/acme/health/"
TEAM = f"{URL}?part=team"
ADMIN = "/admin/panels/acme/health/"
TEAM_IN_ADMIN = f"{ADMIN}?part=team"
SEERS = (Role.OWNER, Role.ADMIN, Role.BILLING, Role.AUDITOR)


@pytest.fixture
def scene(cast: Cast, settings: Any):
    settings.STAFF_MFA_REQUIRED = False
    with travel(NOW, tick=False):
        yield set_health_scene(cast)


def look(user: User, url: str = URL, *, status: int = 200) -> Page:
    client = Client()
    client.force_login(user)
    response = client.get(url)
    assert response.status_code == status
    return Page(response.content.decode())


def figures(counts: dict[str, int]) -> list[str]:
    return [str(counts.get(name, 0)) for name in Counts.__dataclass_fields__]


def test_tables_show_exactly_what_was_sent(scene: HealthScene, cast: Cast) -> None:
    page = look(cast.alice)
    by_day = page.table("By day and source")
    assert [row[1:] for row in by_day.rows] == [
        ["20261120", *figures(GATEWAY_TODAY)],
        ["20261120", *figures(APP_TODAY)],
        ["20261119", *figures(GATEWAY_YESTERDAY)],
    ]
    by_source = page.table("By source")
    both = {name: GATEWAY_TODAY[name] + GATEWAY_YESTERDAY.get(name, 0) for name in GATEWAY_TODAY}
    assert [row[1:10] for row in by_source.rows] == [figures(both), figures(APP_TODAY)]
    assert by_source.total[1:10] == figures(TOTALS)
    assert "In every row, received = stored + duplicate + conflict + quarantined + invalid" in page.text
    assert "do not add up" not in page.text
    assert page.inline == []


def test_findings_have_a_word_and_something_to_do(scene: HealthScene, cast: Cast) -> None:
    text = look(cast.alice).text
    for words in (
        "Critical 1 event waits in quarantine",
        "ask your administrator",
        "Critical 1 event came under an id that was used before",
        "Warning 1 call was reported from two sources",
        "Warning 1 event was stored without a price",
        "Notice 1 event came after its month was invoiced",
        "Send member_id",
    ):
        assert words in " ".join(text.split())


def test_staff_can_go_to_where_it_is_mended(scene: HealthScene, cast: Cast) -> None:
    def links(user: User) -> str:
        client = Client()
        client.force_login(user)
        return client.get(URL).content.decode()

    staff, owner = links(cast.carol), links(cast.alice)
    conflicts = f"/admin/usage/quarantinedevent/?organization={scene.organization.pk}&reason=conflict"
    assert conflicts.replace("&", "&amp;") in staff
    client = Client()
    client.force_login(cast.carol)
    assert "kept" in client.get(conflicts).content.decode()
    assert reverse("unpriced") in staff
    assert staff.count("/admin/usage/usageevent/") == 2
    assert "/admin/" not in owner
    for shown in (staff, owner):
        assert "seen-again" in shown
        assert "/o/acme/invoices/" in shown


def test_finance_staff_see_the_same_in_the_admin(scene: HealthScene, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.carol)
    for query, captions in (
        ("", ("By source", "By day and source", "API keys", "Reports of resp-1")),
        ("?part=team", ("Those who moved last", "Shared resources")),
        ("?part=team&member=dana", ("Members that",)),
        ("?from=2026-11-19&to=2026-11-19", ("By source",)),
    ):
        ours, theirs = look(cast.carol, ADMIN + query), look(cast.alice, URL + query)
        for caption in captions:
            assert _lines(ours, caption) == _lines(theirs, caption)
    text = " ".join(look(cast.carol, ADMIN).text.split())
    assert "Look through what waits" in text
    assert "ask your administrator" not in text
    assert "Finance staff Yes See your own usage" in " ".join(look(cast.carol, TEAM_IN_ADMIN).text.split())
    html = client.get(ADMIN).content.decode()
    # Its links stay in the admin.
    assert reverse("admin:teams_apikey_change", args=[scene.gateway.key.pk]) in html
    assert f"{reverse('admin:billing_invoice_changelist')}?organization__id__exact={cast.acme.pk}" in html
    assert 'href="/o/acme/' not in html
    assert "At most 92 days" in look(cast.carol, f"{ADMIN}?from=2020-01-01", status=400).text
    for address in (ADMIN, TEAM_IN_ADMIN):
        client.force_login(cast.alice)
        assert client.get(address).status_code in (302, 403, 404)


def _lines(page: Page, caption: str) -> list[list[str]]:
    """The rows of a table; of the first cell only the name, for links stand beside it."""
    rows = page.table(caption).rows
    assert rows
    return [[row[0].split()[0], *row[1:]] for row in rows]


def test_the_admin_asks_whose_data_health(scene: HealthScene, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.carol)
    way = reverse("data-health")
    for incomplete in ("", "?organization=0", "?organization=7%00", "?organization=me"):
        response = client.get(f"{way}{incomplete}", follow=True)
        assert response.status_code == 200
        assert 'name="panel" value="health"' in response.content.decode()
        assert "This field is required" not in response.content.decode()
    response = client.get(f"{way}?organization={cast.acme.pk}", follow=True)
    assert response.redirect_chain[-1] == (ADMIN, 302)


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_it_and_has_it_in_the_navigation(scene: HealthScene, cast: Cast, role: Role) -> None:
    Member.objects.filter(user=cast.bob).update(role=role)
    page = look(cast.bob, status=200 if role in SEERS else 403)
    assert ("Gateway" in page.text) is (role in SEERS)
    look(cast.bob, TEAM, status=200 if role in SEERS else 403)
    client = Client()
    client.force_login(cast.bob)
    assert (f'href="{URL}"' in client.get("/o/acme/").content.decode()) is (role in SEERS)


def test_who_may_not_see_it_reads_what_they_may(scene: HealthScene, cast: Cast) -> None:
    text = " ".join(look(cast.bob, status=403).text.split())
    assert "Yes See your own usage" in text
    assert "No See usage of the whole organization" in text


@pytest.mark.parametrize("role", list(Role))
def test_charlie_finds_nothing_here(scene: HealthScene, cast: Cast, role: Role) -> None:
    Member.objects.filter(user=cast.charlie).update(role=role)
    for url in (URL, TEAM):
        assert "Gateway" not in look(cast.charlie, url, status=404).text
    own = look(cast.charlie, "/o/other/health/", status=200 if role in SEERS else 403)
    assert "Gateway" not in own.text
    assert "resp-1" not in own.text


def test_an_organization_without_receipts_reads_what_will_be_here(scene: HealthScene, cast: Cast) -> None:
    page = look(cast.charlie, "/o/other/health/")
    assert "Nothing came in on these days" in page.text
    assert "There is no API key yet" in page.text
    assert page.tables == []


def test_days_that_cannot_be_shown_say_why(scene: HealthScene, cast: Cast) -> None:
    assert "A day is written like 2026-11-23." in look(cast.alice, f"{URL}?from=yesterday", status=400).text
    client = Client()
    client.force_login(cast.alice)
    kept = client.get(f"{URL}?from=2026-01-01&to=2026-11-01", follow=True).content.decode()
    assert 'name="from" value="2026-01-01" aria-invalid="true"' in kept
    assert 'name="to" value="2026-11-01"' in kept
    assert "At most 92 days can be shown at once." in kept
    for day in ("0001-01-01", "9999-12-31"):
        look(cast.alice, f"{URL}?from={day}&to={day}")
        look(cast.alice, f"{TEAM}&from={day}&to={day}")
    shown = look(cast.alice, f"{URL}?from=2026-11-19&to=2026-11-19")
    assert shown.table("By source").total[1:10] == figures(GATEWAY_YESTERDAY)


def test_the_team_part_shows_history_shared_use_billing_and_rights(scene: HealthScene, cast: Cast) -> None:
    support = DepartmentFactory(organization=cast.acme, external_id="support", name="Support")
    bob = cast.member(cast.bob)
    move_member(member=bob, department=support, from_instant=NOW - timedelta(days=3))
    MemberFactory(organization=cast.acme, external_id="bobby", merged_into=bob, is_placeholder=True)
    page = look(cast.alice, TEAM)
    text = " ".join(page.text.split())
    assert "Support from Nov 17, 2026, 15:00" in text
    assert "Research from Jan 1, 2020, 00:00 until Nov 17, 2026, 15:00" in text
    assert "1 entry was merged into it" in text
    (shared,) = page.table("Shared resources").rows
    assert shared == ["atlas project", "1", "1100", "0.003000000000000"]
    assert "There is no billing account." in text
    assert "Yes Manage API keys" in text
    assert page.inline == []


def test_a_member_is_found_by_name_id_or_address(scene: HealthScene, cast: Cast) -> None:
    for asked in ("dan", "dana", "dana@example.com"):
        page = look(cast.alice, f"{TEAM}&member={asked}")
        assert [row[0].split()[0] for row in page.table("Members that").rows] == ["Dana"]
    assert "Nobody here is called “charlie”" in look(cast.alice, f"{TEAM}&member=charlie").text
    assert "Nobody here is called" in look(cast.alice, f"{TEAM}&member=%00").text


def test_billing_linkage_is_shown(scene: HealthScene, cast: Cast) -> None:
    billed_organization(name="Juno", slug="juno")
    text = " ".join(look(cast.carol, "/o/juno/health/?part=team").text.split())
    for words in (
        "Billed toJuno Ltd",
        "Billed byLedger Works GmbH",
        "Plan this monthTeam",
        "Invoices go toaccounts@buyer.example",
    ):
        assert words in text
    assert "not linked" not in text


def test_more_keys_cost_no_more_queries(scene: HealthScene, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.alice)

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    more_keys(cast.acme, 1)
    few = queries(URL), queries(TEAM)
    more_keys(cast.acme, 3)
    for number in range(3):
        MemberFactory(organization=cast.acme).department_memberships.create(
            department=cast.research, starts_at=NOW - timedelta(days=number)
        )
    assert (queries(URL), queries(TEAM)) == few
