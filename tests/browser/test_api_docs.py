"""The API's documentation in a browser: drawn from the served document, under the strict policy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit


@pytest.mark.django_db(transaction=True)
def test_documentation_is_drawn(visit: Callable[..., Visit]) -> None:
    """That nothing was blocked, failed or came from elsewhere is seen at the end of the visit."""
    anybody = visit(None)

    assert anybody.goto("/api/v1/docs") == 200
    page = anybody.page
    expect(page.get_by_role("heading", name="Token Ledger API")).to_be_visible()
    expect(page.locator("#operations-ingest-store_usage_events")).to_be_visible()

    page.locator("#operations-usage-usage_overview .opblock-summary-control").click()
    described = page.locator("#operations-usage-usage_overview")
    expect(described.get_by_text("Totals, daily values, models, projection")).to_be_visible()
    expect(described.get_by_text("YYYY-MM")).to_be_visible()
