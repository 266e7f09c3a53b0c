"""Where each organization stands in closing a month: to close, to finalize, to send, done. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DecimalField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from billing.enums import CloseStage, InvoiceStatus
from billing.models import Invoice
from billing.queries.month_close import Blocker, CannotClose, InvoicePreview, close_blockers, invoice_preview
from teams.models import Organization
from usage.models import UsagePeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRow:
    """One organization's month. ``blockers`` are looked for only while it is to close."""

    organization: Organization
    stage: CloseStage
    invoice: Invoice | None
    blockers: tuple[Blocker, ...] = ()

    @property
    def is_blocked(self) -> bool:
        return any(blocker.is_fatal for blocker in self.blockers)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSums:
    """How many organizations stand at a stage, and what their invoices come to per currency."""

    stage: CloseStage
    count: int
    totals: dict[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """What closing would give for one organization; ``preview`` is None where something stands in the way."""

    organization: Organization
    blockers: tuple[Blocker, ...]
    preview: InvoicePreview | None


def stage_sums(period: date) -> dict[CloseStage, StageSums]:
    """Every stage with its count and sums; two queries whatever the number of organizations."""
    counts = dict(_staged(period).order_by().values_list("stage").annotate(Count("pk")))
    totals: dict[str, dict[str, Decimal]] = {}
    sums = (
        _staged(period)
        .exclude(invoice_currency=None)
        .order_by()
        .values_list("stage", "invoice_currency")
        .annotate(total=Sum("invoice_total"))
    )
    for stage, currency, total in sums:
        totals.setdefault(stage, {})[currency] = total
    return {
        stage: StageSums(stage=stage, count=counts.get(stage, 0), totals=totals.get(stage, {}))
        for stage in CloseStage
    }


def close_rows(
    period: date, *, stage: CloseStage | None = None, limit: int, offset: int = 0, now: datetime
) -> list[CloseRow]:
    """A page of organizations by name; ``stage`` narrows."""
    staged = _staged(period)
    if stage is not None:
        staged = staged.filter(stage=stage)
    organizations = list(staged[offset : offset + limit])
    invoices = Invoice.objects.select_related("issuer").in_bulk(
        [row.invoice_id for row in organizations if row.invoice_id]
    )
    return [_row(organization, invoices, period, now) for organization in organizations]


def rows_at(
    period: date,
    stage: CloseStage,
    *,
    limit: int,
    among: Iterable[int] | None = None,
    after: Organization | None = None,
) -> list[CloseRow]:
    """The first ``limit`` organizations at a stage by name, without blockers.

    ``among`` narrows to some ids, ``after`` to those that come after one: what is stuck must not be in the way.
    """
    staged = _staged(period).filter(stage=stage)
    if among is not None:
        staged = staged.filter(pk__in=among)
    if after is not None:
        staged = staged.filter(Q(name__gt=after.name) | Q(name=after.name, pk__gt=after.pk))
    organizations = list(staged[:limit])
    invoices = Invoice.objects.annotate(line_count=Count("lines")).in_bulk(
        [row.invoice_id for row in organizations if row.invoice_id]
    )
    return [
        CloseRow(organization=row, stage=stage, invoice=invoices.get(row.invoice_id)) for row in organizations
    ]


def previews(organizations: Sequence[Organization], period: date, *, now: datetime) -> list[PreviewRow]:
    """What closing each of them would give."""
    rows = []
    for organization in organizations:
        blockers = tuple(close_blockers(organization=organization, period=period, now=now))
        preview = None
        if not any(blocker.is_fatal for blocker in blockers):
            try:
                preview = invoice_preview(organization=organization, period=period)
            except CannotClose as found:
                blockers = found.blockers
        rows.append(PreviewRow(organization=organization, blockers=blockers, preview=preview))
    return rows


def _row(organization: Any, invoices: dict[int, Invoice], period: date, now: datetime) -> CloseRow:
    stage = CloseStage(organization.stage)
    blockers: list[Blocker] = []
    if stage is CloseStage.OPEN:
        blockers = close_blockers(organization=organization, period=period, now=now)
    return CloseRow(
        organization=organization,
        stage=stage,
        invoice=invoices.get(organization.invoice_id),
        blockers=tuple(blockers),
    )


def _staged(period: date) -> "QuerySet[Any]":
    """Real organizations by name, each with its stage and the invoice that stands for the month."""
    of_month = Invoice.objects.filter(organization=OuterRef("pk"), period=period)
    standing = of_month.exclude(status=InvoiceStatus.VOIDED).order_by("-id")
    closed = UsagePeriod.objects.filter(organization=OuterRef("pk"), period=period, closed_at__isnull=False)
    return (
        Organization.objects.filter(twin_of=None)
        .annotate(
            invoice_id=Subquery(standing.values("id")[:1]),
            invoice_status=Subquery(standing.values("status")[:1]),
            invoice_total=Subquery(standing.values("total")[:1], output_field=DecimalField()),
            invoice_currency=Subquery(standing.values("currency")[:1]),
            invoice_sent_at=Subquery(standing.values("sent_at")[:1]),
            was_voided=Exists(of_month),
            was_closed=Exists(closed),
        )
        .annotate(stage=_stage())
        .order_by("name", "pk")
    )


def _stage() -> Case:
    return Case(
        When(invoice_status=InvoiceStatus.DRAFT, then=Value(CloseStage.DRAFT)),
        When(invoice_status__isnull=False, invoice_sent_at__isnull=True, then=Value(CloseStage.FINALIZED)),
        When(invoice_status__isnull=False, then=Value(CloseStage.SENT)),
        # A month that was closed without leaving any invoice had nothing to charge.
        When(Q(was_closed=True, was_voided=False), then=Value(CloseStage.NOTHING)),
        default=Value(CloseStage.OPEN),
        output_field=CharField(),
    )
