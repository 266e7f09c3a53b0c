"""Which plans an organization has had."""

from dataclasses import dataclass
from datetime import date

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
    rows = Subscription.objects.filter(organization_id=organization_id).order_by("valid_from")
    return PlanHistory(tuple(rows.select_related("plan")))
