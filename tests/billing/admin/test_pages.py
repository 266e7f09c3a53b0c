"""Every page of billing's admin opens for finance staff and nobody else; more rows take no more queries."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import (
    BillingAccount,
    CreditEntry,
    ExchangeRate,
    Invoice,
    Issuer,
    Payment,
    Plan,
    Subscription,
)
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from billing.services.payments import record_payment
from teams.models import AuditEntry
from tests.billing.billing_fixtures import MAY, billed_organization
from tests.teams.cast import Cast
from tests.usage.ledger_fixtures import event, store

MODELS = (BillingAccount, CreditEntry, ExchangeRate, Invoice, Issuer, Payment, Plan, Subscription)
NAUGHTY = "<script>alert(1)</script>"


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:billing_{model._meta.model_name}_{page}", args=args)


def make_rows(name: str = NAUGHTY) -> None:
    organization = billed_organization(name=name, currency="EUR")
    store(organization, event())
    draft = close_month(organization=organization, period=MAY)
    assert draft is not None
    invoice = finalize_invoice(invoice_id=draft.pk)
    record_payment(invoice_id=invoice.pk, amount=invoice.total, paid_on=MAY, reference=name)
    CreditEntry.objects.create(
        organization=organization, currency="EUR", amount=1, invoice=invoice, reason=name
    )


def pages_of(model: Any) -> list[str]:
    return [url(model, "changelist"), *(url(model, "change", row.pk) for row in model.objects.all())]


def test_lists_write_days_and_instants_as_they_sort(staff: Client) -> None:
    make_rows("Zeta")
    rate = ExchangeRate.objects.latest("rate_date")
    assert f">{rate.rate_date.isoformat()}<" in staff.get(url(ExchangeRate, "changelist")).content.decode()
    (entry,) = AuditEntry.objects.filter(action="invoice.finalized")
    shown = staff.get(reverse("admin:teams_auditentry_changelist")).content.decode()
    assert f"{entry.recorded_at:%Y-%m-%d %H:%M}" in shown
    assert "audit entries" in shown


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_details_open_for_staff_only(cast: Cast, staff: Client, model: Any) -> None:
    make_rows()
    owner = Client()
    owner.force_login(cast.alice)
    for page in pages_of(model):
        response = staff.get(page)
        assert response.status_code == 200, page
        assert NAUGHTY not in response.content.decode()
        assert owner.get(page, follow=True).status_code == 403
        assert Client().get(page)["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("page", ["", "close/", "finalize/", "send/"])
def test_the_month_close_opens_for_staff_only(cast: Cast, staff: Client, page: str) -> None:
    make_rows()
    path = f"{reverse('month-close')}{page}"
    assert staff.get(path, {"month": "2026-05"}).status_code == 200
    assert staff.get(path, {"month": "nonsense", "page": "²"}).status_code == 200
    assert NAUGHTY not in staff.get(path).content.decode()
    owner = Client()
    owner.force_login(cast.alice)
    assert owner.get(path, follow=True).status_code == 403
    assert owner.post(path, {"month": "2026-05"}, follow=True).status_code == 403
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize("model", [BillingAccount, Invoice, Payment, Plan, Subscription])
def test_a_list_takes_as_many_queries_for_few_rows_as_for_many(staff: Client, model: Any) -> None:
    counts = []
    for names in (("One",), ("Two", "Three")):
        for name in names:
            make_rows(name)
        staff.get(url(model, "changelist"))
        with CaptureQueriesContext(connection) as queries:
            staff.get(url(model, "changelist"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("model", [BillingAccount, ExchangeRate, Issuer, Plan])
def test_staff_may_add(staff: Client, model: Any) -> None:
    assert staff.get(url(model, "add")).status_code == 200


@pytest.mark.parametrize("model", [CreditEntry, Invoice, Payment, Subscription])
def test_what_services_write_is_not_edited(staff: Client, model: Any) -> None:
    make_rows()
    entry = model.objects.first()
    assert staff.get(url(model, "add")).status_code == 403
    assert staff.post(url(model, "change", entry.pk), {"total": 1}).status_code == 403
    assert staff.post(url(model, "delete", entry.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    "query", ["?status__exact=finalized", "?payment_status__exact=paid", "?overdue=no", "?q=Buyer", "?q=INV-"]
)
def test_invoices_are_found(staff: Client, query: str) -> None:
    make_rows("Buyer")
    assert "INV-00001" in staff.get(url(Invoice, "changelist") + query).content.decode()
    assert "INV-00001" not in staff.get(url(Invoice, "changelist") + "?overdue=yes").content.decode()


def test_the_side_bar_is_in_the_order_of_the_work(staff: Client) -> None:
    groups = staff.get("/admin/").context["sidebar_navigation"]
    first = [str(item["title"]) for item in groups[0]["items"]]
    assert first[:4] == ["Home", "Month close", "Invoices", "Payments"]
    titles = [str(item["title"]) for group in groups for item in group["items"]]
    assert (
        titles.index("Organizations")
        < titles.index("Ledger")
        < titles.index("Plans")
        < titles.index("Outbox")
    )
    # Staff may not touch what the framework keeps for itself.
    assert groups[-1]["items"] == []
