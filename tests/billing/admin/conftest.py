from collections.abc import Iterator

import pytest
from django.test import Client, override_settings
from time_machine import travel

from billing.models import Invoice
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from teams.models import Organization
from tests.billing.billing_fixtures import AFTER_MAY, MAY, billed_organization
from tests.teams.cast import Cast
from tests.usage.ledger_fixtures import event, store

MILLION = 1_000_000


@pytest.fixture
def staff(cast: Cast) -> Iterator[Client]:
    """Carol's browser in the middle of June, where no second factor is asked for."""
    with travel(AFTER_MAY, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        client = Client()
        client.force_login(cast.carol)
        yield client


@pytest.fixture
def billed(cast: Cast) -> Organization:
    """Buyer: 20 dollars a month, 19 % tax, and usage of 2 + 1 dollars in May: 27.37 in all."""
    organization = billed_organization(name="Buyer", slug="buyer")
    store(organization, event(transaction_id="big", input_tokens=MILLION, output_tokens=MILLION // 10))
    return organization


@pytest.fixture
def draft(staff: Client, billed: Organization) -> Invoice:
    invoice = close_month(organization=billed, period=MAY)
    assert invoice is not None
    return invoice


@pytest.fixture
def finalized(draft: Invoice) -> Invoice:
    return finalize_invoice(invoice_id=draft.pk)
