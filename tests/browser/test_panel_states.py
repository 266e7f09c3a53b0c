"""What panels say where there is nothing to show yet, and to whom they are not shown, in a real browser."""

from collections.abc import Callable
from typing import Final

from billing.queries.panels.registry import HEALTH, MEMBERS, MONTHS, OVERVIEW
from tests.browser.conftest import Visit
from tests.browser.panel_look import DESK, glance, look
from tests.teams.cast import Cast
from usage.queries.panels.registry import PANELS

Open = Callable[..., Visit]
EMPTY: Final = {
    "": ("No usage has come in yet", "Send one with an API key"),
    "chats/": ("No usage on these days", "as soon as an event names its conversation_id"),
    "files/": ("No files yet", "their field “files”"),
    "tools/": ("No usage on these days", "their field “tools”"),
    "integrations/": ("No usage on these days", "name them in “integration_id”"),
    "costs/": ("No usage on these days", "at which price"),
    "months/": ("No usage in these months", "within seconds of its first event"),
    "health/": ("Nothing came in on these days", "Every request is answered"),
}
"""What a panel says where there is nothing, and of what will be there; the others as ``MEANWHILE``."""
MEANWHILE: Final = ("No usage on these days", "within seconds of the first event")


def test_an_organization_without_usage(cast: Cast, visit: Open) -> None:
    charlie = visit(cast.charlie, viewport=DESK, color_scheme="light")
    amiss = {}
    for panel in (OVERVIEW, *PANELS, MEMBERS, MONTHS, HEALTH):
        if "<" in panel.path:
            continue
        url = f"/o/other/{panel.path}"
        assert charlie.goto(url) == 200, url
        assert charlie.page.locator("main figure[data-chart]:visible").count() == 0, url
        said = charlie.page.locator("main .state").inner_text()
        assert [words for words in EMPTY.get(panel.path, MEANWHILE) if words not in said] == [], url
        amiss[url] = glance(charlie.page)
    assert {url: found for url, found in amiss.items() if found} == {}
    assert len(amiss) > 10


def test_a_panel_that_is_not_shown_says_why_and_leads_on(cast: Cast, visit: Open) -> None:
    bob = visit(cast.bob, viewport=DESK, color_scheme="light")
    bob.foreseen = ("400 (Bad Request)", "403 (Forbidden)")
    for url, status, said in (
        ("/o/acme/tools/", 403, "not permitted"),
        ("/o/acme/?model=gpt-4o", 400, "This panel does not take: model."),
        ("/o/acme/chats/?range=someday", 400, "this cannot be shown"),
    ):
        assert bob.goto(url) == status, url
        assert said in bob.page.locator("main .state").inner_text(), url
        assert bob.page.locator("main .state a.button").is_visible(), url
        assert look(bob.page) == [], url
