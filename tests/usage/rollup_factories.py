"""Writes rollup rows as ingest would have, from a list of plain facts that a test can add up by itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F

from teams.enums import ScopeKind
from teams.models import Organization, OrganizationZone
from usage.models import ReceiptDaily, SpendDaily, UsageDaily, UsageMonthly, UsagePeriod
from usage.periods import add_months, local_midnight, month_of

_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Some usage on one day, by one member, on one model. Without ``cost`` all of it is unpriced."""

    day: date
    member_id: int = 0
    department_id: int = 0
    project_id: int = 0
    integration_id: int = 0
    model_id: int = 0
    feature: str = ""
    platform: str = ""
    calls: int = 1
    failures: int = 0
    input_tokens: int = 0
    cached: int = 0
    output_tokens: int = 0
    cost: Decimal | None = field(default=Decimal(0))

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def money(self) -> Decimal:
        return self.cost or Decimal(0)


def make_organization(
    *, time_zone: str = "UTC", months: Iterable[date] = (), **fields: object
) -> Organization:
    """An organization with its zone, and the periods of ``months``."""
    number = next(_numbers)
    defaults: dict[str, object] = {"name": f"Organization {number}", "slug": f"organization-{number}"}
    organization = Organization.objects.create(**(defaults | fields))
    OrganizationZone.objects.create(
        organization=organization, time_zone=time_zone, valid_from=date(2000, 1, 1)
    )
    for month in months:
        make_period(organization, month, time_zone=time_zone)
    return organization


def make_period(organization: Organization, month: date, *, time_zone: str = "UTC") -> UsagePeriod:
    zone = ZoneInfo(time_zone)
    return UsagePeriod.objects.create(
        organization=organization,
        period=month,
        time_zone=time_zone,
        starts_at=local_midnight(month, zone),
        ends_at=local_midnight(add_months(month, 1), zone),
    )


def book(organization: Organization, facts: Iterable[Fact]) -> list[Fact]:
    """Write ``usage_daily``, ``spend_daily`` and ``usage_monthly`` rows; facts with the same key are added up."""
    facts = list(facts)
    daily: dict[tuple[object, ...], list[Fact]] = {}
    spend: dict[tuple[object, ...], list[Fact]] = {}
    monthly: dict[tuple[object, ...], list[Fact]] = {}
    for fact in facts:
        daily.setdefault(_daily_key(fact), []).append(fact)
        for entry in _entries(fact):
            monthly.setdefault((*entry, fact.model_id), []).append(fact)
        for kind, scope_id in _scopes(organization, fact):
            spend.setdefault((kind, scope_id, fact.day, fact.model_id, fact.feature), []).append(fact)
    UsageDaily.objects.bulk_create(_usage_row(organization, key, group) for key, group in daily.items())
    SpendDaily.objects.bulk_create(_spend_row(organization, key, group) for key, group in spend.items())
    for key, group in monthly.items():
        _add_to_month(organization, key, group)
    return facts


def receive(organization: Organization, *, last_occurred_at: datetime) -> ReceiptDaily:
    """The receipt of one event that came in by the API."""
    return ReceiptDaily.objects.create(
        organization=organization,
        received_on=last_occurred_at.date(),
        source="native",
        api_key_id=0,
        received=1,
        stored=1,
        duplicate=0,
        conflict=0,
        quarantined=0,
        invalid=0,
        late=0,
        unattributed=0,
        last_received_at=last_occurred_at + timedelta(seconds=1),
        last_occurred_at=last_occurred_at,
    )


def _daily_key(fact: Fact) -> tuple[object, ...]:
    return (
        fact.day,
        fact.member_id,
        fact.department_id,
        fact.project_id,
        fact.model_id,
        fact.feature,
        fact.integration_id,
        fact.platform,
    )


def _scopes(organization: Organization, fact: Fact) -> list[tuple[ScopeKind, int]]:
    return [
        (ScopeKind.ORGANIZATION, organization.pk),
        (ScopeKind.DEPARTMENT, fact.department_id),
        (ScopeKind.PROJECT, fact.project_id),
        (ScopeKind.MEMBER, fact.member_id),
    ]


def _entries(fact: Fact) -> list[tuple[object, ...]]:
    month = month_of(fact.day)
    return [
        ("department", month, fact.department_id, ""),
        ("project", month, fact.project_id, ""),
        ("member", month, fact.member_id, ""),
        ("integration", month, fact.integration_id, ""),
        ("platform", month, 0, fact.platform),
    ]


def _shared_measures(group: list[Fact]) -> dict[str, Any]:
    money = sum((fact.money for fact in group), Decimal(0))
    return {
        "calls": sum(fact.calls for fact in group),
        "input_tokens": sum(fact.input_tokens for fact in group),
        "output_tokens": sum(fact.output_tokens for fact in group),
        "list_cost": money,
        "contracted_cost": money,
        "unpriced": sum(1 for fact in group if fact.cost is None),
        "unpriced_tokens": sum(fact.tokens for fact in group if fact.cost is None),
    }


def _usage_row(organization: Organization, key: tuple[object, ...], group: list[Fact]) -> UsageDaily:
    names = (
        "local_date",
        "member_id",
        "department_id",
        "project_id",
        "model_id",
        "feature",
        "integration_id",
        "platform",
    )
    return UsageDaily(
        organization=organization,
        **dict(zip(names, key, strict=True)),
        **_shared_measures(group),
        failures=sum(fact.failures for fact in group),
        cache_read_input_tokens=sum(fact.cached for fact in group),
        cache_creation_input_tokens=0,
        reasoning_output_tokens=0,
        duration_ms=0,
    )


def _add_to_month(organization: Organization, key: tuple[object, ...], group: list[Fact]) -> None:
    """Whoever books again adds to a month that stands."""
    names = ("dimension", "period", "entry_id", "word", "model_id")
    where = {"organization": organization, **dict(zip(names, key, strict=True))}
    measures: dict[str, Any] = {
        **_shared_measures(group),
        "failures": sum(fact.failures for fact in group),
        "cache_read_input_tokens": sum(fact.cached for fact in group),
    }
    added = {name: F(name) + value for name, value in measures.items()}
    if not UsageMonthly.objects.filter(**where).update(**added):
        UsageMonthly.objects.create(**where, **measures)


def _spend_row(organization: Organization, key: tuple[object, ...], group: list[Fact]) -> SpendDaily:
    names = ("scope_kind", "scope_id", "local_date", "model_id", "feature")
    return SpendDaily(
        organization=organization,
        **dict(zip(names, key, strict=True)),
        **_shared_measures(group),
        failures=sum(fact.failures for fact in group),
        cache_read_input_tokens=sum(fact.cached for fact in group),
    )
