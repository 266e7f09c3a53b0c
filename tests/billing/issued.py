"""An organization with issued invoices, people of every role, and a month in progress."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.enums import SeriesKind
from billing.models import Invoice, Issuer, NumberSeries
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from billing.services.payments import record_payment
from teams.enums import Role
from teams.models import Organization, User
from tests.billing.billing_fixtures import JUNE, MAY, billed_organization
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory, UserFactory
from tests.usage.ledger_fixtures import event, store

NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)
JULY = date(2026, 7, 1)
MILLION = 1_000_000
MAY_DAY, JUNE_DAY, JULY_DAY = (datetime(2026, month, 10, 12, tzinfo=UTC) for month in (5, 6, 7))


@dataclass(frozen=True)
class Issued:
    """Juno with the invoices of May (paid in part, with a late event's adjustment to come) and June."""

    juno: Organization
    may: Invoice
    june: Invoice
    people: dict[Role, User]


def issue(cast: Cast, *, prefix: str = "INV-", **fields: Any) -> Issued:
    """Close May and June of Juno; Alice owns it, and one person has each other role. Charlie is an outsider."""
    terms: dict[str, Any] = {"included_tokens": 2 * MILLION, "markup_factor": "1.5"} | fields
    juno = billed_organization(name="Juno", slug="juno", **terms)
    NumberSeries.objects.create(issuer=Issuer.objects.get(), kind=SeriesKind.INVOICE, prefix=prefix, digits=5)
    people = {Role.OWNER: cast.alice}
    MemberFactory(organization=juno, user=cast.alice, role=Role.OWNER)
    for role in Role:
        if role is not Role.OWNER:
            people[role] = UserFactory(email=f"{role.value}@juno.example")
            MemberFactory(organization=juno, user=people[role], role=role)
    store(
        juno,
        event(occurred_at=MAY_DAY, input_tokens=3 * MILLION, output_tokens=400_000, feature="chat"),
        event(occurred_at=MAY_DAY, input_tokens=MILLION, cache_read_input_tokens=600_000, feature="agents"),
        event(occurred_at=MAY_DAY, response_model="mystery-1", input_tokens=7),
    )
    may = _issue(juno, MAY, datetime(2026, 6, 2, 9, tzinfo=UTC))
    record_payment(invoice_id=may.pk, amount=Decimal(5), paid_on=date(2026, 6, 9), reference="A-1")
    store(
        juno,
        event(occurred_at=MAY_DAY, input_tokens=200_000, feature="chat"),
        event(occurred_at=JUNE_DAY, input_tokens=5 * MILLION, output_tokens=123_456, department_id="lab"),
        received_at=datetime(2026, 6, 15, tzinfo=UTC),
    )
    june = _issue(juno, JUNE, datetime(2026, 7, 15, 9, tzinfo=UTC))
    store(juno, event(occurred_at=JULY_DAY, input_tokens=MILLION, feature="chat"), received_at=NOW)
    may.refresh_from_db()
    return Issued(juno=juno, may=may, june=june, people=people)


def _issue(organization: Organization, month: date, now: datetime) -> Invoice:
    draft = close_month(organization=organization, period=month, now=now)
    assert draft is not None
    return finalize_invoice(invoice_id=draft.pk, now=now)
