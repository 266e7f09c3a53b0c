"""Organizations that are billed, with a month of usage in the ledger. Import it once Django is set up."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice, product
from typing import Any, Final

from benchmarks.sample import FEATURES, MODELS, usage_events
from benchmarks.web import BenchmarkProblem
from billing.models import BillingAccount, Issuer, Plan
from billing.services.subscriptions import subscribe
from teams.models import Organization
from teams.services.organizations import create_organization
from usage.decoding import decode_batch
from usage.enums import Answer, EventSource
from usage.periods import add_months
from usage.services.ingest import store_events
from usage.services.periods import ensure_periods

BATCH: Final = 1_000
WORKING_HOURS: Final = 10
CELL_MEMBERS: Final = 12
CELL_MODELS: Final = 4
CELL_FEATURES: Final = 4


class Seller:
    """One issuer and one plan, and the organizations that it sells to."""

    def __init__(self, month: date) -> None:
        self.month = month
        self.issuer = Issuer.objects.create(
            legal_name="Benchmark GmbH",
            address="Hauptstraße 1\n10115 Berlin",
            country="DE",
            tax_id="DE123456788",
            email="billing@benchmark.example",
        )
        self.plan = Plan.objects.create(
            code="benchmark", name="Benchmark", base_fee=Decimal(20), included_tokens=100_000
        )

    def organization(self, name: str) -> Organization:
        """A new organization on the plan from the month on."""
        made = create_organization(name=name, slug=name, time_zone="Europe/Berlin")
        ensure_periods(made.pk, first=self.month)
        BillingAccount.objects.create(
            organization=made,
            issuer=self.issuer,
            legal_name=f"{name} Ltd",
            address="1 Main Street",
            country="US",
            tax_rate=Decimal(19),
        )
        subscribe(organization=made, plan=self.plan, valid_from=self.month)
        return made


def store_usage(organization: Organization, events: Iterable[dict[str, Any]]) -> int:
    """Store events in batches, as they would have come in; gives how many. Each must be new and valid."""
    remaining, stored = iter(events), 0
    while batch := list(islice(remaining, BATCH)):
        outcomes = store_events(
            organization_id=organization.pk,
            events=decode_batch(json.dumps(batch).encode(), limit=BATCH),
            source=EventSource.NATIVE,
        )
        if {outcome.answer for outcome in outcomes} != {Answer.STORED}:
            raise BenchmarkProblem(f"events of {organization} were not stored: {outcomes[:3]}")
        stored += len(outcomes)
    return stored


def working_month(month: date, count: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """``count`` events of the sample's company, spread evenly over the working hours of all days of ``month``."""
    days = (add_months(month, 1) - month).days
    for number, event in enumerate(usage_events(count, prefix="usage", end=datetime.now(UTC), seed=seed)):
        day, part = divmod(number * days / count, 1)
        yield event | {"occurred_at": _moment(month, int(day), part)}


def same_cells(month: date, *, days: int, each: int) -> Iterator[dict[str, Any]]:
    """``each`` events in every cell of member × model × feature × day, in order of time.

    However many there are, the cells are the same ones, and so are the kinds of tokens in them.
    """
    cells = list(product(range(CELL_MEMBERS), MODELS[:CELL_MODELS], list(FEATURES)[:CELL_FEATURES]))
    for day in range(days):
        for turn in range(each):
            for number, (member, (provider, model, _share), feature) in enumerate(cells):
                yield {
                    "transaction_id": f"cell-{day}-{turn}-{number}",
                    "occurred_at": _moment(month, day, (turn + number / len(cells)) / each),
                    "provider_name": provider,
                    "response_model": model,
                    "member_id": f"member-{member}",
                    "department_id": f"department-{member % 4}",
                    "project_id": f"project-{member % 3}",
                    "feature": feature,
                    "input_tokens": 1_000 + number + turn,
                    "cache_read_input_tokens": 256,
                    "output_tokens": 200 + number,
                }


def _moment(month: date, day: int, part: float) -> str:
    begins = datetime(month.year, month.month, 1 + day, 7, tzinfo=UTC)
    return (begins + timedelta(hours=WORKING_HOURS) * part).isoformat()
