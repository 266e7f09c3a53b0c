"""Data health as people meet it: an owner in the web app, finance staff in the admin."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.billing.health_scene import TOTALS, set_health_scene
from tests.browser.conftest import NOW, Visit
from tests.teams.cast import Cast

Open = Callable[..., Visit]


@pytest.fixture
def sent(cast: Cast) -> None:
    set_health_scene(cast, now=NOW)


def test_an_owner_reads_what_came_in_and_follows_a_finding(cast: Cast, sent: None, visit: Open) -> None:
    alice = visit(cast.alice)
    alice.goto("/o/acme/")
    alice.page.get_by_role("link", name="Data health").first.click()
    expect(alice.page.get_by_role("heading", name="Data health")).to_be_visible()
    total = alice.page.get_by_role("table", name="By source").get_by_role("row", name="Total")
    expect(total.locator("data").first).to_have_attribute("value", str(TOTALS["received"]))
    finding = alice.page.get_by_role("listitem").filter(has_text="reported from two sources")
    finding.get_by_role("link", name="Show these calls").click()
    alice.page.get_by_text("resp-1", exact=True).click()
    expect(alice.page.get_by_role("cell", name="Gateway")).to_be_visible()
    alice.page.get_by_role("group", name="Part").get_by_role("link", name="Team").click()
    expect(alice.page.get_by_role("heading", name="Who belonged where")).to_be_visible()
    alice.page.get_by_label("Member").fill("bob")
    alice.page.get_by_role("button", name="Find").click()
    expect(alice.page.get_by_role("row", name="Bob")).to_contain_text("Research")


def test_finance_staff_open_it_from_the_organization(cast: Cast, sent: None, visit: Open) -> None:
    carol = visit(cast.carol)
    carol.goto(f"/admin/teams/organization/{cast.acme.pk}/change/")
    carol.page.get_by_role("link", name="Data health").last.click()
    expect(carol.page.get_by_text("1 event waits in quarantine")).to_be_visible()
    carol.page.get_by_role("link", name="Open the quarantine").first.click()
    expect(carol.page.get_by_role("cell", name="occurred_at lies 2 days after")).to_be_visible()
