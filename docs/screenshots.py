"""Pictures of the demo for the README, from a running server: python docs/screenshots.py [http://127.0.0.1:8000]

Start the server with `make run` first. Writes docs/images/.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
DESK, PHONE = (1440, 900), (390, 844)


@dataclass(frozen=True)
class Shot:
    """One picture: whose page, where, how large, in which theme."""

    name: str
    who: str
    path: str = "/"
    size: tuple[int, int] = DESK
    theme: str = "light"


SHOTS = (
    Shot("overview-desktop", "alice"),
    Shot("overview-desktop-dark", "alice", theme="dark"),
    Shot("overview-phone", "alice", size=PHONE),
    Shot("overview-phone-dark", "alice", size=PHONE, theme="dark"),
    Shot("chats-desktop", "alice", path="/o/demo/chats/"),
    Shot("costs-desktop-dark", "alice", path="/o/demo/costs/", theme="dark"),
    Shot("patterns-desktop", "alice", path="/o/demo/patterns/?range=last_90_days"),
    Shot("team-phone", "alice", path="/o/demo/team/", size=PHONE),
    Shot("admin-home", "carol", path="/admin/"),
    Shot("admin-trends", "carol", path="/admin/panels/demo/trends/"),
)


def take(browser: Browser, shot: Shot, *, base: str) -> Path:
    """Sign in through the page, as a person would, and take one picture."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.theme == "dark" else "light",
        locale="en-US",
    )
    page = context.new_page()
    page.goto(f"{base}/accounts/login/")
    page.fill("[name=login]", f"{shot.who}@demo.example")
    page.fill("[name=password]", "demo")
    page.click("main [type=submit]")
    page.wait_for_load_state("networkidle")
    if "/accounts/login/" in page.url:
        raise SystemExit(f"{shot.who} cannot sign in at {base}: is this the demo?")
    response = page.goto(base + shot.path, wait_until="networkidle")
    if response is None or not response.ok:
        raise SystemExit(f"{shot.path} answered {response and response.status}: see the server's log")
    picture = IMAGES / f"{shot.name}.png"
    page.screenshot(path=picture)
    context.close()
    return picture


def main(arguments: list[str]) -> None:
    base = (arguments[0] if arguments else "http://127.0.0.1:8000").rstrip("/")
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for shot in SHOTS:
            picture = take(browser, shot, base=base)
            sys.stdout.write(f"{picture.name}  {picture.stat().st_size // 1024} kB\n")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
