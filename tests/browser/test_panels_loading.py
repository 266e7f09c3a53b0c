"""What a page of panels says while the next one is on its way, and what stands where a chart will be."""

import json
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Route, expect

from tests.billing.health_scene import receive_every_kind
from tests.browser.conftest import NOW, Visit
from tests.browser.scene import Scene
from tests.teams.cast import Cast
from usage.panels.vocabulary import Range
from usage.queries.panels.page import Face, base_context
from usage.queries.panels.registry import Panel
from usage.queries.panels.request import PanelRequest

Open = Callable[..., Visit]
DESK: Final = {"width": 1440, "height": 900}
FACES: Final = pytest.mark.parametrize(
    ("who", "root"), [("alice", "/o/acme/"), ("carol", "/admin/panels/acme/")]
)
WAITING: Final = "true/true/Loading"
READY: Final = "/false/"
# In the panel: around it the admin's own scripts are at work.
PLACE: Final = """(element) => {
    const [own, panel] = [element, element.closest("[data-panel-body]")].map((part) => part.getBoundingClientRect());
    return [own.x - panel.x, own.y - panel.y, own.width, own.height];
}"""
BACKGROUND: Final = "(element) => getComputedStyle(element).backgroundImage"


PATIENCE: Final = 60.0
FIRST_DAY: Final = "2026-10-01"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """While it is not set, the server keeps back pages of last month, and those from its first day on."""
    let_go = Event()

    def kept_back(panel: Panel, request: PanelRequest, *, face: Face) -> dict[str, Any]:
        if request.asked.range is Range.LAST_MONTH or request.parameters.get("from") == [FIRST_DAY]:
            assert let_go.wait(PATIENCE)
        return base_context(panel, request, face=face)

    monkeypatch.setattr("usage.queries.panels.page.base_context", kept_back)
    yield let_go
    let_go.set()


# While the next page is on its way, nothing outside can look into this one: so it looks at itself, as soon as it shows
# blocks, keeps what it sees where the next page finds it, and tells by a word in the console.
WATCH: Final = """(steps) => {
    const body = document.querySelector("[data-panel-body]");
    const says = document.querySelector("[data-loading-says]");
    const ink = (selector, name) => {
        const part = document.querySelector(selector);
        return part && getComputedStyle(part)[name];
    };
    const shown = [...body.querySelectorAll(".figure, .plot, tr, td, th, li, h2")].filter(
        (part) => !part.closest("details"));
    const places = () => JSON.stringify(shown.map((part) => {
        const { x, y, width, height } = part.getBoundingClientRect();
        return [x, y, width, height].map(Math.round);
    }));
    const seen = () => ({
        state: [body.getAttribute("aria-busy"), "loading" in body.dataset, says.textContent].join("/"),
        cell: ink(".table tbody td", "color"),
        canvas: ink(".plot canvas", "visibility"),
        filter: ink(".filters", "visibility"),
        places: places(),
    });
    const found = [seen()];
    new MutationObserver(() => {
        if (!says.textContent) return;
        found.push(seen());
        const undo = steps.shift();
        if (undo === "pageshow") dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
        if (undo === "Escape") body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
        found.push(seen());
        sessionStorage.found = JSON.stringify(found);
        console.log("seen");
    }).observe(says, { childList: true });
}"""
CHOOSE: Final = """() => {
    const range = document.querySelector("#range");
    range.value = "last_month";
    range.dispatchEvent(new Event("change", { bubbles: true }));
}"""
SHOW_DAYS: Final = f"""() => {{
    const form = document.querySelector(".health-days");
    form.elements.from.value = "{FIRST_DAY}";
    form.requestSubmit();
}}"""
FOLLOW: Final = """() => {
    const link = document.querySelector('a[href="/o/acme/costs/"]');
    link.search = "?range=last_month";
    link.click();
}"""


def state(page: Page) -> Any:
    return page.evaluate(
        """() => {
            const body = document.querySelector("[data-panel-body]");
            const says = document.querySelector("[data-loading-says]").textContent;
            return [body.getAttribute("aria-busy"), "loading" in body.dataset, says].join("/");
        }"""
    )


