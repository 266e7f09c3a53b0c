"""The overview as people meet it: each of the cast, on a desk and on a phone, with and without JavaScript."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from teams.formatting import count, money
from tests.browser.conftest import Visit
from tests.browser.scene import RESEARCHERS, Scene, cost_of, tokens_of
from tests.teams.cast import Cast
from tests.teams.factories import PASSWORD

Open = Callable[..., Visit]
PHONE = {"viewport": {"width": 390, "height": 844}}


def total_tokens(visit: Visit) -> str:
    return visit.page.locator("dl.figures data").first.get_attribute("value") or ""


def test_the_owner_signs_in_and_reads_the_overview(cast: Cast, scene: Scene, visit: Open) -> None:
    alice = visit(None)
    alice.goto("/")
    alice.page.get_by_label("Email").fill(cast.alice.email)
    alice.page.get_by_label("Password").fill(PASSWORD)
    alice.page.get_by_role("button", name="Sign in").click()
    alice.page.wait_for_url("**/o/acme/")
    expect(alice.page.get_by_role("heading", name="Overview")).to_be_visible()
    events = scene.of_month()
    assert total_tokens(alice) == str(tokens_of(events))
    alice.page.get_by_text("Every day as a table").click()
    total = alice.page.get_by_role("row", name="Total").first
    expect(total).to_contain_text(count(tokens_of(events), locale="en"))
    expect(total).to_contain_text(money(cost_of(events), currency="USD", locale="en"))
    alice.page.get_by_role("button", name="Sign out").click()
    alice.page.wait_for_url("**/accounts/login/**")


def test_the_chart_is_drawn_and_switches_to_cost(cast: Cast, scene: Scene, visit: Open) -> None:
    alice = visit(cast.alice)
    alice.goto("/o/acme/")
    canvas = alice.page.locator("figure canvas")
    expect(canvas).to_be_visible()
    assert canvas.get_attribute("aria-label")
    drawn = "() => { const c = Chart.getChart(document.querySelector('figure canvas')); " \
            "return c.data.datasets.reduce((s, d) => s + d.data.reduce((a, b) => a + b, 0), 0) }"  # fmt: skip
    assert alice.page.evaluate(drawn) == tokens_of(scene.of_month())
    alice.page.get_by_role("link", name="Cost in USD").click()
    expect(alice.page.get_by_role("link", name="Cost in USD")).to_have_attribute("aria-current", "true")
    assert alice.page.evaluate(drawn) == pytest.approx(float(cost_of(scene.of_month())))
    assert alice.page.url.endswith("basis=cost")


def test_a_month_back_and_back_to_the_same_place(cast: Cast, scene: Scene, visit: Open) -> None:
    alice = visit(cast.alice)
    alice.goto("/o/acme/")
    alice.page.locator("a[rel=prev]").click()
    alice.page.wait_for_url(re.compile(r"period=\d{4}-\d\d"))
    assert total_tokens(alice) != str(tokens_of(scene.of_month()))
    alice.page.go_back()
    assert total_tokens(alice) == str(tokens_of(scene.of_month()))
    # Without a button: the page follows the choice.
    earlier = (
        alice.page.get_by_label("Billing period", exact=True).locator("option").nth(1).get_attribute("value")
    )
    alice.page.get_by_label("Billing period", exact=True).select_option(earlier)
    alice.page.wait_for_url(f"**period={earlier}**")


def test_a_table_sorts_and_keeps_the_rest_at_its_end(cast: Cast, scene: Scene, visit: Open) -> None:
    alice = visit(cast.alice)
    alice.goto("/o/acme/")
    table = alice.page.locator("table[data-sortable=members]")
    table.get_by_role("button", name="Tokens", exact=True).click()
    figures = [int(value) for value in table.locator("tbody tr td:nth-child(2) data").evaluate_all(
        "cells => cells.map((cell) => cell.value)")]  # fmt: skip
    assert figures[:-1] == sorted(figures[:-1], reverse=True)
    expect(table.locator("tbody tr").last).to_contain_text("Unattributed")
    expect(table.locator("th[aria-sort=descending]")).to_have_text("Tokens")


def test_the_chosen_theme_stays(cast: Cast, scene: Scene, visit: Open) -> None:
    alice = visit(cast.alice, color_scheme="light")
    alice.goto("/o/acme/")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert alice.page.evaluate(paper) == "rgb(255, 255, 255)"
    alice.page.get_by_role("button", name="Dark theme").click()
    dark = alice.page.evaluate(paper)
    assert dark != "rgb(255, 255, 255)"
    alice.page.reload()
    assert alice.page.evaluate(paper) == dark


def test_a_department_lead_and_a_member_see_their_part(cast: Cast, scene: Scene, visit: Open) -> None:
    dana = visit(cast.dana)
    dana.goto("/")
    assert total_tokens(dana) == str(tokens_of(scene.of_month(members=RESEARCHERS)))
    expect(dana.page.locator("body")).not_to_contain_text("Frank")
    bob = visit(cast.bob)
    bob.goto("/")
    assert total_tokens(bob) == str(tokens_of(scene.of_month(members=["bob"])))
    expect(bob.page.locator("body")).not_to_contain_text("Dana")


def test_an_outsider_sees_nothing(cast: Cast, scene: Scene, visit: Open) -> None:
    charlie = visit(cast.charlie)
    assert charlie.goto("/o/acme/") == 404
    content = charlie.page.content()
    assert not re.search("acme|alice|atlas|research", content, re.IGNORECASE)
    assert charlie.goto("/") == 200
    assert charlie.page.url.endswith("/o/other/")
    assert not re.search("acme|alice|atlas|research", charlie.page.content(), re.IGNORECASE)


def test_finance_staff_come_from_the_admin(cast: Cast, scene: Scene, visit: Open) -> None:
    carol = visit(cast.carol)
    carol.goto("/")
    assert carol.page.url.endswith("/admin/")
    row = carol.page.get_by_role("row").filter(has_text="Acme")
    expect(row).to_contain_text(count(tokens_of(scene.of_month()), locale="en"))
    row.get_by_role("link", name="Acme").click()
    carol.page.wait_for_url("**/o/acme/")
    assert total_tokens(carol) == str(tokens_of(scene.of_month()))
    carol.page.get_by_role("link", name="All organizations").click()
    carol.page.wait_for_url("**/admin/")


def test_it_reads_without_javascript(cast: Cast, scene: Scene, visit: Open) -> None:
    alice = visit(cast.alice, java_script_enabled=False)
    alice.goto("/o/acme/")
    expect(alice.page.locator("dl.figures data").first).to_be_visible()
    expect(alice.page.locator("figure")).to_be_hidden()
    alice.page.get_by_text("Every day as a table").click()
    expect(alice.page.get_by_role("row", name="Total").first).to_contain_text(
        count(tokens_of(scene.of_month()), locale="en")
    )
    alice.page.get_by_role("button", name="Show").click()
    assert alice.page.get_by_role("heading", name="Overview").is_visible()


def test_it_fits_a_phone(cast: Cast, scene: Scene, visit: Open) -> None:
    for script in (True, False):
        assert_fits_a_phone(visit(cast.alice, java_script_enabled=script, **PHONE))


def assert_fits_a_phone(alice: Visit) -> None:
    alice.goto("/o/acme/")
    assert alice.page.evaluate("document.documentElement.scrollWidth") <= 390
    navigation = alice.page.get_by_role("navigation")
    expect(navigation).to_be_hidden()
    alice.page.get_by_text("Menu").click()
    expect(navigation.get_by_role("link", name="Overview")).to_be_visible()
    row = alice.page.locator("table[data-sortable=departments] tbody tr").first
    box = row.bounding_box()
    assert box is not None
    assert box["height"] > 90  # a card, not a line
    assert box["width"] <= 390


def test_the_keyboard_reaches_the_content_first(cast: Cast, scene: Scene, visit: Open) -> None:
    alice = visit(cast.alice)
    alice.goto("/o/acme/")
    alice.page.keyboard.press("Tab")
    expect(alice.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    alice.page.keyboard.press("Enter")
    expect(alice.page.get_by_role("main")).to_be_focused()


def test_what_the_policy_blocks_does_not_go_unseen(cast: Cast, scene: Scene, visit: Open) -> None:
    """The other tests lean on this: an inline style is blocked, and the visit tells of it."""
    alice = visit(cast.alice)
    alice.goto("/o/acme/")
    assert alice.troubles == []
    alice.page.evaluate("document.body.setAttribute('style', 'opacity: 0.5')")
    alice.page.wait_for_function("getComputedStyle(document.body).opacity === '1'")
    assert any("style-src" in trouble for trouble in alice.troubles)
    alice.troubles.clear()
