"""What a re-rating does to invoices, budgets and panels: issued ones stay, the difference is charged once."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing.enums import ChargeCategory, LineKind
from billing.models import Invoice, InvoiceLine
from billing.queries.budgets import budget_states
from billing.queries.invoice_check import invoice_differences, reproduced_digest
from billing.queries.month_close import invoice_preview
from billing.queries.rerating_invoices import count_issued, invoices_of
from billing.services.alerts import drain_touches
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from teams.models import Organization
from teams.permissions import Visible
from tests.billing.billing_fixtures import AFTER_JUNE, AFTER_MAY, JUNE, MAY, billed_organization
from tests.billing.budgets.scene import alerts, make_budget
from tests.teams.cast import Cast
from tests.threads import at_once
from tests.usage.corrections.voids import LATER
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import NOON, event, open_ledger, store
from tests.usage.rerating.scene import MYSTERY, PRICE_ID, give_price, previewed, rerated, unknown_model
from usage.enums import ReratingStatus
from usage.models import LlmModel, Rerating
from usage.queries.overview import usage_overview
from usage.queries.rerating import changed_parts, rerating_totals
from usage.services.rerating_run import drain_reratings
from usage.services.reratings import approve_rerating, cancel_rerating, request_rerating

MILLION = 1_000_000


def _invoice(organization: Organization, period: object = MAY, now: object = AFTER_MAY) -> Invoice:
    draft = close_month(organization=organization, period=period, now=now)  # type: ignore[arg-type]
    assert draft is not None
    return finalize_invoice(invoice_id=draft.pk)


def _invoiced() -> tuple[Organization, Invoice]:
    """A finalized May with one priced and one unpriced event."""
    organization = billed_organization(base_fee="0", tax_rate="0")
    unknown_model()
    store(
        organization,
        event(input_tokens=MILLION, output_tokens=0),
        event(response_model=MYSTERY, input_tokens=3 * MILLION, output_tokens=MILLION),
    )
    first = _invoice(organization)
    assert first.total == 2
    return organization, first


@pytest.mark.django_db
def test_an_issued_invoice_stays_and_the_next_one_has_the_adjustment_once() -> None:
    organization, first = _invoiced()
    give_price(input=Decimal("0.000001"), output=Decimal("0.000004"))
    before = (first.number, first.lines_digest, first.total, reproduced_digest(first))
    rerating = previewed()
    assert count_issued(rerating) == 1
    assert dict(invoices_of(changed_parts(rerating))) == {(organization.pk, MAY): [first]}
    approve_rerating(rerating, reason="late", now=LATER)
    drain_reratings(now=LATER)
    first.refresh_from_db()
    assert (first.number, first.lines_digest, first.total, reproduced_digest(first)) == before
    assert invoice_preview(organization=organization, period=JUNE).calculation.total == 7
    second = _invoice(organization, JUNE, AFTER_JUNE)
    adjustments = second.lines.filter(charge_category=ChargeCategory.ADJUSTMENT).order_by("position")
    charged = [(line.service_period, line.quantity, line.amount) for line in adjustments if line.price_id]
    assert charged == [(MAY, 3 * MILLION, Decimal(3)), (MAY, MILLION, Decimal(4))]
    assert rerating_totals(previewed()).found.events == 0
    assert sum(line.cost or 0 for line in InvoiceLine.objects.filter(kind=LineKind.USAGE)) == 9
    assert list(invoice_differences(organization.pk)) == []
    assert check(organization).is_clean


@pytest.mark.django_db(transaction=True)
def test_a_rerating_while_the_month_is_closed_is_charged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usage.services.rerating_batch.AT_A_TIME", 5)
    organization = billed_organization(base_fee="0", tax_rate="0")
    unknown_model()
    late = (event(response_model=MYSTERY, input_tokens=MILLION, output_tokens=0) for _ in range(40))
    store(organization, event(input_tokens=MILLION, output_tokens=0), *late)
    give_price(input=Decimal("0.000001"))
    rerating = previewed()
    approve_rerating(rerating, reason="late", now=LATER)
    draft, *_rest = results = at_once(
        lambda: close_month(organization=organization, period=MAY, now=AFTER_MAY),
        lambda: drain_reratings(now=LATER),
        lambda: drain_reratings(now=LATER),
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    finalize_invoice(invoice_id=draft.pk)
    rerating.refresh_from_db()
    assert (rerating.status, rerating_totals(rerating).done_events) == (ReratingStatus.DONE, 40)
    close_month(organization=organization, period=JUNE, now=AFTER_JUNE)
    charged = InvoiceLine.objects.filter(kind=LineKind.USAGE)
    assert sum(line.cost or 0 for line in charged) == 42
    assert list(invoice_differences(organization.pk)) == []
    assert check(organization).is_clean


@pytest.mark.django_db
def test_budgets_and_panels_show_it() -> None:
    organization = open_ledger()
    unknown_model()
    budget = make_budget(organization, "0.01", now=NOON)
    soon, later = NOON + timedelta(minutes=1), NOON + timedelta(minutes=5)
    store(organization, event(), event(response_model=MYSTERY, input_tokens=5000), received_at=soon)
    drain_touches(now=soon)
    assert alerts(budget) == []
    give_price(input=Decimal("0.000001"), output=Decimal("0.00001"))
    rerated(now=later)
    drain_touches(now=later)
    assert alerts(budget) == [75, 90]
    (state,) = budget_states([budget], now=later)
    assert state.spent == Decimal("0.009")
    overview = usage_overview(
        organization=organization, visible=Visible(whole_organization=True), now=LATER, month=MAY
    )
    assert overview is not None
    assert (overview.totals.contracted_cost, overview.totals.unpriced_events) == (Decimal("0.009"), 0)
    assert overview.totals.calls == 2


@pytest.mark.django_db
def test_from_the_list_of_the_unpriced_to_the_adjustment_in_the_admin(staff: Client, cast: Cast) -> None:
    organization, first = _invoiced()
    page = staff.get(reverse("unpriced")).content.decode()
    model = LlmModel.objects.get(name=MYSTERY)
    price_url = reverse("unpriced-price", args=(model.pk,))
    assert MYSTERY in page
    assert price_url in page
    assert staff.post(price_url, {"input": "1", "reason": ""}).status_code == 200
    response = staff.post(price_url, {"input": "1", "output": "4", "reason": "price page"})
    start_url = f"{reverse('admin:usage_rerating_start')}?model={model.pk}"
    assert (response.status_code, response.headers["Location"]) == (302, start_url)
    assert "mystery-1" in staff.get(start_url).content.decode()
    response = staff.post(start_url, {"occurred_from": "", "organization": ""})
    rerating = Rerating.objects.get()
    assert rerating.status == ReratingStatus.PREVIEWED
    shown = staff.get(response.headers["Location"]).content.decode()
    assert "1 issued invoice charges" in shown
    assert str(first.number) in shown
    assert _cards(shown)["Cost before"] == "unpriced"
    assert _cards(shown)["Cost after"] == "$7.00"
    assert _cards(shown)["By the list, before and after"] == "unpriced → $7.00"
    assert _cards(shown)["Unpriced tokens, before and after"] == "4\u202f000\u202f000 → 0"
    assert "$0" not in shown
    assert staff.post(response.headers["Location"], {"step": "approve", "reason": ""}).status_code == 200
    staff.post(response.headers["Location"], {"step": "approve", "reason": "their price page"})
    rerating.refresh_from_db()
    assert (rerating.status, rerating.approved_by) == (ReratingStatus.DONE, cast.carol)
    assert "their price page" in staff.get(response.headers["Location"]).content.decode()
    assert "All usage has a price" in staff.get(reverse("unpriced")).content.decode()
    assert check(organization).is_clean


def _cards(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page))


@pytest.mark.django_db
def test_a_preview_of_priced_and_unpriced_events_says_at_least(staff: Client) -> None:
    """The model had a price for ordinary calls, and none for those of the batch tier."""
    organization = open_ledger()
    unknown_model()
    give_price(input=Decimal("0.000002"))
    both = {"response_model": MYSTERY, "output_tokens": 0}
    store(
        organization,
        event(input_tokens=MILLION, **both),
        event(service_tier="batch", **both),
        event(service_tier="flex", input_tokens=77, **both),
    )
    give_price(id=PRICE_ID + 1, input=Decimal("0.000003"), valid_from=NOON - timedelta(days=1))
    rerating = previewed()
    assert rerating_totals(rerating).found.unpriced_before == 0
    cancel_rerating(rerating)
    give_price(id=PRICE_ID + 2, service_tier="batch", input=Decimal("0.000001"))
    page = staff.get(reverse("admin:usage_rerating_change", args=(previewed().pk,))).content.decode()
    cards = _cards(page)
    assert cards["Events with another price"] == "2"
    assert (cards["Cost before"], cards["Cost after"]) == ("at least $2.00", "$3.00")
    assert cards["By the list, before and after"] == "at least $2.00 → $3.00"
    assert cards["Unpriced events, before and after"] == "1 → 0"
    assert cards["Unpriced tokens, before and after"] == "1\u202f000 → 0"
    assert "1 more event of this model, of 77 tokens, stays unpriced" in page


@pytest.mark.django_db
def test_only_staff_may_look(cast: Cast, client: Client) -> None:
    unknown_model()
    client.force_login(cast.alice)
    model = LlmModel.objects.get(name=MYSTERY)
    for url in (
        reverse("unpriced"),
        reverse("unpriced-price", args=(model.pk,)),
        f"{reverse('admin:usage_rerating_start')}?model={model.pk}",
        reverse("admin:usage_rerating_changelist"),
    ):
        assert client.get(url).status_code in (302, 403)


@pytest.mark.django_db
def test_a_page_that_is_at_work_asks_for_itself_until_somebody_cancels(staff: Client, cast: Cast) -> None:
    _invoiced()
    rerating = request_rerating(model=LlmModel.objects.get(name=MYSTERY))
    page = reverse("admin:usage_rerating_change", args=(rerating.pk,))
    assert staff.get(page).headers["Refresh"] == "3"
    response = staff.get(f"{page}?cancel=1")
    assert "Refresh" not in response.headers
    assert "Reason" in response.content.decode()
    staff.post(page, {"step": "cancel", "reason": "not now"})
    rerating.refresh_from_db()
    assert rerating.status == ReratingStatus.CANCELLED
    assert "Refresh" not in staff.get(page).headers
