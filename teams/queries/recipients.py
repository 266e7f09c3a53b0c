"""Who is told by e-mail what needs a person."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from teams.enums import Role
from teams.models import Member, Organization, User


@dataclass(frozen=True, slots=True)
class Recipient:
    """An e-mail address and the language that is read there, one of ``DOCUMENT_LANGUAGES``."""

    address: str
    language: str


def staff_recipients(permission: str) -> list[Recipient]:
    """Where finance staff is told: ``STAFF_EMAILS``, else everyone of the staff who has ``permission``; each once."""
    if settings.STAFF_EMAILS:
        return _each_once([Recipient(address, settings.LANGUAGE_CODE) for address in settings.STAFF_EMAILS])
    staff = User.objects.filter(is_active=True, is_staff=True).order_by("pk")
    may = [user for user in staff if user.has_perm(permission)]
    return _each_once([Recipient(user.email, _written(user.language)) for user in may])


def owner_recipients(organization: Organization) -> list[Recipient]:
    """The owners of an organization, each once; those of its organization for a test twin."""
    owners = Member.objects.filter(
        Q(user=None) | Q(user__is_active=True),
        organization_id=organization.twin_of_id or organization.pk,
        role=Role.OWNER,
        left_at=None,
        merged_into=None,
    ).order_by("pk")
    addresses = owners.values_list("email", "user__email")
    language = _written(organization.language)
    return _each_once([Recipient(own or of_user or "", language) for own, of_user in addresses])


def _written(language: str) -> str:
    """The language itself, or English where nothing is written in it."""
    return language if language in dict(settings.DOCUMENT_LANGUAGES) else settings.LANGUAGE_CODE


def _each_once(recipients: list[Recipient]) -> list[Recipient]:
    found: dict[str, Recipient] = {}
    for recipient in recipients:
        if recipient.address:
            found.setdefault(recipient.address.casefold(), recipient)
    return list(found.values())
