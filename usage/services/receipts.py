"""Counts what came in by each door and what became of it, for the data-health view."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from usage.answers import Outcome
from usage.delivery import Delivery
from usage.enums import Answer
from usage.staging import Placed, new_event_ids

_COUNTED: Final = tuple(answer.value for answer in Answer)
_SUMMED: Final = ("received", *_COUNTED, "late", "unattributed", "unpriced")
_COUNT: Final = (
    f"INSERT INTO receipt_daily (organization_id, received_on, source, api_key_id, {', '.join(_SUMMED)}, "
    "last_received_at, last_occurred_at) VALUES ({organization}, %(received_on)s, %(source)s, %(api_key_id)s, "
    + ", ".join(f"%({name})s" for name in _SUMMED)
    + ", %(received_at)s, %(last_occurred_at)s) "
    "ON CONFLICT (organization_id, received_on, source, api_key_id) DO UPDATE SET "
    + ", ".join(f"{name} = receipt_daily.{name} + EXCLUDED.{name}" for name in _SUMMED)
    + ", last_received_at = greatest(receipt_daily.last_received_at, EXCLUDED.last_received_at)"
    ", last_occurred_at = greatest(receipt_daily.last_occurred_at, EXCLUDED.last_occurred_at)"
)

_TOUCH: Final = (
    "; INSERT INTO usage_spend_touch (organization_id, id, first_day, last_day, recorded_at) VALUES "
    "({organization}, %(touch_id)s, %(first_day)s, %(last_day)s, %(received_at)s)"
)


def count_receipts(
    cursor: CursorWrapper,
    outcomes: Sequence[Outcome],
    stored: Sequence[Placed],
    delivery: Delivery,
    *,
    unpriced: int,
) -> None:
    """Add one batch to the day's row, inside the caller's transaction, and note the days whose spending changed.

    "Late" are stored events whose period had been closed before, "unattributed" those that name no member, and
    ``unpriced`` of them no price was found for; these count as such for good, whatever price they are given later.
    """
    answers = Counter(outcome.answer for outcome in outcomes)
    counted: dict[str, Any] = {
        **{answer.value: answers[answer] for answer in Answer},
        "received": len(outcomes),
        "late": sum(item.slot.period.close_number > 1 for item in stored),
        "unattributed": sum(not item.event.member_id for item in stored),
        "unpriced": unpriced,
        "received_on": delivery.received_at.astimezone(UTC).date(),
        "source": delivery.source.value,
        "api_key_id": delivery.api_key_id,
        "received_at": delivery.received_at,
        "last_occurred_at": max((item.occurred_at for item in stored), default=None),
    }
    statement = _COUNT
    if stored:
        days = {item.slot.local_date for item in stored}
        counted |= {"first_day": min(days), "last_day": max(days)}
        counted["touch_id"] = new_event_ids(count=1, received_at=delivery.received_at)[0]
        statement += _TOUCH
    cursor.execute(statement.replace("{organization}", str(delivery.organization_id)), counted)
