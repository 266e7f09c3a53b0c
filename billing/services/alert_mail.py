"""Tells people by e-mail that a budget crossed a threshold."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import to_locale

from billing.enums import BudgetUnit
from billing.models import Budget, TriggeredAlert
from billing.queries.alert_recipients import alert_recipients
from billing.queries.budget_scopes import read_scopes, scope_names, scope_of
from teams import formatting
from teams.queries.organizations import time_zone_on
from teams.services.mail import render_mail
from teams.services.outbox import queue_email

log = structlog.get_logger(__name__)

KIND: Final = "budget.threshold_crossed"


def queue_alert_mails(alert: TriggeredAlert, *, today: date) -> int:
    """Queue one e-mail per recipient, in the caller's transaction; gives how many. ``today`` is the local day.

    In the organization's language. An address that cannot be written to is left out and logged.
    """
    budget = alert.budget
    recipients = alert_recipients(budget)
    if not recipients:
        log.warning("nobody to tell about a budget", budget_id=budget.pk)
        return 0
    organization = budget.organization
    mail = render_mail(
        template="budget_alert",
        context=_context(alert, today=today),
        language=organization.language,
        time_zone=time_zone_on(organization.pk, today),
    )
    queued = 0
    for address in recipients:
        try:
            message = queue_email(
                to=address,
                kind=KIND,
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                organization=organization,
                reference=f"budget:{budget.pk}",
                dedupe_key=_dedupe_key(alert, address),
            )
        except ValidationError:
            log.warning("not an e-mail address", budget_id=budget.pk, exc_info=True)
            continue
        queued += message is not None
    return queued


def _dedupe_key(alert: TriggeredAlert, address: str) -> str:
    """One message per alert and address, whatever becomes of the alert's row."""
    return (
        f"{KIND}:{alert.budget_id}:{alert.budget_version}:{alert.period_start}:{alert.threshold}:"
        f"{address.casefold()}"
    )[:250]


def _context(alert: TriggeredAlert, *, today: date) -> dict[str, Any]:
    budget = alert.budget
    known = dict(settings.DOCUMENT_LANGUAGES)
    language = budget.organization.language
    locale = to_locale(language if language in known else settings.LANGUAGE_CODE)
    return {
        "budget": budget.name,
        "organization": budget.organization.name,
        "scope_kind": budget.scope_kind,
        "scope": _scope_name(budget),
        "threshold": formatting.whole_percent(alert.threshold, locale=locale),
        "percent": _percent(alert, locale=locale),
        "spent": _quantity(alert.spent, budget=budget, locale=locale),
        "limit": _quantity(alert.limit, budget=budget, locale=locale),
        "is_tokens": budget.unit == BudgetUnit.TOKENS,
        "is_lower_bound": alert.is_lower_bound,
        "is_late": alert.period_end < today,
        "period": formatting.day_range(alert.period_start, alert.period_end, locale=locale),
        "path": reverse("budgets", args=[budget.organization.slug]),
    }


def _scope_name(budget: Budget) -> str:
    root = read_scopes([budget.organization_id]).root(scope_of(budget))
    return scope_names([root]).get(root, budget.organization.name)


def _percent(alert: TriggeredAlert, *, locale: str) -> str:
    """Of the limit; empty for a limit of 0, of which there are no per cent."""
    return formatting.percent(alert.spent / alert.limit, locale=locale) if alert.limit else ""


def _quantity(value: Decimal, *, budget: Budget, locale: str) -> str:
    if budget.unit == BudgetUnit.TOKENS:
        return formatting.count(value, locale=locale)
    return formatting.money(value, currency=budget.organization.currency, locale=locale)
