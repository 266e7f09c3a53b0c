"""A real browser against a real server: nothing but the server may be asked for, and nothing may go wrong unseen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from time_machine import travel

from teams.models import User
from tests.browser.scene import Scene, set_scene
from tests.teams.cast import Cast, make_cast

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
# Violations of the policy are reported in the page, before the console tells of them.
LISTEN = """addEventListener("securitypolicyviolation", (event) =>
    console.error("blocked by policy: " + event.violatedDirective + " " + event.blockedURI))"""


@dataclass
class Visit:
    """One person's browser. ``troubles`` are console errors, failures of scripts and requests to elsewhere.

    A page that is rightly refused is logged by the browser as an error too: ``foreseen`` are the statuses meant.
    """

    context: BrowserContext
    page: Page
    base: str
    troubles: list[str] = field(default_factory=list)
    foreseen: tuple[str, ...] = ("404 (Not Found)",)

    def goto(self, path: str) -> int:
        """Open a page of the server and say its status; what it asks for later is waited for at the end."""
        response = self.page.goto(self.base + path)
        assert response is not None
        return response.status

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning") and not any(one in message.text for one in self.foreseen):
            self.troubles.append(f"console: {message.text}")

    def _request(self, url: str) -> None:
        if not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != urlsplit(self.base).netloc:
            self.troubles.append(f"left the host: {url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, which Django takes for an asynchronous one.
    patch = pytest.MonkeyPatch()
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield running
        running.close()
    patch.undo()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def late_november() -> Iterator[None]:
    """The server's clock: far enough into a month for every figure to be there, and running."""
    with travel(NOW, tick=True):
        yield


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return set_scene(cast, now=NOW)


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer, settings: Any) -> Iterator[Callable[..., Visit]]:
    """Opens a browser for someone, signed in; at the end nothing may have gone wrong in any."""
    settings.STAFF_MFA_REQUIRED = False
    visits: list[Visit] = []

    def open_for(user: User | None, **options: Any) -> Visit:
        context = browser.new_context(locale="en-US", **options)
        context.add_init_script(LISTEN)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        opened = Visit(context=context, page=page, base=live_server.url)
        opened.watch(page)
        visits.append(opened)
        return opened

    yield open_for
    for opened in visits:
        opened.page.wait_for_load_state("networkidle")
        opened.context.close()
    assert [trouble for opened in visits for trouble in opened.troubles] == []
