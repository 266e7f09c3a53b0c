"""Every panel in a real browser: wide and narrow, light and dark, in the web app and in the admin.

axe-core looks for what people with a keyboard, a screen reader or weak eyes could not use.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from billing.queries.panels.registry import MEMBERS, MONTHS, OVERVIEW
from tests.browser.conftest import Visit
from tests.browser.panel_scene import add_chats, address
from tests.browser.scene import Scene
from tests.teams.cast import Cast
from usage.queries.panels.registry import PANELS, Panel

Open = Callable[..., Visit]
DESK: Final = {"width": 1440, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
FITS: Final = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
SERIOUS: Final = ("serious", "critical")

ALL: Final = (OVERVIEW, *PANELS, MEMBERS, MONTHS)
TURNS: Final = 4

# Several pages in one visit: setting the scene takes longer than looking at them.
a_quarter_of_them = pytest.mark.parametrize("turn", range(TURNS))


@pytest.fixture
def full_scene(cast: Cast, scene: Scene) -> Scene:
    add_chats(cast, scene)
    return scene


def findings(page: Page, within: str) -> list[str]:
    """What axe-core finds serious inside an element."""
    found: dict[str, Any] = Axe().run(page, context={"include": [[within]]}).response
    return [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]


def look(visit: Visit, within: str, panel: Panel) -> None:
    """The page as it is, wide and narrow, light and dark: nothing sticks out, and nobody is shut out."""
    page = visit.page
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size in (DESK, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            # Charts take the new width with the next frames.
            page.wait_for_function(FITS, timeout=5_000)
        assert findings(page, within) == [], (panel.name, scheme)


@a_quarter_of_them
def test_panels_in_the_web_app(turn: int, cast: Cast, full_scene: Scene, visit: Open) -> None:
    alice = visit(cast.alice, viewport=DESK)
    for panel in ALL[turn::TURNS]:
        assert alice.goto(address(panel)) == 200, panel.name
        assert alice.page.locator("main h1").count() == 1, panel.name
        assert alice.page.locator("main .state h2").count() == 0, f"{panel.name} shows nothing"
        for figure in alice.page.locator("figure[data-chart]").all():
            assert figure.is_visible(), panel.name
            assert figure.locator("canvas").get_attribute("aria-label"), panel.name
        look(alice, "main", panel)


@a_quarter_of_them
def test_panels_in_the_admin(turn: int, cast: Cast, full_scene: Scene, visit: Open) -> None:
    carol = visit(cast.carol, viewport=DESK)
    for panel in ALL[turn::TURNS]:
        assert carol.goto(address(panel, root="/admin/panels/acme/")) == 200, panel.name
        assert carol.page.locator(".panels h1").count() == 1, panel.name
        assert findings(carol.page, ".panels") == [], panel.name
