"""Brings exchange rates in from the European Central Bank's file: compared first, dated, and never for fixed months."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import ExchangeRate, PeriodRate
from billing.rate_file import SOURCE, DollarRate, read_rate_file
from teams.models import User
from teams.services.audit import record_audit
from usage.periods import add_months

MONTHS_BACK: Final = 24
"""From so many months ago on rates are brought in, unless somebody names a day: as far as usage is kept open."""
_BATCH: Final = 2000
_NAMED_IN_AUDIT: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRate:
    """A day whose rate stands and is another one in the file."""

    stands: ExchangeRate
    now: DollarRate


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDiff:
    """What a file would change. ``kept`` are changed ones that a billing month was fixed at: these stay as they are."""

    first_day: date | None
    last_day: date | None
    new: Sequence[DollarRate]
    changed: Sequence[ChangedRate]
    kept: Sequence[ChangedRate]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed)

    @property
    def currencies(self) -> int:
        """How many currencies get a rate."""
        return len({rate.currency for rate in self.new} | {change.now.currency for change in self.changed})


def packaged_rates() -> bytes:
    """The file that comes with the library: for installations that reach no other."""
    from currency_converter import CURRENCY_FILE

    return Path(CURRENCY_FILE).read_bytes()


def default_first_day(today: date) -> date:
    """The first day that is brought in when nobody names one."""
    return add_months(today.replace(day=1), -MONTHS_BACK)


def preview_rates(content: bytes, *, since: date | None = None) -> RateDiff:
    """What ``import_rates`` would do. Writes nothing. Raises ``RateFileFault``."""
    return _compared(_read(content, since))


@transaction.atomic
def import_rates(
    content: bytes, *, since: date | None = None, actor: User | None = None, reason: str = ""
) -> RateDiff:
    """Store the rates of a file from a day on, and say what was new or changed.

    A rate that a billing month was fixed at is not touched, and no fixed month ever. The same file again changes
    nothing. Raises ``RateFileFault``.
    """
    rates = _read(content, since)
    diff = _compared(rates, lock=True)
    if diff.is_empty:
        return diff
    ExchangeRate.objects.bulk_create(
        [
            ExchangeRate(
                currency=rate.currency,
                rate_date=rate.rate_date,
                units_per_usd=rate.units_per_usd,
                source=SOURCE,
            )
            for rate in diff.new
        ],
        batch_size=_BATCH,
        # A rival with the same file may have been quicker.
        ignore_conflicts=True,
    )
    before = [str(change.stands.units_per_usd) for change in diff.changed]
    for change in diff.changed:
        change.stands.units_per_usd, change.stands.source = change.now.units_per_usd, SOURCE
    ExchangeRate.objects.bulk_update(
        [change.stands for change in diff.changed], ["units_per_usd", "source"], batch_size=_BATCH
    )
    record_audit(
        action="exchange_rates.imported",
        subject=SOURCE,
        actor=actor,
        reason=reason,
        facts=_facts(diff, before),
    )
    return diff


def _read(content: bytes, since: date | None) -> list[DollarRate]:
    today = timezone.now().date()
    # The bank publishes a day's rates in its afternoon: none is of a day to come.
    return read_rate_file(content, first_day=since or default_first_day(today), last_day=today)


def _compared(rates: Sequence[DollarRate], *, lock: bool = False) -> RateDiff:
    days = [rate.rate_date for rate in rates]
    first_day, last_day = (min(days), max(days)) if days else (None, None)
    rows = (
        ExchangeRate.objects.filter(rate_date__range=(first_day, last_day))
        if days
        else ExchangeRate.objects.none()
    )
    if lock:
        rows = rows.select_for_update().order_by("currency", "rate_date")
    standing = {(row.currency, row.rate_date): row for row in rows}
    fixed = set(PeriodRate.objects.exclude(rate_date=None).values_list("currency", "rate_date").distinct())
    new: list[DollarRate] = []
    changed: list[ChangedRate] = []
    kept: list[ChangedRate] = []
    for rate in rates:
        place = (rate.currency, rate.rate_date)
        stands = standing.get(place)
        if stands is None:
            new.append(rate)
        elif stands.units_per_usd != rate.units_per_usd:
            (kept if place in fixed else changed).append(ChangedRate(stands=stands, now=rate))
    return RateDiff(
        first_day=first_day,
        last_day=last_day,
        new=new,
        changed=changed,
        kept=kept,
        unchanged=len(rates) - len(new) - len(changed) - len(kept),
    )


def _facts(diff: RateDiff, before: Sequence[str]) -> dict[str, Any]:
    named = list(zip(diff.changed, before, strict=True))[:_NAMED_IN_AUDIT]
    return {
        "first_day": diff.first_day,
        "last_day": diff.last_day,
        "new": len(diff.new),
        "changed": len(diff.changed),
        "kept": len(diff.kept),
        "unchanged": diff.unchanged,
        "changes": {
            f"{change.now.currency} {change.now.rate_date}": {
                "before": old,
                "after": str(change.now.units_per_usd),
            }
            for change, old in named
        },
    }


def in_words(diff: RateDiff, *, written: Callable[[int], str] = str) -> str:
    """One sentence: how many rates are new, changed, kept and unchanged, each number as ``written`` writes it."""
    return _(
        "%(new)s new, %(changed)s changed, %(kept)s kept because a month was fixed at them, %(unchanged)s unchanged"
    ) % {
        "new": written(len(diff.new)),
        "changed": written(len(diff.changed)),
        "kept": written(len(diff.kept)),
        "unchanged": written(diff.unchanged),
    }