def seen_while(
    page: Page, held: Event, begin: str, *steps: str, until: str = "**range=last_month**"
) -> list[dict[str, Any]]:
    """What the page saw before, when it showed blocks, and after each of ``steps`` to undo them."""
    page.evaluate(WATCH, list(steps))
    with page.expect_console_message(lambda message: message.text == "seen"):
        page.evaluate(f"() => setTimeout({begin})")
    held.set()
    page.wait_for_url(until)
    held.clear()
    found: list[dict[str, Any]] = json.loads(page.evaluate("sessionStorage.found"))
    return found


def moved(before: dict[str, Any], after: dict[str, Any]) -> list[Any]:
    """The parts that stand elsewhere: from where to where."""
    pairs = zip(json.loads(before["places"]), json.loads(after["places"]), strict=True)
    return [pair for pair in pairs if pair[0] != pair[1]]


@FACES
def test_a_filter_leaves_blocks_in_the_places_of_figures(
    who: str, root: str, cast: Cast, scene: Scene, visit: Open, held: Event
) -> None:
    receive_every_kind(cast, now=NOW)
    reader = visit(getattr(cast, who), viewport=DESK)
    page = reader.page
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        reader.goto(f"{root}features/")
        before, waiting, _same = seen_while(page, held, CHOOSE)
        assert_covered(before, waiting)
        assert (before["canvas"], waiting["canvas"]) == ("visible", "hidden")
        assert state(page) == READY
        expect(page.locator(".plot canvas").first).to_be_visible()
        reader.goto(f"{root}health/")
        before, waiting, _same = seen_while(page, held, SHOW_DAYS, until=f"**from={FIRST_DAY}**")
        assert_covered(before, waiting)
        assert state(page) == READY


def assert_covered(before: dict[str, Any], waiting: dict[str, Any]) -> None:
    """Blocks stand where figures stood, and the filter is still there."""
    assert (before["state"], waiting["state"]) == (READY, WAITING)
    assert moved(before, waiting) == []
    assert waiting["cell"] == "rgba(0, 0, 0, 0)" != before["cell"]
    assert waiting["filter"] == "visible"


def test_a_link_says_so_until_the_reader_comes_back(
    cast: Cast, scene: Scene, visit: Open, held: Event
) -> None:
    reader = visit(cast.alice, viewport=DESK)
    page = reader.page
    reader.goto("/o/acme/team/")
    # Another tab is no answer to wait for here, nor is a chart by the other measure.
    with reader.context.expect_page() as other:
        page.get_by_role("link", name="Costs", exact=True).click(modifiers=["Control"])
    other.value.close()
    page.locator("[data-chart-basis] a").last.click()
    assert state(page) == READY
    for undone in ("pageshow", "Escape"):
        reader.goto("/o/acme/team/")
        before, waiting, after = seen_while(page, held, FOLLOW, undone)
        assert (before["state"], waiting["state"], after["state"]) == (READY, WAITING, READY)
        assert moved(before, waiting) == moved(before, after) == []
        assert state(page) == READY
        page.go_back()
        page.wait_for_url("**/team/**")
        assert state(page) == READY


def test_a_chart_has_its_place_before_it_is_drawn(cast: Cast, scene: Scene, visit: Open) -> None:
    for person, root in ((cast.alice, "/o/acme/"), (cast.carol, "/admin/panels/acme/")):
        assert_place_is_kept(visit(person, viewport=DESK), f"{root}features/")


def assert_place_is_kept(reader: Visit, path: str) -> None:
    page = reader.page
    kept: list[Route] = []
    page.route("**/usage/charts.js", lambda route: kept.append(route))
    page.goto(reader.base + path, wait_until="commit")
    expect(page.locator(".plot")).to_be_visible()
    plot = page.locator(".plot")
    block, before = plot.evaluate(BACKGROUND), plot.evaluate(PLACE)
    for route in kept:
        route.continue_()
    page.wait_for_load_state("load")
    assert "gradient" in block and "gradient" not in plot.evaluate(BACKGROUND)
    expect(plot.locator("canvas")).to_be_visible()
    assert plot.evaluate(PLACE) == before


def test_without_charts_their_places_close(cast: Cast, scene: Scene, visit: Open) -> None:
    reader = visit(cast.alice, viewport=DESK)
    reader.page.route(
        "**/usage/charts.js", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    reader.goto("/o/acme/features/")
    expect(reader.page.locator("figure[data-chart]")).to_be_hidden()
    expect(reader.page.get_by_role("button", name="Show", exact=True)).to_be_visible()
