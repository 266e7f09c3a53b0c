"""What staff enter about issuers, buyers, plans and rates takes effect and stands in the audit history."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import reverse

from billing.models import BillingAccount, ExchangeRate, Invoice, Issuer, Plan, Subscription
from billing.services.rates import fix_period_rate
from teams.models import AuditEntry, Organization
from tests.billing.billing_fixtures import JUNE, billed_organization, make_issuer
from tests.teams.cast import Cast
from tests.usage.price_factories import LlmModelFactory
from usage.models import ContractRate, Price


def url(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:billing_{model}_{page}", args=args)


def rows(prefix: str, *forms: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    fields = {f"{prefix}-TOTAL_FORMS": len(forms), f"{prefix}-INITIAL_FORMS": initial}
    return fields | {
        f"{prefix}-{index}-{name}": form[name] for index, form in enumerate(forms) for name in form
    }


def audited(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


ISSUER = {
    "legal_name": "Seller",
    "address": "Street 1",
    "country": "DE",
    "email": "a@seller.example",
    "time_zone": "Europe/Berlin",
}
PLAN = {
    "name": "Team",
    "code": "team",
    "currency": "eur",
    "base_fee": "99",
    "included_tokens": "1000",
    "markup_factor": "1.2",
    "is_active": "on",
}


def test_an_issuer_is_made_with_its_series(cast: Cast, staff: Client) -> None:
    series = {"kind": "invoice", "prefix": "RE-", "digits": 4, "next_number": 17}
    assert staff.post(url("issuer", "add"), ISSUER | rows("series", series)).status_code == 302
    made = Issuer.objects.get()
    assert (made.time_zone, str(made.series.get())) == ("Europe/Berlin", "RE-0017")
    assert audited("issuer.created").actor == cast.carol
    assert audited("numberseries.created").facts["next_number"] == {"before": None, "after": 17}


def test_a_series_in_use_counts_by_itself(staff: Client, finalized: Invoice) -> None:
    series = finalized.issuer.series.get()
    changed = {"id": series.pk, "issuer": finalized.issuer_id, "kind": "invoice", "prefix": "R-", "digits": 6}
    fields = ISSUER | rows("series", changed | {"next_number": 1}, initial=1)
    assert staff.post(url("issuer", "change", finalized.issuer_id), fields).status_code == 302
    series.refresh_from_db()
    assert (series.prefix, series.digits, series.next_number) == ("R-", 6, 2)
    assert set(audited("numberseries.changed").facts) == {"prefix", "digits"}


def test_a_buyer_is_made_with_contacts(cast: Cast, staff: Client) -> None:
    issuer = make_issuer()
    fields = {
        "organization": cast.acme.pk,
        "issuer": issuer.pk,
        "legal_name": "Acme Ltd",
        "address": "Street 2",
        "country": "US",
        "tax_name": "VAT",
        "tax_rate": "19",
        "net_payment_term": 30,
    }
    contacts = rows("contacts", {"name": "Ann", "email": "ann@acme.example"})
    assert staff.post(url("billingaccount", "add"), fields | contacts).status_code == 302
    account = BillingAccount.objects.get()
    assert (account.organization, account.contacts.get().email) == (cast.acme, "ann@acme.example")
    entry = audited("billingcontact.created")
    assert (entry.organization, entry.actor) == (cast.acme, cast.carol)
    # Whose account it is stays; a contact that goes is noted by name.
    gone = {
        "id": account.contacts.get().pk,
        "account": account.pk,
        "email": "ann@acme.example",
        "DELETE": "on",
    }
    change = fields | {"organization": cast.other.pk} | rows("contacts", gone, initial=1)
    assert staff.post(url("billingaccount", "change", account.pk), change).status_code == 302
    account.refresh_from_db()
    assert (account.organization, account.contacts.count()) == (cast.acme, 0)
    assert "ann@acme.example" in audited("billingcontact.deleted").subject


def test_a_plans_prices_are_typed_per_million_and_stored_per_unit(staff: Client) -> None:
    model = LlmModelFactory(name="gpt-4o")
    price = {"model": model.pk, "quoted_input": "2.50", "quoted_output": "10", "quoted_audio_second": "0.6",
             "quoted_web_search": "0.01"}  # fmt: skip
    assert staff.post(url("plan", "add"), PLAN | rows("prices", price)).status_code == 302
    plan = Plan.objects.get()
    assert (plan.currency, plan.markup_factor) == ("EUR", Decimal("1.2"))
    stored = plan.prices.get()
    # A million tokens at this price cost what was typed.
    assert stored.input * 1_000_000 == Decimal("2.5")
    assert (stored.input, stored.output) == (Decimal("0.0000025"), Decimal("0.00001"))
    assert (stored.audio_second, stored.web_search) == (Decimal("0.01"), Decimal("0.01"))
    assert stored.cache_read is None
    page = staff.get(url("plan", "change", plan.pk)).content.decode()
    assert 'name="prices-0-quoted_input" value="2.5"' in page
    assert "Input, not cached, per million tokens" in page
    assert "0.0000025" not in page
    facts = audited("planprice.created").facts
    assert facts["input, per million tokens"] == {"before": None, "after": "2.50"}


def test_a_price_too_fine_to_store_is_refused(staff: Client) -> None:
    price = {"model": LlmModelFactory().pk, "quoted_input": "0.0000000001"}
    response = staff.post(url("plan", "add"), PLAN | rows("prices", price))
    assert response.status_code == 200
    empty = staff.post(url("plan", "add"), PLAN | rows("prices", {"model": LlmModelFactory().pk}))
    assert "Name at least one price" in empty.content.decode()
    assert not Plan.objects.exists()


def test_a_plan_with_subscribers_keeps_its_terms(staff: Client, billed: Organization) -> None:
    plan = Subscription.objects.get(organization=billed).plan
    plan.prices.create(model=LlmModelFactory(), input=Decimal("0.0000025"), web_search=Decimal("0.01"))
    page = staff.get(url("plan", "change", plan.pk)).content.decode()
    assert "its terms stay" in page
    assert "$2.50 per million tokens" in page
    assert "Web search calls: $0.01 per call" in page
    assert "0.0000025" not in page
    fields = PLAN | {"name": "Renamed", "base_fee": "1"} | rows("prices")
    assert staff.post(url("plan", "change", plan.pk), fields).status_code == 302
    plan.refresh_from_db()
    assert (plan.name, plan.base_fee) == ("Renamed", Decimal(20))


def test_an_organization_is_subscribed_from_a_month(cast: Cast, staff: Client, billed: Organization) -> None:
    plan = Plan.objects.create(code="big", name="Big", markup_factor=Decimal("0.9"))
    page = reverse("admin:billing_plan_subscribe", args=(plan.pk,))
    form = staff.get(page)["Location"]
    assert f"plan={plan.pk}" in form
    assert staff.get(form).status_code == 200
    given = staff.get(reverse("admin:teams_organization_give_plan", args=(billed.pk,)), follow=True)
    assert "has the plan Team since January 2026" in given.content.decode()
    fields = {"organization": billed.pk, "plan": plan.pk, "valid_from": "2026-07", "reason": "Grew"}
    assert staff.post(form, fields).status_code == 302
    current = Subscription.objects.get(organization=billed, valid_until=None)
    assert (current.plan, current.valid_from) == (plan, date(2026, 7, 1))
    assert ContractRate.objects.get(organization=billed).factor == Decimal("0.9")
    entry = AuditEntry.objects.filter(action="subscription.changed").latest("pk")
    assert (entry.actor, entry.reason) == (cast.carol, "Grew")
    # A month before the plan it has is refused in words, and changes nothing.
    refused = staff.post(form, fields | {"valid_from": "2026-06"})
    assert "choose a later month" in refused.content.decode()
    assert Subscription.objects.filter(organization=billed).count() == 2
    assert Price.objects.filter(organization=billed).count() == 0


def test_a_rate_is_added_and_stays_once_a_month_was_fixed_at_it(cast: Cast, staff: Client) -> None:
    fields = {"currency": "eur", "rate_date": "2026-05-01", "units_per_usd": "0.91", "source": "ECB"}
    assert staff.post(url("exchangerate", "add"), fields).status_code == 302
    rate = ExchangeRate.objects.get()
    assert (rate.currency, audited("exchangerate.created").actor) == ("EUR", cast.carol)
    change = url("exchangerate", "change", rate.pk)
    assert staff.post(change, fields | {"units_per_usd": "0.92"}).status_code == 302
    fix_period_rate(billed_organization(currency="EUR"), JUNE)
    assert staff.post(change, fields | {"units_per_usd": "0.93"}).status_code == 403
    rate.refresh_from_db()
    assert rate.units_per_usd == Decimal("0.92")
    for wrong in ("usd", "xqx"):
        assert staff.post(url("exchangerate", "add"), fields | {"currency": wrong}).status_code == 200
