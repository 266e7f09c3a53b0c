"""Every panel in a real browser: wide and narrow, light and dark, in the web app, in the admin, and without scripts."""

from collections.abc import Callable
from typing import Final

import pytest

from billing.queries.panels.registry import HEALTH, MEMBERS, MONTHS, OVERVIEW
from tests.billing.health_scene import receive_every_kind
from tests.browser.conftest import NOW, Visit
from tests.browser.panel_look import DESK, look
from tests.browser.panel_scene import add_chats, address
from tests.browser.scene import Scene
from tests.teams.cast import Cast
from usage.queries.panels.registry import PANELS, Panel

Open = Callable[..., Visit]
WEB: Final = "/o/acme/"
ADMIN: Final = "/admin/panels/acme/"
IN_ADMIN: Final = ".panels"
"""What is ours on a page of the admin; the frame around it is unfold's."""

ALL: Final[tuple[tuple[Panel, str], ...]] = (
    *((panel, "") for panel in (OVERVIEW, *PANELS, MEMBERS, MONTHS, HEALTH)),
    (HEALTH, "?part=team"),
)
"""Each panel, and what it is asked for."""
TURNS: Final = 3


@pytest.fixture
def full_scene(cast: Cast, scene: Scene) -> None:
    add_chats(cast, scene)
    receive_every_kind(cast, now=NOW)


# All that is looked at of a panel in one visit: setting the scene takes longer than looking.
@pytest.mark.parametrize("turn", range(TURNS))
def test_panels(turn: int, cast: Cast, full_scene: None, visit: Open) -> None:
    alice, carol = (visit(person, viewport=DESK, color_scheme="light") for person in (cast.alice, cast.carol))
    plain = visit(cast.alice, viewport=DESK, java_script_enabled=False)
    amiss: dict[str, list[str]] = {}
    for panel, query in ALL[turn::TURNS]:
        own, admins = (address(panel, root=root) + query for root in (WEB, ADMIN))
        amiss |= {own: in_the_web_app(alice, own), admins: in_the_admin(carol, admins)}
        without_scripts(plain, own)
    assert {url: found for url, found in amiss.items() if found} == {}


def in_the_web_app(alice: Visit, url: str) -> list[str]:
    page = alice.page
    assert alice.goto(url) == 200, url
    assert page.locator("main h1").count() == 1, url
    assert page.locator("main .state h2").count() == 0, f"{url} shows nothing"
    for figure in page.locator("figure[data-chart]").all():
        assert figure.is_visible(), url
        assert figure.locator("canvas").get_attribute("aria-label"), url
    return look(page)


def in_the_admin(carol: Visit, url: str) -> list[str]:
    assert carol.goto(url) == 200, url
    assert carol.page.locator(f"{IN_ADMIN} h1").count() == 1, url
    return look(carol.page, IN_ADMIN)


def without_scripts(plain: Visit, url: str) -> None:
    """All tables can be read, if need be behind their control, and each filter has a button."""
    page = plain.page
    assert plain.goto(url) == 200, url
    assert page.locator("figure[data-chart]:visible").count() == 0, url
    for control in page.locator("main details:has(table) > summary:visible").all():
        control.click()
    tables = page.locator("main table")
    assert tables.count() == page.locator("main table:visible").count() > 0, url
    forms = page.locator("main form[method=get]")
    assert forms.count() == page.locator("main form[method=get]:has(button:visible)").count(), url


def test_a_look_finds_what_is_amiss(visit: Open, transactional_db: None) -> None:
    """The tests of panels lean on this."""
    anybody = visit(None, viewport=DESK, color_scheme="light")
    anybody.goto("/accounts/login/")
    assert look(anybody.page) == []
    anybody.page.evaluate(
        """() => {
            const said = document.createElement("p");
            said.append("Hardly to be read", new Image(1200, 1));
            said.style.color = "light-dark(#ddd, #333)";
            document.body.prepend(said);
        }"""
    )
    found = look(anybody.page)
    for layout in ("light, 390", "dark, 390", "light, 1440", "dark, 1440"):
        assert any(one.startswith(f"{layout}: color-contrast") for one in found), layout
    assert any(one.startswith("light, 1440: image-alt") for one in found)
    assert "390: something sticks out" in found
