"""The usage on an invoice's paper: per month, model and kind, and shared out by feature and department. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final

from django.utils.translation import gettext as _

from billing import paper_formats as formats
from billing.enums import LineKind, ShareDimension
from billing.invoice_facts import InvoiceFacts, LineFacts, ShareFacts
from billing.line_words import charged_kind
from billing.paper_summary import SummaryRow, token_count
from usage.enums import ChargeKind, RowKind

_CALLS: Final = (ChargeKind.WEB_SEARCH, ChargeKind.CODE_RUN, ChargeKind.CALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """One kind of a model's usage: quantity × price for so many = figure.

    ``pad`` are digits to be left blank behind the price, so that decimal signs stand under each other.
    """

    label: str
    quantity: str
    unit: str
    price: str
    pad: str
    per: str
    figure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUsage:
    """The rows of one model and service tier, and what they come to."""

    name: str
    note: str
    rows: tuple[UsageRow, ...]
    figure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTable:
    """The usage of one service month; ``included`` is what the plan takes off."""

    title: str
    days: str
    models: tuple[ModelUsage, ...]
    included: SummaryRow | None
    total: str
    figure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """One part of a split."""

    name: str
    share: str
    figure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The usage, adjustments included, shared out by one dimension."""

    title: str
    head: str
    rows: tuple[ShareRow, ...]
    total: str
    figure: str


def usage_tables(facts: InvoiceFacts) -> tuple[UsageTable, ...]:
    """One table per service month: the invoice's own, then those of adjustments, the latest first."""
    lines = [line for line in facts.lines if line.kind in (LineKind.USAGE, LineKind.INCLUDED)]
    widest = max((_decimals(line, facts) for line in lines), default=0)
    months = sorted({line.service_period for line in lines}, reverse=True)
    return tuple(
        _table(facts, month, [line for line in lines if line.service_period == month], widest)
        for month in months
    )


def splits(facts: InvoiceFacts) -> tuple[Split, ...]:
    """By feature and by department, each adding up to the usage."""
    titles = {
        ShareDimension.FEATURE: _("Usage by feature"),
        ShareDimension.DEPARTMENT: _("Usage by department"),
    }
    found = []
    for dimension, title in titles.items():
        shares = [share for share in facts.shares if share.dimension == dimension]
        if shares:
            found.append(_split(facts, shares, title=title, head=str(dimension.label)))
    return tuple(found)


def _table(facts: InvoiceFacts, month: date, lines: Sequence[LineFacts], widest: int) -> UsageTable:
    usage = [line for line in lines if line.kind == LineKind.USAGE]
    included = [line for line in lines if line.kind == LineKind.INCLUDED]
    taken_off = SummaryRow(
        label=_("Included tokens"),
        note=token_count(included, locale=facts.language),
        figure=_figure(facts, formats.total(line.amount for line in included)),
    )
    name = formats.month(month, locale=facts.language)
    late = month != facts.period
    return UsageTable(
        title=_("Adjustment of %(month)s") % {"month": name} if late else _("Usage by model"),
        days=formats.month_days(month, locale=facts.language),
        models=tuple(_model(facts, list(rows), widest) for _key, rows in groupby(usage, key=_model_key)),
        included=taken_off if included else None,
        total=_("Adjustment of %(month)s") % {"month": name}
        if late
        else _("Usage of %(month)s") % {"month": name},
        figure=_figure(facts, formats.total(line.amount for line in lines)),
    )


def _model_key(line: LineFacts) -> tuple[str, str, str]:
    return line.provider_name, line.model_name, line.service_tier


def _model(facts: InvoiceFacts, lines: Sequence[LineFacts], widest: int) -> ModelUsage:
    first = lines[0]
    return ModelUsage(
        name=first.model_name or _("Unknown model"),
        note=" · ".join(word for word in (first.provider_name, first.service_tier) if word),
        rows=tuple(_usage_row(facts, line, widest) for line in lines),
        figure=_figure(facts, formats.total(line.amount for line in lines)),
    )


def _usage_row(facts: InvoiceFacts, line: LineFacts, widest: int) -> UsageRow:
    kind = line.charge_kind
    unit, per = _unit_words(kind)
    return UsageRow(
        label=charged_kind(kind, context_threshold=line.context_threshold, locale=facts.language)
        if kind
        else line.description,
        quantity=formats.decimal(line.quantity, locale=facts.language),
        unit=unit,
        price=_price(facts, line),
        pad="0" * (widest - _decimals(line, facts)) if line.unit_price is not None else "",
        per=per if line.unit_price is not None else "",
        figure=_figure(facts, line.amount),
    )


def _unit_words(kind: ChargeKind | None) -> tuple[str, str]:
    """What is counted, and for how many of it a price is."""
    if kind in _CALLS:
        return _("calls"), _("per 1,000")
    if kind == ChargeKind.AUDIO_SECOND:
        return _("seconds"), _("per minute")
    return _("tokens"), _("per million")


def _rate(facts: InvoiceFacts, line: LineFacts) -> Decimal:
    return facts.month_rates.get(line.service_period, facts.units_per_usd)


def _decimals(line: LineFacts, facts: InvoiceFacts) -> int:
    if line.unit_price is None:
        return 0
    return formats.price_decimals(
        unit_price=line.unit_price,
        units_per_usd=_rate(facts, line),
        per=formats.units_per_price(line.charge_kind),
        quantity=line.quantity,
        amount=line.amount,
        currency=facts.currency,
    )


def _price(facts: InvoiceFacts, line: LineFacts) -> str:
    if line.unit_price is None:
        return _("no price yet")
    return formats.price(
        unit_price=line.unit_price,
        units_per_usd=_rate(facts, line),
        per=formats.units_per_price(line.charge_kind),
        decimals=_decimals(line, facts),
        locale=facts.language,
    )


def _split(facts: InvoiceFacts, shares: Sequence[ShareFacts], *, title: str, head: str) -> Split:
    whole = formats.total(share.amount for share in shares)
    has_late = any(line.service_period != facts.period for line in facts.lines)
    return Split(
        title=title,
        head=head,
        rows=tuple(
            ShareRow(
                name=share.name or str(RowKind.UNATTRIBUTED.label),
                share=formats.share(share.amount, whole, locale=facts.language),
                figure=_figure(facts, share.amount),
            )
            for share in shares
        ),
        total=_("Usage, adjustments included") if has_late else _("Usage"),
        figure=_figure(facts, whole),
    )


def _figure(facts: InvoiceFacts, amount: Decimal) -> str:
    return formats.figure(amount, currency=facts.currency, locale=facts.language)
