"""Data health as people meet it: an owner on a desk, another one on a phone, finance staff in the admin."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.billing.health_scene import TOTALS, set_health_scene
from tests.browser.conftest import NOW, Visit
from tests.teams.cast import Cast

Open = Callable[..., Visit]
PHONE = {"width": 390, "height": 844}


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


def test_it_fits_a_phone_and_reads_without_scripts(cast: Cast, sent: None, visit: Open) -> None:
    alice = visit(cast.alice, viewport=PHONE, color_scheme="dark", java_script_enabled=False)
    for path in (
        "/o/acme/health/",
        "/o/acme/health/?part=team",
        "/o/acme/health/?from=2026-11-01&to=2026-11-02",
    ):
        assert alice.goto(path) == 200
        widths = alice.page.locator("html").bounding_box()
        assert widths is not None
        assert widths["width"] <= PHONE["width"]
    alice.goto("/o/acme/health/")
    expect(alice.page.get_by_text("1 event waits in quarantine")).to_be_visible()
    row = alice.page.get_by_role("table", name="By day and source").get_by_role("row").nth(1)
    expect(row).to_contain_text("Gateway")


def test_no_page_is_wider_than_a_phone(cast: Cast, sent: None, visit: Open) -> None:
    alice = visit(cast.alice, viewport=PHONE)
    for path in ("/o/acme/health/", "/o/acme/health/?part=team"):
        alice.goto(path)
        for summary in alice.page.locator(".sighted-call > summary").all():
            summary.click()
        assert alice.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def test_finance_staff_open_it_from_the_organization(cast: Cast, sent: None, visit: Open) -> None:
    carol = visit(cast.carol)
    carol.goto(f"/admin/teams/organization/{cast.acme.pk}/change/")
    carol.page.get_by_role("link", name="Data health").last.click()
    expect(carol.page.get_by_text("1 event waits in quarantine")).to_be_visible()
    carol.page.get_by_role("link", name="Open the quarantine").first.click()
    expect(carol.page.get_by_role("cell", name="occurred_at lies 2 days after")).to_be_visible()
