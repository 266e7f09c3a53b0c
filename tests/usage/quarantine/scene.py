"""Events that wait for a person."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from teams.models import Organization
from tests.usage.event_factories import make_event
from tests.usage.ledger_fixtures import RECEIVED, answers, store
from usage.models import QuarantinedEvent
from usage.periods import months_between
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods

OLD = datetime(2019, 3, 5, tzinfo=UTC)
"""A time that no month is kept open for."""
MARCH = date(2019, 3, 1)


def too_old(organization: Organization, number: int, *, received_at: datetime = RECEIVED) -> None:
    """``number`` events of 2019 that have no month."""
    events = [make_event(occurred_at=OLD) for _ in range(number)]
    assert set(answers(store(organization, *events, received_at=received_at))) == {"quarantined"}


def too_early(organization: Organization, number: int, *, received_at: datetime = RECEIVED) -> None:
    """``number`` events of a clock that runs a day ahead."""
    events = [make_event(occurred_at=received_at + timedelta(days=1)) for _ in range(number)]
    assert set(answers(store(organization, *events, received_at=received_at))) == {"quarantined"}


def conflicting(organization: Organization, number: int, *, received_at: datetime = RECEIVED) -> None:
    """``number`` ids that stand in the ledger, sent again with other content."""
    events = [make_event() for _ in range(number)]
    store(organization, *events, received_at=received_at)
    changed = [make_event(transaction_id=event.transaction_id, input_tokens=7) for event in events]
    assert set(answers(store(organization, *changed, received_at=received_at))) == {"conflict"}


def open_march(organizations: Sequence[Organization]) -> None:
    """The partition and the periods that were missing are added."""
    ensure_partitions(months_between(MARCH, MARCH))
    for organization in organizations:
        ensure_periods(organization.pk, first=MARCH)


def states() -> dict[str, int]:
    """Entries by status."""
    found: dict[str, int] = {}
    for status in QuarantinedEvent.objects.values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found
