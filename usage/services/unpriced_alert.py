"""Tells finance staff by e-mail that a model's usage has no price: once ever for each model."""

from datetime import datetime
from typing import Final

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override, to_locale

from teams.formatting import count, day_range
from teams.queries.recipients import Recipient, staff_recipients
from teams.services.mail import RenderedMail, render_mail
from teams.services.outbox import queue_email
from usage.models import UnpricedAlert
from usage.queries.unpriced import UnpricedModel, alerted_models, unpriced_models

log = structlog.get_logger(__name__)

KIND: Final = "model.unpriced"
PAGE: Final = "unpriced"


def alert_unpriced_models(*, now: datetime | None = None) -> int:
    """Write to finance staff about each model that is seen without a price for the first time; gives how many e-mails.

    Harmless to repeat and beside itself: whoever notes the model first is the one who writes.
    """
    now = now or timezone.now()
    told = alerted_models()
    # In the order of their ids: a rival that notes the same waits for us, and never we for it.
    found = sorted(
        (one for one in unpriced_models() if one.model_id not in told), key=lambda one: one.model_id
    )
    return sum(_alert(one, now) for one in found)


@transaction.atomic
def _alert(found: UnpricedModel, now: datetime) -> int:
    staff = staff_recipients("usage.view_rerating")
    if not staff:
        # Not noted: whoever joins the staff later is told.
        log.warning("nobody to tell about an unpriced model", model_id=found.model_id)
        return 0
    _alert_row, is_new = UnpricedAlert.objects.get_or_create(
        model_id=found.model_id, defaults={"alerted_at": now}
    )
    return sum(_queue(_mail(found, to), to, found) for to in staff) if is_new else 0


def _mail(found: UnpricedModel, recipient: Recipient) -> RenderedMail:
    locale = to_locale(recipient.language)
    with override(recipient.language):
        name = f"{found.model.provider_name}/{found.model.name}" if found.model else _("No model named")
    context = {
        "model": name,
        "events": count(found.events, locale=locale),
        "tokens": count(found.tokens, locale=locale),
        "organizations": count(found.organizations, locale=locale),
        "days": day_range(found.first_day, found.last_day, locale=locale),
        "path": reverse(PAGE),
    }
    return render_mail(
        template="model_unpriced", context=context, language=recipient.language, time_zone="UTC"
    )


def _queue(mail: RenderedMail, recipient: Recipient, found: UnpricedModel) -> int:
    try:
        message = queue_email(
            to=recipient.address,
            kind=KIND,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            reference=f"unpriced:{found.model_id}",
            dedupe_key=f"{KIND}:{found.model_id}:{recipient.address.casefold()}"[:250],
        )
    except ValidationError:
        log.warning("not an e-mail address", model_id=found.model_id, exc_info=True)
        return 0
    return int(message is not None)
