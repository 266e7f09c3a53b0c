"""Budgets as people meet them: an owner sets one in the browser, a member finds their own on a phone."""

from collections.abc import Callable

from playwright.sync_api import expect

from billing.services.alerts import drain_touches
from tests.billing.budgets.scene import make_budget
from tests.browser.conftest import NOW, Visit
from tests.browser.scene import RESEARCHERS, Scene, cost_of
from tests.teams.cast import Cast

Open = Callable[..., Visit]


def test_an_owner_sets_a_budget_and_sees_what_is_spent_of_it(cast: Cast, scene: Scene, visit: Open) -> None:
    alice = visit(cast.alice)
    alice.goto("/o/acme/")
    alice.page.get_by_role("link", name="Budgets").first.click()
    expect(alice.page.get_by_role("heading", name="No budget yet")).to_be_visible()
    alice.page.get_by_role("link", name="New budget").click()
    alice.page.get_by_label("Name").fill("Research in November")
    alice.page.get_by_label("For").select_option(label="Research")
    alice.page.get_by_label("Limit").fill("0.01")
    alice.page.get_by_role("button", name="Make this budget").click()
    alice.page.wait_for_url("**/budgets/")
    row = alice.page.get_by_role("row", name="Research in November")
    expect(row).to_contain_text("Critical")
    spent = row.locator("data").nth(1).get_attribute("value") or ""
    assert float(spent) == float(cost_of(scene.of_month(members=RESEARCHERS)))
    drain_touches(now=NOW)
    alice.page.reload()
    expect(row).to_contain_text("crossed 75% · 90% · 95%")


def test_a_member_finds_their_own_on_a_phone_in_the_dark(cast: Cast, scene: Scene, visit: Open) -> None:
    bob_id = cast.member(cast.bob).pk
    make_budget(cast.acme, 50, name="Everything")
    make_budget(cast.acme, 1000, name="Bob's month", scope_kind="member", scope_id=bob_id, now=NOW)
    bob = visit(cast.bob, viewport={"width": 390, "height": 844}, color_scheme="dark")
    assert bob.goto("/o/acme/budgets/") == 200
    expect(bob.page.get_by_text("Bob's month")).to_be_visible()
    expect(bob.page.get_by_text("On track")).to_be_visible()
    expect(bob.page.get_by_text("Everything")).to_have_count(0)
    assert bob.page.evaluate("document.documentElement.scrollWidth") <= 390
