"""An organization with open months and a price list, and events to store in it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, cast

from teams.models import Organization
from tests.teams.factories import OrganizationFactory
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.answers import Outcome
from usage.decoding import Rejected
from usage.enums import EventSource
from usage.events import Event
from usage.periods import months_between
from usage.services.ingest import store_events
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
"""When the events of these tests happen."""
RECEIVED = datetime(2026, 6, 15, 12, tzinfo=UTC)
"""When they are received, unless a test says otherwise."""
FIRST, LAST = date(2025, 12, 1), date(2026, 11, 1)

_numbers = count(1)


def open_ledger(*, time_zone: str = "UTC", **fields: Any) -> Organization:
    """An organization with open months up to November 2026, and gpt-4o at 2 and 10 dollars per million."""
    organization = cast(Organization, OrganizationFactory(time_zone=time_zone, **fields))
    ensure_partitions(months_between(FIRST, LAST))
    ensure_periods(organization.pk, first=FIRST, last=LAST)
    model = LlmModelFactory(name="gpt-4o")
    if not model.prices.exists():
        PriceFactory(model=model)
    return organization


def event(**changed: Any) -> Event:
    """A call of gpt-4o by Bob with 1,000 tokens in and 100 out."""
    fields: dict[str, Any] = {
        "transaction_id": f"event-{next(_numbers)}",
        "occurred_at": NOON,
        "provider_name": "openai",
        "response_model": "gpt-4o",
        "member_id": "bob",
        "input_tokens": 1000,
        "output_tokens": 100,
    }
    return Event(**(fields | changed))


def store(
    organization: Organization, *events: Event | Rejected, received_at: datetime = RECEIVED
) -> list[Outcome]:
    return store_events(
        organization_id=organization.pk,
        events=events,
        source=EventSource.NATIVE,
        received_at=received_at,
    )


def answers(outcomes: Iterable[Outcome]) -> list[str]:
    """The bare answers, in order."""
    return [outcome.answer.value for outcome in outcomes]
