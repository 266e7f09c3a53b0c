"""One call reported through two doors: what of it counts twice. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """An event that names a provider's response, with all its corrections taken into account.

    ``contracted_cost`` is US dollars, exact; ``unpriced`` is 1 while the event has no price, and its cost then 0.
    """

    id: UUID
    period: date
    source: str
    api_key_id: int
    received_at: datetime
    member_id: int
    local_date: date
    tokens: int
    contracted_cost: Decimal
    unpriced: int
    is_voided: bool

    @property
    def door(self) -> tuple[str, int]:
        return self.source, self.api_key_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A call that counts more than once. ``first`` is the event that came first of those that stand.

    The doubled measures are those of the standing events that came by another door than ``first``.
    """

    first: Sighted
    last_received_at: datetime
    times: int
    doubled_tokens: int
    doubled_cost: Decimal
    doubled_unpriced: int


def sighting_of(events: Sequence[Sighted]) -> Sighting | None:
    """What the events of one response id say, in the order of receipt; None unless two doors stand for it.

    Several events by one door are no finding: a call may well be reported in parts.
    """
    standing = [event for event in events if not event.is_voided]
    if not standing:
        return None
    first = standing[0]
    doubled = [event for event in standing if event.door != first.door]
    if not doubled:
        return None
    return Sighting(
        first=first,
        last_received_at=max(event.received_at for event in standing),
        times=len(standing),
        doubled_tokens=sum(event.tokens for event in doubled),
        doubled_cost=sum((event.contracted_cost for event in doubled), Decimal(0)),
        doubled_unpriced=sum(event.unpriced for event in doubled),
    )
