"""What a page of panels says while the next one is on its way, and what stands where a chart will be."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.scene import Scene
from tests.teams.cast import Cast

Open = Callable[..., Visit]
DESK: Final = {"width": 1440, "height": 900}
FACES: Final = pytest.mark.parametrize(
    ("who", "root"), [("alice", "/o/acme/"), ("carol", "/admin/panels/acme/")]
)
# Where everything stands, to the pixel.
PLACES: Final = """[...document.querySelectorAll(
    "[data-panel-body] :is(.figure, .plot, tr, td, th, li, h2)")].map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return [x, y, width, height].map(Math.round).join(" ");
    })"""
STATE: Final = """(() => {
    const body = document.querySelector("[data-panel-body]");
    const says = document.querySelector("[data-loading-says]").textContent;
    return [body.getAttribute("aria-busy"), "loading" in body.dataset, says].join("/");
})()"""
WAITING: Final = "true/true/Loading"
READY: Final = "/false/"


class Held:
    """Answers to addresses that hold ``part``, kept back until they are let go."""

    def __init__(self, page: Page, part: str) -> None:
        self.routes: list[Route] = []
        page.route(lambda url: part in url, lambda route: self.routes.append(route))

    def let_go(self) -> None:
        for route in self.routes:
            route.continue_()
        self.routes.clear()


class Inside:
    """Looks into a page as it stands, and acts in it: Playwright's own ways wait for the answer that is held back."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def __call__(self, script: str) -> Any:
        told = self.session.send(
            "Runtime.evaluate",
            {"expression": script, "awaitPromise": True, "returnByValue": True, "timeout": 20_000},
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def style(self, selector: str, name: str) -> Any:
        return self(f"getComputedStyle(document.querySelector({json.dumps(selector)})).{name}")

    def comes_to(self, state: str) -> None:
        """The panel is busy or not, shows blocks or not, and says so to screen readers."""
        wanted = json.dumps(state)
        self(f"""new Promise((resolve) => {{
            const look = () => {STATE} === {wanted} ? resolve() : requestAnimationFrame(look);
            look();
        }})""")


CHOOSE: Final = """(() => {
    const range = document.querySelector("#range");
    range.value = "last_month";
    range.dispatchEvent(new Event("change", { bubbles: true }));
})()"""


@FACES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_filter_leaves_blocks_in_the_places_of_figures(
    scheme: str, who: str, root: str, cast: Cast, scene: Scene, visit: Open
) -> None:
    reader = visit(getattr(cast, who), viewport=DESK, color_scheme=scheme)
    page = reader.page
    reader.goto(f"{root}features/")
    inside = Inside(page)
    assert inside(STATE) == READY
    places, ink = inside(PLACES), inside.style(".table tbody td", "color")
    held = Held(page, "range=last_month")
    inside(CHOOSE)
    inside.comes_to(WAITING)
    assert inside(PLACES) == places
    assert inside.style(".table tbody td", "color") == "rgba(0, 0, 0, 0)" != ink
    assert inside.style(".plot canvas", "visibility") == "hidden"
    assert inside.style("#range", "visibility") == "visible"
    held.let_go()
    page.wait_for_url("**range=last_month**")
    assert inside(STATE) == READY
    assert inside.style(".table tbody td", "color") == ink
    expect(page.locator(".plot canvas").first).to_be_visible()


def test_a_link_says_so_until_the_reader_comes_back(cast: Cast, scene: Scene, visit: Open) -> None:
    reader = visit(cast.alice, viewport=DESK)
    page = reader.page
    reader.goto("/o/acme/team/")
    inside = Inside(page)
    # Another tab is no answer to wait for here, nor is a chart by the other measure.
    with reader.context.expect_page() as other:
        page.get_by_role("link", name="Costs", exact=True).click(modifiers=["Control"])
    other.value.close()
    page.locator("[data-chart-basis] a").last.click()
    assert inside(STATE) == READY
    held = Held(page, "/o/acme/costs/")
    follow = "document.querySelector('a[href=\"/o/acme/costs/\"]').click()"
    for undone in (
        "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
        "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))",
    ):
        inside(follow)
        inside.comes_to(WAITING)
        inside(undone)
        assert inside(STATE) == READY
    inside(follow)
    inside.comes_to(WAITING)
    held.let_go()
    page.wait_for_url("**/costs/")
    assert inside(STATE) == READY
    page.go_back()
    page.wait_for_url("**/team/**")
    assert inside(STATE) == READY


@FACES
def test_a_chart_has_its_place_before_it_is_drawn(
    who: str, root: str, cast: Cast, scene: Scene, visit: Open
) -> None:
    reader = visit(getattr(cast, who), viewport=DESK)
    page = reader.page
    held = Held(page, "usage/charts.js")
    page.goto(reader.base + f"{root}features/", wait_until="commit")
    expect(page.locator(".plot")).to_be_visible()
    inside = Inside(page)
    assert "gradient" in inside.style(".plot", "backgroundImage")
    place = "document.querySelector('.plot').getBoundingClientRect()"
    before = inside(f"JSON.stringify({place})")
    held.let_go()
    page.wait_for_load_state("load")
    assert "gradient" not in inside.style(".plot", "backgroundImage")
    expect(page.locator(".plot canvas")).to_be_visible()
    assert inside(f"JSON.stringify({place})") == before


def test_without_charts_their_places_close(cast: Cast, scene: Scene, visit: Open) -> None:
    reader = visit(cast.alice, viewport=DESK)
    reader.page.route(
        "**/usage/charts.js", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    reader.goto("/o/acme/features/")
    expect(reader.page.locator("figure[data-chart]")).to_be_hidden()
    expect(reader.page.get_by_role("button", name="Show", exact=True)).to_be_visible()


def test_without_scripts_nothing_is_missing(cast: Cast, scene: Scene, visit: Open) -> None:
    reader = visit(cast.alice, viewport=DESK, java_script_enabled=False)
    reader.goto("/o/acme/features/")
    expect(reader.page.locator("figure[data-chart]")).to_be_hidden()
    expect(reader.page.get_by_role("button", name="Show", exact=True)).to_be_visible()
    expect(reader.page.locator("td").filter(visible=True).first).to_be_visible()
