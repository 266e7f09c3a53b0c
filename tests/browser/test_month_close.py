"""Finance staff take a month from usage to paid in the admin; the owner of the organization sees it."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from billing.models import BillingAccount, BillingContact, Invoice, Plan
from billing.services.subscriptions import subscribe
from teams.formatting import money
from teams.models import OutboxMessage
from tests.billing.billing_fixtures import make_issuer
from tests.browser.conftest import NOW, Visit
from tests.browser.scene import cost_of, set_scene
from tests.teams.cast import Cast

Open = Callable[..., Visit]
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def october(cast: Cast) -> Decimal:
    """Acme pays 99 dollars a month and list prices, at 19 % tax; what its usage of October costs."""
    # Seven weeks before November 23 lie in October and November alone: nothing late comes in between.
    scene = set_scene(cast, now=NOW, weeks=7)
    account = BillingAccount.objects.create(
        organization=cast.acme,
        issuer=make_issuer(),
        legal_name="Acme Ltd",
        address="1 Main Street",
        country="US",
        tax_rate=Decimal(19),
    )
    BillingContact.objects.create(account=account, email="accounts@acme.example")
    plan = Plan.objects.create(code="team", name="Team", base_fee=Decimal(99))
    subscribe(organization=cast.acme, plan=plan, valid_from=OCTOBER)
    return cost_of([event for event in scene.sent if event.occurred_at.month == 10])


def test_a_month_is_closed_sent_and_paid(cast: Cast, october: Decimal, visit: Open) -> None:
    carol = visit(cast.carol)
    page = carol.page
    carol.goto("/admin/")
    page.get_by_role("link", name=re.compile("2 to close")).click()
    expect(page.get_by_role("heading", name="Close October 2026")).to_be_visible()

    # 1: what stands in the way. 2: what the invoice will say.
    expect(page.get_by_role("row").filter(has_text="Other")).to_contain_text("There is no billing account")
    page.get_by_role("row").filter(has_text="Acme").get_by_role("link", name="Close").click()
    expect(page.get_by_role("row").filter(has_text="Base fee: Team")).to_contain_text("$99.00")
    page.get_by_role("button", name="Close 1 month").click()
    expect(page.get_by_role("status")).to_contain_text("1 organization is done")

    # 3 and 4.
    page.get_by_role("link", name="Finalize the drafts (1)").click()
    page.get_by_role("button", name="Finalize 1 draft").click()
    expect(page.get_by_role("row").filter(has_text="Acme")).to_contain_text("Finalized as INV-00001")
    page.get_by_role("link", name="Send the invoices (1)").click()
    expect(page.get_by_role("row").filter(has_text="Acme")).to_contain_text("accounts@acme.example")
    page.get_by_role("button", name="Send 1 invoice").click()
    expect(page.get_by_role("status")).to_contain_text("1 organization is done")
    assert OutboxMessage.objects.filter(recipient="accounts@acme.example").count() == 1

    page.get_by_role("link", name="INV-00001").click()
    invoice = Invoice.objects.get(number="INV-00001")
    # Every line is rounded once, so the sum may be some cents beside the exact cost.
    assert abs(invoice.net_total - 99 - october) < Decimal("0.005") * invoice.lines.count()
    total = money(invoice.total, currency="USD", locale="en")
    expect(page.locator(".billing-cards")).to_contain_text(total)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the PDF").click()
    assert download.value.suggested_filename == "INV-00001.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF")

    page.get_by_role("link", name="Record payment").click()
    expect(page.get_by_label("Amount, USD")).to_have_value(f"{invoice.total:.2f}")
    page.get_by_label("Reference").fill("BANK-1")
    page.get_by_role("button", name="Record payment").click()
    expect(page.locator(".billing-states")).to_contain_text("Paid")

    alice = visit(cast.alice)
    alice.goto("/o/acme/invoices/")
    row = alice.page.get_by_role("row").filter(has_text="INV-00001")
    expect(row).to_contain_text("Paid")
    expect(row).to_contain_text(total)
