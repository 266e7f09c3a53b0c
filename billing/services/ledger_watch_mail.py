"""Tells finance staff by e-mail what a night's check of the ledger found."""

from typing import Final

import structlog
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import to_locale

from teams.formatting import count, whole_day
from teams.queries.recipients import staff_recipients
from teams.services.mail import render_mail
from teams.services.outbox import queue_email
from usage.models import LedgerCheck

log = structlog.get_logger(__name__)

KIND: Final = "ledger.difference_found"


def queue_check_mails(summary: LedgerCheck, *, organizations: int, failed: int) -> int:
    """Queue one e-mail per person in the caller's transaction, once a night; gives how many.

    ``organizations`` are those with differences, ``failed`` those that could not be checked.
    """
    recipients, queued = staff_recipients("usage.view_ledgercheck"), 0
    if not recipients:
        log.warning("nobody to tell that the ledger differs", night=summary.night)
    for recipient in recipients:
        locale = to_locale(recipient.language)
        mail = render_mail(
            template="ledger_check",
            context={
                "night": whole_day(summary.night, locale=locale),
                "differences": summary.differences,
                "differences_written": count(summary.differences, locale=locale),
                "rows": count(summary.rows, locale=locale),
                "organizations": organizations,
                "failed": failed,
                "path": reverse("admin:usage_ledgercheck_change", args=(summary.pk,)),
            },
            language=recipient.language,
            time_zone="UTC",
        )
        try:
            message = queue_email(
                to=recipient.address,
                kind=KIND,
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                reference=f"ledger_check:{summary.pk}",
                dedupe_key=f"{KIND}:{summary.night}:{recipient.address.casefold()}"[:250],
            )
        except ValidationError:
            log.warning("not an e-mail address", recipient=recipient.address, exc_info=True)
            continue
        queued += message is not None
    return queued
