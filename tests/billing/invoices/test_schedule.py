"""Months that close by themselves, night after night."""

from unittest.mock import patch

import pytest

from billing.models import BillingAccount, Invoice
from billing.services import month_close
from billing.services.month_close import close_due_months, close_month
from tests.billing.billing_fixtures import AFTER_MAY, MAY, billed_organization
from tests.usage.ledger_fixtures import event, store
from usage.models import UsagePeriod

pytestmark = pytest.mark.django_db


def test_one_that_fails_does_not_hold_up_the_others() -> None:
    failing = billed_organization()
    other = billed_organization(issuer=BillingAccount.objects.get(organization=failing).issuer)
    draft = month_close.write_parts

    def broken(invoice: Invoice, *parts: object) -> None:
        if invoice.organization == failing:
            raise RuntimeError("broken")
        draft(invoice, *parts)  # type: ignore[arg-type]

    with patch.object(month_close, "write_parts", broken):
        drafted = close_due_months(now=AFTER_MAY)
    assert {invoice.organization for invoice in drafted} == {other}
    assert not Invoice.objects.filter(organization=failing).exists()
    assert {invoice.organization for invoice in close_due_months(now=AFTER_MAY)} == {failing}


def test_a_month_with_nothing_to_charge_keeps_its_number_until_something_comes() -> None:
    organization = billed_organization(base_fee="0")
    month = UsagePeriod.objects.filter(organization=organization, period=MAY)
    assert close_month(organization=organization, period=MAY, now=AFTER_MAY) is None
    number = month.get().close_number
    assert close_month(organization=organization, period=MAY, now=AFTER_MAY) is None
    assert month.get().close_number == number
    store(organization, event())
    invoice = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    assert invoice is not None
    assert list(invoice.closes.values_list("period", "close_number")) == [(MAY, number)]
    assert month.get().close_number == number + 1
