"""Counts what came in by each door and what became of it, for the data-health view."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

from usage.answers import Outcome, answer_counts
from usage.delivery import Delivery
from usage.enums import Answer
from usage.staging import Placed, new_event_ids

_COUNTED: Final = tuple(answer.value for answer in Answer)
_SUMMED: Final = ("received", *_COUNTED, "late", "unattributed", "unpriced")
# Numbers, days, moments and words of ours only: written out here, they cost a small request less than parameters.
_COUNT: Final = (
    f"INSERT INTO receipt_daily (organization_id, received_on, source, api_key_id, {', '.join(_SUMMED)}, "
    "last_received_at, last_occurred_at) VALUES ({organization}, '{received_on}', '{source}', {api_key_id}, "
    + ", ".join(f"{{{name}}}" for name in _SUMMED)
    + ", '{received_at}', {last_occurred_at}) "
    "ON CONFLICT (organization_id, received_on, source, api_key_id) DO UPDATE SET "
    + ", ".join(f"{name} = receipt_daily.{name} + EXCLUDED.{name}" for name in _SUMMED)
    + ", last_received_at = greatest(receipt_daily.last_received_at, EXCLUDED.last_received_at)"
    ", last_occurred_at = greatest(receipt_daily.last_occurred_at, EXCLUDED.last_occurred_at)"
)
_TOUCH: Final = (
    "; INSERT INTO usage_spend_touch (organization_id, id, first_day, last_day, recorded_at) VALUES "
    "({organization}, '{touch_id}', '{first_day}', '{last_day}', '{received_at}')"
)


def count_receipts(
    outcomes: Sequence[Outcome], stored: Sequence[Placed], delivery: Delivery, *, unpriced: int
) -> str:
    """The statements that add one batch to the day's row and note the days whose spending changed.

    They belong into the batch's own transaction. "Late" are stored events whose period had been closed before,
    "unattributed" those that name no member, and ``unpriced`` of them no price was found for; these count as such
    for good, whatever price they are given later.
    """
    answers = answer_counts(outcomes)
    counted: dict[str, Any] = {
        **{answer.value: answers[answer] for answer in Answer},
        "organization": int(delivery.organization_id),
        "received": len(outcomes),
        "late": sum(item.slot.period.close_number > 1 for item in stored),
        "unattributed": sum(not item.event.member_id for item in stored),
        "unpriced": unpriced,
        "received_on": delivery.received_at.astimezone(UTC).date(),
        "source": delivery.source.value,
        "api_key_id": int(delivery.api_key_id),
        "received_at": delivery.received_at.isoformat(),
    }
    if not stored:
        return _COUNT.format(**counted, last_occurred_at="NULL")
    days = {item.slot.local_date for item in stored}
    last = max(item.occurred_at for item in stored)
    return (_COUNT + _TOUCH).format(
        **counted,
        last_occurred_at=f"'{last.isoformat()}'",
        touch_id=new_event_ids(count=1, received_at=delivery.received_at)[0],
        first_day=min(days),
        last_day=max(days),
    )
