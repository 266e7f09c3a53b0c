"""Makes and changes budgets. Who may is for the caller to ask (``teams.permissions.may_edit_budget``)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from babel.numbers import get_currency_precision
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from billing.enums import BudgetUnit, PeriodKind
from billing.models import Budget, TriggeredAlert
from billing.models.budget import DEFAULT_THRESHOLDS
from billing.queries.budget_scopes import scope_exists
from billing.queries.budgets import current_period, local_days
from teams.enums import ScopeKind
from teams.models import Organization, User
from teams.services.audit import record_audit
from usage.models import SpendTouch

HIGHEST_THRESHOLD: Final = 1000
MOST_THRESHOLDS: Final = 20
HIGHEST_LIMIT: Final = Decimal(10) ** 15
_RE_ARMING: Final = ("limit", "unit", "period_kind")
_CHANGEABLE: Final = ("name", *_RE_ARMING, "thresholds", "is_active")


@transaction.atomic
def create_budget(
    *,
    organization: Organization,
    name: str,
    scope_kind: ScopeKind | str,
    scope_id: int,
    limit: Decimal | int,
    unit: BudgetUnit | str = BudgetUnit.MONEY,
    period_kind: PeriodKind | str = PeriodKind.MONTH,
    thresholds: Iterable[int] = DEFAULT_THRESHOLDS,
    actor: User | None = None,
    now: datetime | None = None,
) -> Budget:
    """Make a budget; it covers its whole current period, and what that period spent already alerts within seconds.

    ``limit`` is in the organization's currency or in tokens, ``thresholds`` are per cent of it. Raises
    ``ValidationError`` by field.
    """
    budget = Budget(
        organization=organization,
        name=name,
        scope_kind=scope_kind,
        scope_id=scope_id,
        unit=unit,
        limit=limit,
        period_kind=period_kind,
        thresholds=list(thresholds),
    )
    check_budget(budget)
    now = now or timezone.now()
    _watch_from_now_on(budget, now=now)
    budget.save(force_insert=True)
    _look_again(budget, now=now)
    _record("budget.created", budget, actor=actor, facts=_values(budget))
    return budget


@transaction.atomic
def change_budget(
    *,
    budget: Budget,
    actor: User | None = None,
    reason: str = "",
    now: datetime | None = None,
    **changes: Any,
) -> Budget:
    """Change some of name, limit, unit, period_kind, thresholds and is_active; the scope stays.

    A change of limit, unit or period counts the version on: its alerts are armed anew, from the current period on.
    A new threshold alerts for itself; those that have alerted stay silent. Raises ``ValidationError`` by field,
    ``TypeError`` for anything else that is to change.
    """
    if unknown := set(changes) - set(_CHANGEABLE):
        raise TypeError(f"not to be changed: {', '.join(sorted(unknown))}")
    locked = Budget.objects.select_for_update(of=("self",)).select_related("organization").get(pk=budget.pk)
    before = _values(locked)
    for name, value in changes.items():
        setattr(locked, name, value)
    check_budget(locked)
    after = _values(locked)
    changed = {
        name: {"before": before[name], "after": after[name]} for name in before if before[name] != after[name]
    }
    if not changed:
        return locked
    now = now or timezone.now()
    if set(changed) & set(_RE_ARMING):
        locked.version += 1
        _watch_from_now_on(locked, now=now)
    locked.save()
    _look_again(locked, now=now)
    _record("budget.changed", locked, actor=actor, reason=reason, facts=changed | {"version": locked.version})
    return locked


@transaction.atomic
def acknowledge_alerts(*, alert_ids: Sequence[int], actor: User, now: datetime | None = None) -> int:
    """Note that a person has seen these alerts; those acknowledged before stay as they are. Gives how many were new."""
    open_alerts = TriggeredAlert.objects.filter(pk__in=alert_ids, acknowledged_at=None)
    locked = list(
        open_alerts.select_for_update(of=("self",)).select_related("budget__organization").order_by("pk")
    )
    for alert in locked:
        alert.acknowledged_at = now or timezone.now()
        alert.acknowledged_by = actor
        alert.save(update_fields=["acknowledged_at", "acknowledged_by"])
        _record(
            "budget_alert.acknowledged",
            alert.budget,
            actor=actor,
            facts={"alert": alert.pk, "threshold": alert.threshold, "period_start": alert.period_start},
        )
    return len(locked)


def parse_thresholds(written: str) -> list[int]:
    """``75, 90, 95`` as numbers, sorted. Raises ``ValidationError``."""
    parts = written.replace("%", " ").replace(",", " ").replace(";", " ").split()
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise ValidationError(_("Write whole percentages with commas between, such as 75, 90, 95."))
    return _sorted_thresholds([int(part) for part in parts])


def _sorted_thresholds(thresholds: Sequence[int]) -> list[int]:
    found = sorted(set(thresholds))
    if not found:
        raise ValidationError(_("A budget has at least one threshold."))
    if len(found) > MOST_THRESHOLDS:
        raise ValidationError(_("A budget has at most %(most)s thresholds.") % {"most": MOST_THRESHOLDS})
    if found[0] < 1 or found[-1] > HIGHEST_THRESHOLD:
        raise ValidationError(
            _("A threshold lies between 1 and %(highest)s per cent.") % {"highest": HIGHEST_THRESHOLD}
        )
    return found


def check_budget(budget: Budget) -> None:
    """Raises ``ValidationError`` by field; puts limit and thresholds into their canonical form."""
    errors: dict[str, Any] = {}
    budget.name = budget.name.strip()
    if not budget.name or len(budget.name) > 200 or "\0" in budget.name:
        errors["name"] = _("A name has 1 to 200 characters.")
    for name, choices in (("unit", BudgetUnit), ("period_kind", PeriodKind), ("scope_kind", ScopeKind)):
        if getattr(budget, name) not in choices.values:
            errors[name] = _("This is none of the choices.")
    try:
        budget.thresholds = _sorted_thresholds(budget.thresholds)
    except ValidationError as error:
        errors["thresholds"] = error.messages
    try:
        budget.limit = _canonical_limit(budget)
    except ValidationError as error:
        errors["limit"] = error.messages
    if "scope_kind" not in errors and not scope_exists(
        organization=budget.organization, scope_kind=budget.scope_kind, scope_id=budget.scope_id
    ):
        errors["scope_id"] = _("There is no such entry in this organization.")
    if errors:
        raise ValidationError(errors)


def _canonical_limit(budget: Budget) -> Decimal:
    try:
        limit = Decimal(budget.limit)
    except (InvalidOperation, TypeError, ValueError):
        limit = Decimal("NaN")
    if not limit.is_finite() or limit < 0:
        raise ValidationError(_("A limit is 0 or more."))
    if limit >= HIGHEST_LIMIT:
        raise ValidationError(_("This limit is too high."))
    is_money = budget.unit == BudgetUnit.MONEY
    places = min(get_currency_precision(budget.organization.currency), 4) if is_money else 0
    if limit != round(limit, places):
        raise ValidationError(
            _("A limit in %(currency)s has at most %(places)s decimals.")
            % {"currency": budget.organization.currency, "places": places}
            if is_money
            else _("A limit in tokens is a whole number.")
        )
    return limit.quantize(Decimal("1e-4"))


def _watch_from_now_on(budget: Budget, *, now: datetime) -> None:
    """The version is for the whole current period and those after it."""
    today = local_days([budget.organization_id], now=now)[budget.organization_id]
    budget.watched_from = current_period(budget, today=today).first


def _look_again(budget: Budget, *, now: datetime) -> None:
    """Leave the note that ingest leaves, so that the current period is looked at without any new event."""
    today = local_days([budget.organization_id], now=now)[budget.organization_id]
    SpendTouch.objects.create(
        id=uuid7(), organization_id=budget.organization_id, first_day=today, last_day=today, recorded_at=now
    )


def _values(budget: Budget) -> dict[str, Any]:
    return {name: getattr(budget, name) for name in ("scope_kind", "scope_id", *_CHANGEABLE)}


def _record(action: str, budget: Budget, **by: Any) -> None:
    facts = {"id": budget.pk} | by.pop("facts")
    record_audit(action=action, subject=budget, organization=budget.organization, facts=facts, **by)
