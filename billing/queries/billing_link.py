"""How an organization is billed: by whom, to whom, on which plan."""

from dataclasses import dataclass
from datetime import date

from billing.models import BillingAccount, BillingContact
from billing.queries.plans import plan_values, plans_read
from teams.models import Organization
from teams.queries.together import asked_together


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
    """What the invoice of the month of ``today`` would go by. One query, and one for a test twin."""
    accounts = BillingAccount.objects.filter(organization=organization)
    contacts = BillingContact.objects.filter(account__organization=organization)
    account, found, plans = asked_together(
        accounts.order_by("legal_name").values_list("legal_name", "issuer__legal_name"),
        contacts.order_by("email").values_list("email"),
        plan_values(organization.pk),
    )
    ((legal_name, issuer),) = account or [("", "")]
    plan = plans_read(plans).plan(today.replace(day=1))
    return BillingLink(
        twin_of=str(organization.twin_of or ""),
        legal_name=legal_name,
        issuer=issuer,
        plan=plan.name if plan else "",
        currency=organization.currency,
        contacts=tuple(email for (email,) in found),
    )
