"""The overview inside the admin: what finance staff see of any organization, and the ways between the panels."""

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from time_machine import travel

from tests.billing.budgets.scene import make_budget
from tests.billing.issued import NOW, issue
from tests.billing.web.page import Page
from tests.teams.cast import Cast

pytestmark = pytest.mark.django_db
URL = "/admin/panels/juno/"


@pytest.fixture
def carol(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.carol)
    return client


@pytest.fixture(autouse=True)
def frozen_time():
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


def test_finance_staff_see_the_overview_of_its_owner(cast: Cast, carol: Client) -> None:
    issued = issue(cast)
    make_budget(issued.juno, 1, name="Tight", now=NOW)
    owner = Client()
    owner.force_login(cast.alice)
    for query in ("", "?period=2026-06", "?basis=cost"):
        theirs = Page(owner.get(f"/o/juno/{query}").content.decode())
        ours = Page(carol.get(URL + query).content.decode())
        for caption in ("Usage of each day", "Models", "Departments", "Projects", "Members"):
            assert ours.table(caption) == theirs.table(caption)
    html = carol.get(URL).content.decode()
    assert "Invoice so far" in html and "Tight" in html
    # Its links stay in the admin.
    for model in ("budget", "invoice"):
        link = f"{reverse(f'admin:billing_{model}_changelist')}?organization__id__exact={issued.juno.pk}"
        assert link in html
        assert carol.get(link).status_code == 200
    assert 'href="/o/juno/' not in html


def test_every_panel_is_a_tab_and_leads_to_a_page(cast: Cast, carol: Client) -> None:
    html = carol.get("/admin/panels/acme/").content.decode()
    tabs = html.partition('class="panel-tabs"')[2].partition("</nav>")[0]
    links = [part.partition('"')[0] for part in tabs.split('href="')[1:]]
    assert links[0] == "/admin/panels/acme/"
    assert links[-1] == "/admin/panels/acme/health/"
    assert {"/admin/panels/acme/costs/", "/admin/panels/acme/months/"} <= set(links)
    for link in links:
        assert carol.get(link).status_code == 200, link


def test_a_chosen_organization_opens_with_its_overview(cast: Cast, carol: Client) -> None:
    for panel, path in (("", ""), ("months", "months/"), ("health", "health/"), ("no-such", "")):
        chosen = carol.get(reverse("admin-panels"), {"organization": str(cast.acme.pk), "panel": panel})
        assert (chosen.status_code, chosen["Location"]) == (302, f"/admin/panels/acme/{path}")


@pytest.mark.parametrize("period", ["2031-01", "yesterday"])
def test_a_month_that_is_not_there_is_said_so(cast: Cast, carol: Client, period: str) -> None:
    response = carol.get("/admin/panels/acme/", {"period": period})
    assert response.status_code == 400
    assert "this cannot be shown" in response.content.decode()


def test_nobody_else_comes_in(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.alice)
    for url in ("/admin/panels/acme/", "/admin/panels/acme/months/", "/admin/panels/acme/costs/"):
        response = client.get(url)
        assert response.status_code in (302, 403, 404), url
