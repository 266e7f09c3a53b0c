"""What the demo's organizations agreed to pay, and the invoices of the months that are over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from billing.models import BillingAccount, BillingContact, ExchangeRate, Invoice, Issuer, Plan, Subscription
from billing.rounding import rounded
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from billing.services.payments import record_payment
from billing.services.subscriptions import subscribe
from teams.models import AuditEntry, Organization
from teams.services.audit import record_audit
from usage.demo.people import JUNIPER, PEBBLE
from usage.demo.story import DemoStory
from usage.models import UsagePeriod
from usage.periods import month_of, months_between

BILLED: Final = "demo.billed"
_ISSUED_AFTER: Final = timedelta(hours=32)
_SENT_AFTER: Final = timedelta(minutes=4)
_PAID_AFTER_DAYS: Final = (9, 12, 8, 13, 10)

_ISSUER: Final = {
    "address": "Kontorhaus 3\nSpeicherstraße 12\n10115 Berlin",
    "country": "DE",
    "tax_id": "DE123456788",
    "registration": "Amtsgericht Charlottenburg, HRB 204711 B",
    "email": "billing@ledgerworks.example",
    "website": "ledgerworks.example",
    "bank_name": "Musterbank Berlin",
    "iban": "DE89370400440532013000",
    "bic": "COBADEFFXXX",
    "time_zone": "Europe/Berlin",
}
_ISSUER_NAME: Final = "Ledger Works GmbH"
# What a dollar was worth in euros on the first day of the months of a year; made up, like all of it.
_EUROS: Final = ("0.9210", "0.9185", "0.9243", "0.9302", "0.9268", "0.9194")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Plan, buyer and habits of paying of an organization. ``last_payments`` are the parts of the latest
    invoices that were paid, the latest last; all before were paid whole.
    """

    plan_code: str
    plan: dict[str, Any]
    account: dict[str, Any]
    contact: tuple[str, str]
    language: str
    last_payments: Sequence[Decimal]


_AGREEMENTS: Final = {
    JUNIPER.slug: Agreement(
        plan_code="demo-team",
        plan={
            "name": "Team",
            "currency": "USD",
            "base_fee": Decimal(99),
            "included_tokens": 60_000_000,
            "markup_factor": Decimal("1.2"),
        },
        account={
            "legal_name": "Juniper Works Inc.",
            "address": "48 Juniper Street, Suite 300\nBrooklyn, NY 11201",
            "country": "US",
            "purchase_order": "PO-2291",
            "net_payment_term": 30,
        },
        contact=("Wanda Kowalska", "wanda@juniper.example"),
        language="en",
        last_payments=(Decimal("0.4"), Decimal(0)),
    ),
    PEBBLE.slug: Agreement(
        plan_code="demo-studio",
        plan={
            "name": "Studio",
            "currency": "EUR",
            "base_fee": Decimal(19),
            "included_tokens": 500_000,
            "markup_factor": Decimal("1.2"),
        },
        account={
            "legal_name": "Pebble & Söhne KG",
            "address": "Kieselweg 7\n20457 Hamburg",
            "country": "DE",
            "tax_id": "DE136695976",
            "tax_rate": Decimal(19),
            "net_payment_term": 14,
        },
        contact=("Charlie Keller", "charlie@demo.example"),
        language="de",
        last_payments=(Decimal(0), Decimal(0)),
    ),
}


@transaction.atomic
def ensure_demo_agreement(organization: Organization, story: DemoStory) -> None:
    """Issuer, account, plan, rates and subscription from the story's first month on, so that usage is priced by it.

    What is there stays as it is.
    """
    agreement = _AGREEMENTS[organization.slug]
    issuer = Issuer.objects.filter(legal_name=_ISSUER_NAME).first() or Issuer.objects.create(
        legal_name=_ISSUER_NAME, **_ISSUER
    )
    account, is_new = BillingAccount.objects.get_or_create(
        organization=organization, defaults={"issuer": issuer, **agreement.account}
    )
    if is_new:
        name, email = agreement.contact
        BillingContact.objects.create(account=account, name=name, email=email)
        organization.language = agreement.language
        organization.save(update_fields=["language"])
    first = month_of(story.first_day)
    if organization.currency == "EUR":
        _ensure_rates(months_between(first, month_of(story.last_day)))
    if not Subscription.objects.filter(organization=organization).exists():
        plan, _is_new = Plan.objects.get_or_create(code=agreement.plan_code, defaults=agreement.plan)
        subscribe(organization=organization, plan=plan, valid_from=first)


def bill_demo(pairs: Iterable[tuple[Organization, DemoStory]]) -> None:
    """Close, finalize and settle every month of the stories that is over, in the order in which they ended.

    Once per organization; one that was interrupted is finished.
    """
    waiting = [(organization, story) for organization, story in pairs if not _is_billed(organization)]
    due = [
        (period.ends_at, period.period, organization, story)
        for organization, story in waiting
        for period in UsagePeriod.objects.filter(
            organization=organization, period__gte=month_of(story.first_day), ends_at__lte=story.end
        )
    ]
    for ends_at, month, organization, story in sorted(due, key=lambda entry: (entry[0], entry[2].pk)):
        now = min(ends_at + _ISSUED_AFTER, story.end)
        draft = close_month(organization=organization, period=month, now=now)
        if draft is not None:
            finalize_invoice(invoice_id=draft.pk, now=now)
    for organization, story in waiting:
        _settle(organization, story)


def _is_billed(organization: Organization) -> bool:
    return AuditEntry.objects.filter(organization=organization, action=BILLED).exists()


@transaction.atomic
def _settle(organization: Organization, story: DemoStory) -> None:
    """Record the payments, and that all but the last invoice went out; that one waits to be sent."""
    invoices = list(Invoice.objects.filter(organization=organization).order_by("period", "id"))
    parts = _AGREEMENTS[organization.slug].last_payments
    for position, invoice in enumerate(invoices):
        from_last = len(invoices) - position
        part = parts[-from_last] if from_last <= len(parts) else Decimal(1)
        _pay(invoice, part, after_days=_PAID_AFTER_DAYS[position % len(_PAID_AFTER_DAYS)], story=story)
        if from_last > 1 and invoice.finalized_at:
            Invoice.objects.filter(pk=invoice.pk).update(sent_at=invoice.finalized_at + _SENT_AFTER)
    record_audit(
        action=BILLED, subject=organization, organization=organization, facts={"invoices": len(invoices)}
    )


def _pay(invoice: Invoice, part: Decimal, *, after_days: int, story: DemoStory) -> None:
    amount = rounded(invoice.total * part, invoice.currency)
    if amount <= 0 or invoice.issuing_date is None:
        return
    record_payment(
        invoice_id=invoice.pk,
        amount=amount,
        paid_on=min(invoice.issuing_date + timedelta(days=after_days), story.last_day),
        reference=f"TRX-{invoice.number}",
    )


def _ensure_rates(months: Iterable[date]) -> None:
    for month in months:
        ExchangeRate.objects.get_or_create(
            currency="EUR",
            rate_date=month,
            defaults={
                "units_per_usd": Decimal(_EUROS[month.month % len(_EUROS)]),
                "source": "Demo",
            },
        )
