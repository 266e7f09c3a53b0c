"""Makes the keys of events anew from the events, while events come in."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from teams.models import Organization, User
from teams.services.audit import record_audit
from usage.corrections import correction_fingerprint
from usage.key_repair_sql import Month, drop_stray_keys, keyless_corrections, mend_keys, write_keys
from usage.locks import LOCK_ALONE, period_lock
from usage.progress import Days
from usage.queries.ledger_check import KEYS_KEPT
from usage.queries.partitions import partitioned_months
from usage.services.rebuild import months_touched


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedKeys:
    """How many keys were missing and made, named a wrong event, month or time, and had no event and were dropped."""

    made: int
    mended: int
    dropped: int


def repair_keys(
    *,
    organization: Organization,
    days: Days | None = None,
    actor: User | None = None,
    reason: str = "",
    now: datetime | None = None,
) -> RepairedKeys:
    """Make an organization's keys agree with its events of the months that ``days`` touch, all by default.

    A key that is made anew does not know what was sent: the same id is never stored again, whatever it says.
    A key without an event is dropped, so that what was lost can be sent and stored again. Every month is one
    transaction, with ingest of that month held off. Run it outside of a transaction.
    """
    since = (now or timezone.now()) - KEYS_KEPT
    months = months_touched(organization.pk, days)
    made = mended = dropped = 0
    for month in months:
        found = _repair_month(organization.pk, month, since)
        made, mended, dropped = made + found.made, mended + found.mended, dropped + found.dropped
    record_audit(
        action="keys.repaired",
        subject=organization,
        actor=actor,
        organization=organization,
        reason=reason,
        facts={"months": months, "made": made, "mended": mended, "dropped": dropped},
    )
    return RepairedKeys(made=made, mended=mended, dropped=dropped)


@transaction.atomic
def _repair_month(organization_id: int, month: date, since: datetime) -> RepairedKeys:
    # Without its partition a month has lost all of its events, or has been put away: its keys say more than nothing.
    if month not in partitioned_months():
        return RepairedKeys(made=0, mended=0, dropped=0)
    where = Month(organization_id, month, since)
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ALONE, [period_lock(organization_id, month)])
        cursor.execute(keyless_corrections(where))
        ids = [transaction_id for (transaction_id,) in cursor.fetchall()]
        known = {"transaction_ids": ids, "fingerprints": [correction_fingerprint(one) for one in ids]}
        cursor.execute(write_keys(where), known)
        made = cursor.rowcount
        cursor.execute(mend_keys(where), known)
        mended = cursor.rowcount
        cursor.execute(drop_stray_keys(where))
        return RepairedKeys(made=made, mended=mended, dropped=cursor.rowcount)
