"""An organization that is billed: issuer, account, plan, and months with usage."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.models import BillingAccount, BillingContact, ExchangeRate, Issuer, Plan
from billing.services.subscriptions import subscribe
from teams.models import Organization
from tests.usage.ledger_fixtures import open_ledger

MAY = date(2026, 5, 1)
JUNE = date(2026, 6, 1)
AFTER_MAY = datetime(2026, 6, 15, 12, tzinfo=UTC)
AFTER_JUNE = datetime(2026, 7, 15, 12, tzinfo=UTC)


def make_issuer(**changed: Any) -> Issuer:
    fields = {
        "legal_name": "Ledger Works GmbH",
        "address": "Hauptstraße 1\n10115 Berlin",
        "country": "DE",
        "email": "billing@ledger.example",
        "tax_id": "DE123456788",
    }
    return Issuer.objects.create(**(fields | changed))


def billed_organization(
    *,
    issuer: Issuer | None = None,
    base_fee: str = "20",
    included_tokens: int = 0,
    markup_factor: str = "1",
    tax_rate: str = "19",
    units_per_usd: str = "0.9",
    plan: Plan | None = None,
    **fields: Any,
) -> Organization:
    """An organization with open months, subscribed from January 2026 on; gpt-4o costs 2 and 10 dollars a million."""
    organization = open_ledger(**fields)
    if organization.currency != "USD":
        ExchangeRate.objects.get_or_create(
            currency=organization.currency,
            rate_date=date(2026, 1, 1),
            defaults={"units_per_usd": Decimal(units_per_usd), "source": "test"},
        )
    account = BillingAccount.objects.create(
        organization=organization,
        issuer=issuer or make_issuer(),
        legal_name=f"{organization.name} Ltd",
        address="1 Main Street",
        country="US",
        tax_rate=Decimal(tax_rate),
    )
    BillingContact.objects.create(account=account, email="accounts@buyer.example")
    chosen = plan or Plan.objects.create(
        code=f"plan-{organization.slug}",
        name="Team",
        currency=organization.currency,
        base_fee=Decimal(base_fee),
        included_tokens=included_tokens,
        markup_factor=Decimal(markup_factor),
    )
    subscribe(organization=organization, plan=chosen, valid_from=date(2026, 1, 1))
    return organization
