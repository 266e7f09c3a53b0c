"""Tells people by e-mail that an organization's quarantine grows."""

from datetime import UTC, date, datetime
from typing import Final

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import to_locale

from teams.formatting import count, percent
from teams.models import Organization, OutboxMessage
from teams.queries.recipients import Recipient, owner_recipients, staff_recipients
from teams.services.mail import RenderedMail, render_mail
from teams.services.outbox import queue_email
from usage.queries.quarantine_growth import Growth, quarantine_growth

log = structlog.get_logger(__name__)

KIND: Final = "quarantine.grew"
OWNERS_PAGE: Final = "health"


def alert_growing_quarantines(*, now: datetime | None = None) -> int:
    """Write to finance staff and owners of each organization whose quarantine grows; gives how many e-mails.

    At most once per organization and UTC day. Harmless to repeat and beside itself.
    """
    now = now or timezone.now()
    grown = quarantine_growth(
        now=now,
        per_hour=settings.QUARANTINE_ALERT_PER_HOUR,
        share=settings.QUARANTINE_ALERT_PERCENT / 100,
        at_least=settings.QUARANTINE_ALERT_AT_LEAST,
    )
    return sum(_alert(growth, now.astimezone(UTC).date()) for growth in grown)


@transaction.atomic
def _alert(growth: Growth, day: date) -> int:
    reference = f"quarantine:{growth.organization_id}:{day}"
    if OutboxMessage.objects.filter(reference=reference).exists():
        return 0
    organization = Organization.objects.get(pk=growth.organization_id)
    staff = staff_recipients("usage.view_quarantinedevent")
    owners = [
        one for one in owner_recipients(organization) if one.address not in {to.address for to in staff}
    ]
    list_url = f"{reverse('admin:usage_quarantinedevent_changelist')}?organization={organization.pk}"
    shown_to_owners = organization.twin_of or organization
    owners_url = reverse(OWNERS_PAGE, args=(shown_to_owners.slug,))
    queued = 0
    # In the order of addresses: a rival that queues the same waits for us, and never we for it.
    told = sorted([(to, list_url) for to in staff] + [(to, owners_url) for to in owners], key=_address)
    for recipient, path in told:
        mail = _mail(growth, organization, recipient, path=path, is_staff=path == list_url)
        queued += _queue(mail, organization, recipient, reference)
    if not told:
        log.warning("nobody to tell about a growing quarantine", organization_id=organization.pk)
    return queued


def _address(told: tuple[Recipient, str]) -> str:
    return told[0].address.casefold()


def _mail(
    growth: Growth, organization: Organization, recipient: Recipient, *, path: str, is_staff: bool
) -> RenderedMail:
    locale = to_locale(recipient.language)
    context = {
        "organization": organization.name,
        "is_staff": is_staff,
        "is_sudden": growth.is_sudden,
        "new": count(growth.shown, locale=locale),
        "received": count(growth.received_today, locale=locale),
        "share": percent(growth.share, locale=locale),
        "reasons": [
            (reason.label, count(number, locale=locale)) for reason, number in growth.reasons.items()
        ],
        "open": count(growth.open, locale=locale),
        "path": path,
    }
    return render_mail(
        template="quarantine_grew", context=context, language=recipient.language, time_zone="UTC"
    )


def _queue(mail: RenderedMail, organization: Organization, recipient: Recipient, reference: str) -> int:
    try:
        message = queue_email(
            to=recipient.address,
            kind=KIND,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            organization=organization,
            reference=reference,
            dedupe_key=f"{KIND}:{reference}:{recipient.address.casefold()}"[:250],
        )
    except ValidationError:
        log.warning("not an e-mail address", organization_id=organization.pk, exc_info=True)
        return 0
    return int(message is not None)
