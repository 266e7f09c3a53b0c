"""A look at a page as it is: wide and narrow, light and dark, with everything on it that can be opened.

axe-core looks for what people with a keyboard, a screen reader or weak eyes could not use.
"""

from collections.abc import Iterable
from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DESK: Final = {"width": 1440, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
FITS: Final = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
AXE: Final = Axe().axe_script
ALL_RULES: Final[tuple[str, ...]] = ()
COLOURS: Final = ("color-contrast", "link-in-text-block")
"""What is left to find in another theme: nothing but colours depends on it."""
SERIOUS: Final = """async ([within, rules]) => {
    const context = within ? { include: [[within]] } : document;
    const only = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
    const found = await axe.run(context, { ...only, resultTypes: ["violations"], iframes: false });
    return found.violations
        .filter((one) => ["serious", "critical"].includes(one.impact))
        .map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""
# In the admin the theme is unfold's, which asks the system only when a page is opened.
THEME: Final = """(scheme) => {
    if (window.Alpine) Alpine.$data(document.documentElement).adminTheme = scheme;
}"""
OPEN: Final = """(within) => {
    for (const part of document.querySelectorAll(`${within} details`)) part.open = true;
}"""
# What stands in the middle of a table or list is like what stands at its ends, and axe-core takes its time for each.
THIN: Final = """(within) => {
    for (const whole of document.querySelectorAll(`${within} :is(tbody, main ul, main ol, .panels ul, .panels ol)`))
        for (const part of [...whole.children].slice(2, -1)) part.remove();
}"""


def look(page: Page, within: str = "") -> list[str]:
    """What is wrong with a page that was opened on a desk in the light, or with a part of it."""
    return _found(page, within, every=((DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")))


def glance(page: Page) -> list[str]:
    """The same of a page with little on it, of which the light of a desk and the dark of a phone show all there is."""
    return _found(page, "", every=((DESK, "light"), (PHONE, "dark")))


def _found(page: Page, within: str, *, every: Iterable[tuple[dict[str, int], str]]) -> list[str]:
    page.evaluate(AXE)
    found = sticking_out(page, DESK) + sticking_out(page, PHONE)
    page.evaluate(OPEN, within)
    found += sticking_out(page, PHONE) + sticking_out(page, DESK)
    page.evaluate(THIN, within)
    for size, scheme in every:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate(THEME, scheme)
        seen: list[str] = page.evaluate(SERIOUS, [within, COLOURS if scheme == "dark" else ALL_RULES])
        found += [f"{scheme}, {size['width']}: {one}" for one in seen]
    page.emulate_media(color_scheme="light")
    page.evaluate(THEME, "light")
    return found


def sticking_out(page: Page, size: dict[str, int]) -> list[str]:
    """Says so if a page is wider than its window."""
    page.set_viewport_size(size)  # type: ignore[arg-type]
    # Charts take the new width with the next frames.
    page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    return [] if page.evaluate(FITS) else [f"{size['width']}: something sticks out"]
