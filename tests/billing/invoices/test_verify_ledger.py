"""The command covers invoices."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from billing.enums import LineKind
from billing.models import InvoiceLine, NumberSeries
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from tests.billing.billing_fixtures import AFTER_MAY, MAY, billed_organization
from tests.usage.ledger_fixtures import event, store
from usage.models import ChargeDaily

pytestmark = pytest.mark.django_db


def verified(*arguments: str) -> str:
    output = StringIO()
    try:
        call_command("verify_ledger", *arguments, stdout=output)
    except CommandError as error:
        output.write(str(error))
    return output.getvalue()


def test_invoices_are_verified_with_the_ledger() -> None:
    organization = billed_organization()
    store(organization, event(input_tokens=1_000_000))
    draft = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    assert "No difference" in verified()
    InvoiceLine.objects.filter(invoice=draft, kind=LineKind.USAGE).update(amount=99)
    assert "net total should be" in verified()
    assert "net total should be" in verified("--from", "2026-05-31", "--to", "2026-06-01")
    assert "No difference" in verified("--from", "2026-06-01")


def test_a_charge_that_changed_under_an_invoice_and_a_lost_number_are_found() -> None:
    organization = billed_organization()
    store(organization, event(input_tokens=1_000_000))
    draft = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    finalize_invoice(invoice_id=draft.pk)
    assert "No difference" in verified()
    NumberSeries.objects.update(next_number=3)
    ChargeDaily.objects.update(input_quantity=F("input_quantity") + 1)
    said = verified()
    assert f"invoice_id={draft.pk} INV-00001: digest of the lines should be" in said
    assert "INV-00002 stands on no invoice" in said
