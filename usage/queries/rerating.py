"""What a re-rating reads: the rows that count for a model's events, and what its parts add up to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from teams.enums import ScopeKind
from usage.enums import Correction
from usage.identity import NIL
from usage.models import ContractRate, EventKey, Price, Rerating, ReratingPart, SpendDaily
from usage.rerating import Rated, ReratingSums
from usage.rerating_sql import corrections_of, rated_page

_NAMES: Final = (
    "id",
    "corrects",
    "occurred_at",
    "service_tier",
    "input_tokens",
    "cache_read_input_tokens",
    "list_price_id",
    "contracted_price_id",
    "rate_id",
    "list_cost",
    "contracted_cost",
    "unpriced",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPlace:
    """Where a part of a re-rating looks: one organization's billing month, one model, calls from an instant on."""

    organization_id: int
    period: date
    model_id: int
    occurred_from: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReratingTotals:
    """All parts of a re-rating. ``ended`` of ``parts`` have seen all; ``done_…`` is what was stored of ``found``.

    ``unpriced_left`` events and their tokens have no price and get none; known until the approval, after which only
    the parts that change are kept.
    """

    organizations: int
    parts: int
    ended: int
    first_month: date | None
    last_month: date | None
    events_seen: int
    unpriced_left: int
    unpriced_tokens_left: int
    found: ReratingSums
    done_events: int
    done_skipped: int
    done_list: Decimal
    done_contracted: Decimal
    done_unpriced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedPage:
    """The next rows: the id of the last one, None after the end, and those among them that count for their events."""

    last_id: UUID | None
    rows: Sequence[Rated]


def rated_rows(place: PartPlace, *, after: UUID | None, limit: int) -> RatedPage:
    """Some rows in the order of their ids, the first one after ``after``. Two queries.

    What counts for an event is its own row, or the last one that a re-rating has put in its place; nothing does where
    it was voided.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            rated_page(place.organization_id),
            {
                "period": place.period,
                "model_id": place.model_id,
                "occurred_from": place.occurred_from,
                "after": after or NIL,
                "limit": limit,
            },
        )
        rows = [_rated(place, row) for row in cursor.fetchall()]
        cursor.execute(
            corrections_of(place.organization_id),
            {"period": place.period, "originals": list({row.corrects for row in rows})},
        )
        corrections = cursor.fetchall()
    voided = {original for original, kind, _name in corrections if kind == Correction.VOID}
    replaced = {name for _original, _kind, name in corrections}
    return RatedPage(
        last_id=rows[-1].id if rows else None,
        rows=[
            row
            for row in rows
            if row.corrects not in voided and row.negation.transaction_id(Correction.RERATING) not in replaced
        ],
    )


def _rated(place: PartPlace, row: Sequence[Any]) -> Rated:
    count = len(_NAMES)
    files = row[count]
    return Rated(
        **dict(zip(_NAMES, row[:count], strict=True)),
        period=place.period,
        model_id=place.model_id,
        files=json.loads(files) if isinstance(files, str) else files,
        quantities=tuple(row[count + 1 :]),
    )


def ids_taken(organization_id: int, transaction_ids: Sequence[str]) -> set[str]:
    """Those of the ids that stand in the ledger already."""
    keys = EventKey.objects.filter(organization_id=organization_id, transaction_id__in=transaction_ids)
    return set(keys.values_list("transaction_id", flat=True))


def months_used(
    organization_ids: Sequence[int], model_id: int, *, first_day: date | None
) -> list[tuple[int, date]]:
    """(organization, billing month) of all usage of a model since a local day."""
    used = SpendDaily.objects.filter(
        organization_id__in=organization_ids,
        scope_kind=ScopeKind.ORGANIZATION,
        scope_id=F("organization_id"),
        model_id=model_id,
    )
    if first_day is not None:
        used = used.filter(local_date__gte=first_day)
    months = used.annotate(month=TruncMonth("local_date")).values_list("organization_id", "month")
    return list(months.distinct().order_by("organization_id", "month"))


def newest_prices() -> tuple[int, int]:
    """The newest price's and the newest contract rate's ids; both only ever grow."""
    price = Price.objects.aggregate(id=Max("id", default=0))["id"]
    rate = ContractRate.objects.aggregate(id=Max("id", default=0))["id"]
    return price, rate


def prices_moved_on(rerating: Rerating, organization_ids: Sequence[int], now: datetime) -> bool:
    """Whether prices of the model, or what these organizations agreed on, changed since ``rerating`` was asked for."""
    prices = Price.objects.filter(
        Q(organization=None) | Q(organization__in=organization_ids),
        pk__gt=rerating.last_price_id,
        model_id=rerating.model_id,
        valid_from__lte=now,
    )
    rates = ContractRate.objects.filter(
        pk__gt=rerating.last_rate_id, organization__in=organization_ids, valid_from__lte=now
    )
    return prices.exists() or rates.exists()


def rerating_totals(rerating: Rerating) -> ReratingTotals:
    """What the parts of a re-rating add up to, by now."""
    sums = tuple(ReratingSums.__slots__)
    looked_at = ("events_seen", "unpriced_left", "unpriced_tokens_left")
    done = ("done_events", "done_skipped", "done_list", "done_contracted", "done_unpriced")
    found = rerating.parts.aggregate(
        parts=Count("id"),
        ended=Count("id", filter=~Q(ended_at=None)),
        organizations=Count("organization", distinct=True, filter=Q(events__gt=0)),
        **{name: Sum(name, default=0) for name in (*looked_at, *sums, *done)},
    )
    months = rerating.parts.filter(events__gt=0).order_by("period").values_list("period", flat=True)
    return ReratingTotals(
        organizations=found["organizations"],
        parts=found["parts"],
        ended=found["ended"],
        first_month=months.first(),
        last_month=months.last(),
        found=ReratingSums(**{name: found[name] for name in sums}),
        **{name: found[name] for name in (*looked_at, *done)},
    )


def changed_parts(rerating: Rerating) -> "QuerySet[ReratingPart]":
    """The parts in which a price differs, the largest change of money first."""
    changed = rerating.parts.filter(events__gt=0).select_related("organization")
    return changed.order_by(
        (F("contracted_after") - F("contracted_before")).desc(), "organization_id", "period"
    )
