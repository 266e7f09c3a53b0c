"""Which plans an organization has had."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

from billing.models import Plan, Subscription


@dataclass(frozen=True, slots=True)
class PlanHistory:
    """All plans of an organization, read once; ``subscriptions`` begin one after the other."""

    subscriptions: tuple[Subscription, ...]

    @property
    def first_month(self) -> date | None:
        """The month in which the first plan began; None where there never was one."""
        return self.subscriptions[0].valid_from if self.subscriptions else None

    def plan(self, period: date) -> Plan | None:
        """The plan of a billing month (its first day)."""
        for found in self.subscriptions:
            if found.valid_from <= period and (found.valid_until is None or found.valid_until > period):
                return found.plan
        return None


def plan_history(organization_id: int) -> PlanHistory:
    """The plans of an organization, in one query."""
    return plans_read(plan_values(organization_id))


def plan_values(organization_id: int) -> "QuerySet[Subscription, Any]":
    """What ``plans_read`` reads: each subscription with its plan."""
    rows = Subscription.objects.filter(organization_id=organization_id).order_by("valid_from")
    return rows.values_list(*_columns(Subscription), *(f"plan__{name}" for name in _columns(Plan)))


def plans_read(rows: Iterable[tuple[Any, ...]]) -> PlanHistory:
    """Rows of ``plan_values`` as a history."""
    names, of_plan = _columns(Subscription), _columns(Plan)
    found = []
    for row in rows:
        subscription: Subscription = Subscription.from_db(connection.alias, names, row[: len(names)])
        subscription.plan = Plan.from_db(connection.alias, of_plan, row[len(names) :])
        found.append(subscription)
    return PlanHistory(tuple(found))


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
