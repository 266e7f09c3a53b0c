"""Budgets and spending for tests, written as ingest leaves them: rollup rows and a note of the days."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from uuid_utils.compat import uuid7

from billing.models import Budget, TriggeredAlert
from billing.services.alerts import Drained, drain_touches
from billing.services.budgets import create_budget
from teams.enums import ScopeKind
from teams.models import Organization, OutboxMessage
from usage.models import SpendDaily, SpendTouch

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday."""
TODAY = date(2026, 11, 18)

_numbers = count(1)


def spend(
    organization: Organization,
    cost: Decimal | int | str = 0,
    *,
    day: date = TODAY,
    tokens: int = 0,
    unpriced: int = 0,
    kind: str = ScopeKind.ORGANIZATION,
    scope_id: int | None = None,
) -> None:
    """Some spending of one scope, and the note of it; a negative one is a correction."""
    SpendDaily.objects.create(
        organization=organization,
        scope_kind=kind,
        scope_id=organization.pk if scope_id is None else scope_id,
        local_date=day,
        model_id=next(_numbers),
        feature="",
        calls=1,
        failures=0,
        input_tokens=tokens,
        cache_read_input_tokens=0,
        output_tokens=0,
        list_cost=Decimal(cost),
        contracted_cost=Decimal(cost),
        unpriced=unpriced,
        unpriced_tokens=0,
    )
    note(organization, day)


def note(organization: Organization, first: date, last: date | None = None) -> None:
    SpendTouch.objects.create(
        id=uuid7(), organization=organization, first_day=first, last_day=last or first, recorded_at=NOW
    )


def make_budget(organization: Organization, limit: Decimal | int | str = 100, **fields: Any) -> Budget:
    """A monthly budget of the whole organization in money, unless told otherwise."""
    defaults: dict[str, Any] = {
        "name": f"Budget {next(_numbers)}",
        "scope_kind": ScopeKind.ORGANIZATION,
        "scope_id": organization.pk,
        "now": NOW,
    }
    return create_budget(organization=organization, limit=Decimal(limit), **(defaults | fields))


def drain(now: datetime = NOW) -> Drained:
    drained = drain_touches(now=now)
    assert drained.failed == []
    return drained


def alerts(budget: Budget) -> list[int]:
    """The thresholds alerted, in the order in which they were recorded."""
    rows = TriggeredAlert.objects.filter(budget=budget).order_by("pk")
    return list(rows.values_list("threshold", flat=True))


def mails() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.order_by("created_at", "id"))
