"""Finance staff bring a usage file in, from the upload to the ledger, and bring it in again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.scene import Scene
from tests.teams.cast import Cast
from usage.enums import EventSource
from usage.models import UsageEvent
from usage.services.file_import_run import run_file_imports

Open = Callable[..., Visit]
ROWS = """When;Model name;User;Prompt tokens;Completion tokens;Notes
21.11.2026 09:00;gpt-4o;bob;1.200;300;first
21.11.2026 09:00;gpt-4o;bob;1.200;300;first
21.11.2026 09:05;gpt-4o-mini;zoé;12.000;1.000;second
21.11.2026 09:06;gpt-4o;bob;none;3;third
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gateway export.csv"
    path.write_text(ROWS, encoding="cp1252")
    return path


def _upload(page: Page, file: Path) -> None:
    page.get_by_role("link", name="File imports").click()
    page.get_by_role("link", name="Import a file").click()
    _fill(page, file)


def _fill(page: Page, file: Path) -> None:
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("Acme")
    page.get_by_role("option", name="Acme").first.click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload", exact=True).click()


def test_a_file_is_mapped_checked_and_stored_once(cast: Cast, scene: Scene, visit: Open, file: Path) -> None:
    carol = visit(cast.carol)
    page = carol.page
    carol.goto("/admin/")
    _upload(page, file)

    expect(page.get_by_role("heading", name="What the columns of gateway export.csv mean")).to_be_visible()
    expect(page.get_by_role("combobox", name="Prompt tokens")).to_have_value("input_tokens")
    expect(page.get_by_role("combobox", name="Notes")).to_have_value("")
    page.get_by_role("combobox", name="When").select_option("occurred_at")
    page.get_by_label("Times are written").select_option("dmy")
    page.get_by_label("Thousands are divided by").select_option(".")
    page.get_by_label("Decimals come after").select_option(",")
    page.get_by_label("Provider", exact=True).fill("openai")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("status")).to_contain_text("Being checked")
    run_file_imports()

    # The page looks again by itself.
    expect(page.get_by_role("heading", name="Before gateway export.csv is stored")).to_be_visible(
        timeout=15_000
    )
    expect(page.locator(".imports-stored dd")).to_have_text("3")
    expect(page.locator(".imports-invalid dd")).to_have_text("1")
    expect(page.get_by_text("“none” is no number").first).to_be_visible()
    expect(page.get_by_text("New members (1): zoé.")).to_be_visible()
    # A wide table scrolls in its place, and none of it is cut off.
    table = page.locator(".imports-rows")
    assert table.evaluate("table => table.scrollWidth >= table.querySelector('table').scrollWidth")
    page.get_by_label("Reason").fill("Usage of the old gateway")
    page.get_by_role("button", name="Store 3 rows").click()
    expect(page.get_by_role("status")).to_contain_text("rows are done")
    run_file_imports()
    expect(page.get_by_role("status")).to_contain_text("All 4 rows are dealt with", timeout=15_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all as CSV").click()
    assert "input_tokens" in download.value.path().read_text(encoding="utf-8-sig")
    page.get_by_role("link", name="See the events in the ledger").click()
    expect(page.get_by_role("row").filter(has_text="File import")).to_have_count(3)

    # Once more: it says so, offers the same mapping, and nothing changes.
    _upload(page, file)
    expect(page.get_by_role("note")).to_contain_text("This very file was imported as gateway export.csv")
    expect(page.get_by_label("Times are written")).to_have_value("dmy")
    page.get_by_role("button", name="Check the file").click()
    run_file_imports()
    expect(page.locator(".imports-duplicate dd")).to_have_text("3", timeout=15_000)
    expect(page.get_by_text("Nothing to store")).to_be_visible()
    expect(page.get_by_role("button", name="Store")).to_have_count(0)
    assert UsageEvent.objects.filter(source=EventSource.FILE).count() == 3


def test_the_steps_fit_a_phone(cast: Cast, scene: Scene, visit: Open, file: Path) -> None:
    carol = visit(cast.carol, viewport={"width": 360, "height": 800})
    page = carol.page
    carol.goto("/admin/usage/fileimport/upload/")
    _fill(page, file)
    page.get_by_role("combobox", name="When").select_option("occurred_at")
    _assert_fits(page)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("status")).to_be_visible()
    _assert_fits(page)
    run_file_imports()
    expect(page.get_by_text("Nothing to store")).to_be_visible(timeout=15_000)
    _assert_fits(page)


def _assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
