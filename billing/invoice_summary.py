"""An invoice in a few lines: fee, usage, what the plan takes off, adjustments, credits. Pure.

Together the lines are the net total; pages and API show them before every single line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from billing.enums import LineKind
from billing.invoice_facts import InvoiceFacts, LineFacts
from billing.invoice_lines import TOKEN_KINDS

_OF_USAGE: Final = (LineKind.USAGE, LineKind.INCLUDED)


class SummaryKind(StrEnum):
    """What a line of the summary stands for."""

    BASE_FEE = "base_fee"
    USAGE = "usage"
    INCLUDED = "included"
    ADJUSTMENT = "adjustment"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryLine:
    """``amount`` for ``service_period``; ``tokens`` it is about, 0 where it is about none."""

    kind: SummaryKind
    service_period: date
    description: str = ""
    tokens: int = 0
    amount: Decimal


def summary_lines(facts: InvoiceFacts) -> tuple[SummaryLine, ...]:
    """The lines of an invoice added up by what they are; their amounts add up to its net total."""
    own = [line for line in facts.lines if line.service_period == facts.period]
    late = {line.service_period for line in facts.lines if line.kind in _OF_USAGE} - {facts.period}
    found = [*_each(facts.lines, LineKind.BASE_FEE, SummaryKind.BASE_FEE)]
    usage = [line for line in own if line.kind == LineKind.USAGE]
    if usage:
        found.append(_sum(usage, SummaryKind.USAGE, facts.period))
    found += _each(own, LineKind.INCLUDED, SummaryKind.INCLUDED)
    for month in sorted(late, reverse=True):
        lines = [line for line in facts.lines if line.service_period == month and line.kind in _OF_USAGE]
        found.append(_sum(lines, SummaryKind.ADJUSTMENT, month))
    found += _each(facts.lines, LineKind.CREDIT, SummaryKind.CREDIT)
    return tuple(found)


def tokens_of(lines: Iterable[LineFacts]) -> int:
    """How many tokens lines of usage are about, or the plan takes off."""
    return sum(
        line.quantity
        for line in lines
        if line.kind == LineKind.INCLUDED or (line.kind == LineKind.USAGE and line.charge_kind in TOKEN_KINDS)
    )


def _each(lines: Iterable[LineFacts], kind: LineKind, shown: SummaryKind) -> list[SummaryLine]:
    return [
        SummaryLine(
            kind=shown,
            service_period=line.service_period,
            description=line.description,
            tokens=tokens_of([line]),
            amount=line.amount,
        )
        for line in lines
        if line.kind == kind
    ]


def _sum(lines: Sequence[LineFacts], kind: SummaryKind, month: date) -> SummaryLine:
    return SummaryLine(
        kind=kind,
        service_period=month,
        tokens=tokens_of(line for line in lines if line.kind == LineKind.USAGE),
        amount=sum((line.amount for line in lines), Decimal(0)),
    )
