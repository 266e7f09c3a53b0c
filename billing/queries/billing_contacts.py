"""Who receives an organization's invoices."""

from billing.models import BillingContact
from teams.enums import Role
from teams.models import Member


def invoice_recipients(organization_id: int) -> tuple[str, ...]:
    """The addresses of the billing contacts; without any, those of the owners. Each once, by alphabet."""
    contacts = BillingContact.objects.filter(account__organization_id=organization_id)
    addresses = set(contacts.values_list("email", flat=True)) or _owners(organization_id)
    return tuple(sorted({address.lower(): address for address in sorted(addresses)}.values()))


def _owners(organization_id: int) -> set[str]:
    owners = Member.objects.filter(
        organization_id=organization_id, role=Role.OWNER, left_at=None, merged_into=None
    ).select_related("user")
    return {address for owner in owners if (address := owner.user.email if owner.user else owner.email)}
