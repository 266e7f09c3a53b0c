"""How an organization is billed: by whom, to whom, on which plan."""

from dataclasses import dataclass
from datetime import date

from billing.models import BillingAccount
from billing.queries.month_close import plan_of
from teams.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingLink:
    """Empty texts where there is none. A test twin is never billed: ``twin_of`` names its organization."""

    twin_of: str
    legal_name: str
    issuer: str
    plan: str
    currency: str
    contacts: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether an invoice can be made."""
        return bool(self.legal_name and self.plan)


def billing_link(organization: Organization, *, today: date) -> BillingLink:
    """What the invoice of the month of ``today`` would go by. Four queries at most."""
    account = (
        BillingAccount.objects.select_related("issuer")
        .prefetch_related("contacts")
        .filter(organization=organization)
        .first()
    )
    plan = plan_of(organization.pk, today.replace(day=1))
    return BillingLink(
        twin_of=str(organization.twin_of or ""),
        legal_name=account.legal_name if account else "",
        issuer=account.issuer.legal_name if account else "",
        plan=plan.name if plan else "",
        currency=organization.currency,
        contacts=tuple(contact.email for contact in account.contacts.all()) if account else (),
    )
