"""The summary of an invoice's paper, its payments, and the notes on how its amounts came about. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing import paper_formats as formats
from billing.enums import LineKind
from billing.invoice_facts import InvoiceFacts, LineFacts
from billing.invoice_lines import TOKEN_KINDS

USD: Final = "USD"
CREDIT_BALANCE: Final = "credit balance"
"""How payments out of the buyer's own credit are recorded."""

_OF_USAGE: Final = (LineKind.USAGE, LineKind.INCLUDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """A row of the summary; ``weight`` is "part", "sum" or "total", and says how loud it is."""

    label: str
    note: str = ""
    figure: str
    weight: str = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """A payment or a refund."""

    day: str
    method: str
    reference: str
    figure: str


def summary_rows(facts: InvoiceFacts) -> tuple[SummaryRow, ...]:
    """From the base fee down to the total and, once something was paid, to what is left of it."""
    rows = [*_base_fees(facts), *_usage(facts), *_adjustments(facts), *_credits(facts)]
    rows.append(_row(facts, _("Net"), facts.net_total, weight="sum"))
    for tax in facts.taxes:
        label = f"{tax.name} {formats.percent(tax.rate, locale=facts.language)}"
        base = formats.figure(tax.taxable_amount, currency=facts.currency, locale=facts.language)
        rows.append(_row(facts, label, tax.tax_amount, note=_("on %(amount)s") % {"amount": base}))
    rows.append(_total(facts, _("Total"), facts.total))
    if facts.paid_total:
        rows += _paid(facts)
        rows.append(_total(facts, _("Amount due"), facts.total - facts.paid_total))
    return tuple(rows)


def payment_rows(facts: InvoiceFacts) -> tuple[PaymentRow, ...]:
    """What was paid, the first payment first."""
    return tuple(
        PaymentRow(
            day=formats.medium_date(payment.paid_on, locale=facts.language),
            method=_method(payment.method),
            reference=payment.reference if payment.reference != payment.method else "",
            figure=formats.figure(payment.amount, currency=facts.currency, locale=facts.language),
        )
        for payment in facts.payments
    )


def notes(facts: InvoiceFacts) -> tuple[str, ...]:
    """How the amounts came about: exchange rates, rounding, and usage that has no price yet."""
    found = _rate_notes(facts) if facts.currency != USD else []
    found.append(_("Every line is rounded once, half up; tax is worked out on the sum of the lines."))
    if any(line.kind == LineKind.USAGE and line.unit_price is None for line in facts.lines):
        found.append(_("Usage without a price is listed here and charged once its price is known."))
    return tuple(found)


def token_count(lines: Iterable[LineFacts], *, locale: str) -> str:
    """How many tokens lines are about; empty for none."""
    tokens = sum(
        line.quantity for line in lines if line.charge_kind is None or line.charge_kind in TOKEN_KINDS
    )
    if not tokens:
        return ""
    count = formats.decimal(tokens, locale=locale)
    return ngettext("%(count)s token", "%(count)s tokens", abs(tokens)) % {"count": count}


def _rate_notes(facts: InvoiceFacts) -> list[str]:
    own = _("1 USD = %(units)s %(currency)s, fixed for the month.")
    if facts.rate_date:
        own = _("1 USD = %(units)s %(currency)s, rate of %(day)s, fixed for the month.")
    found = [own % _rate_words(facts, facts.period, facts.units_per_usd)]
    for month, units in sorted(facts.month_rates.items(), reverse=True):
        if month != facts.period and units != facts.units_per_usd:
            late = _("Adjustment of %(month)s: 1 USD = %(units)s %(currency)s.")
            found.append(late % _rate_words(facts, month, units))
    return found


def _rate_words(facts: InvoiceFacts, month: date, units: Decimal) -> dict[str, str]:
    return {
        "units": formats.exchange_rate(units, locale=facts.language),
        "currency": facts.currency,
        "day": formats.medium_date(facts.rate_date, locale=facts.language) if facts.rate_date else "",
        "month": formats.month(month, locale=facts.language),
    }


def _base_fees(facts: InvoiceFacts) -> Iterator[SummaryRow]:
    for line in facts.lines:
        if line.kind == LineKind.BASE_FEE:
            yield _row(facts, _("Base fee"), line.amount, note=line.description)


def _usage(facts: InvoiceFacts) -> Iterator[SummaryRow]:
    usage = [line for line in _of_month(facts, facts.period) if line.kind == LineKind.USAGE]
    if usage:
        note = token_count(usage, locale=facts.language)
        yield _row(facts, _("Usage"), formats.total(line.amount for line in usage), note=note)
    for line in _of_month(facts, facts.period):
        if line.kind == LineKind.INCLUDED:
            note = token_count([line], locale=facts.language)
            yield _row(facts, _("Included tokens"), line.amount, note=note)


def _adjustments(facts: InvoiceFacts) -> Iterator[SummaryRow]:
    """What came late, with the month it belongs to; the latest first."""
    months = {line.service_period for line in facts.lines if line.kind in _OF_USAGE} - {facts.period}
    for month in sorted(months, reverse=True):
        amount = formats.total(line.amount for line in _of_month(facts, month))
        yield _row(facts, _("Adjustment"), amount, note=formats.month(month, locale=facts.language))


def _credits(facts: InvoiceFacts) -> Iterator[SummaryRow]:
    for line in facts.lines:
        if line.kind == LineKind.CREDIT:
            yield _row(facts, str(line.kind.label), line.amount, note=line.description)


def _paid(facts: InvoiceFacts) -> Iterator[SummaryRow]:
    """What was paid already, apart from what came out of the buyer's own credit."""
    from_credit = formats.total(paid.amount for paid in facts.payments if paid.method == CREDIT_BALANCE)
    if from_credit:
        yield _row(facts, _("Credit balance used"), -from_credit)
    if facts.paid_total != from_credit:
        yield _row(facts, _("Already paid"), from_credit - facts.paid_total)


def _method(method: str) -> str:
    """Our own words for ways to pay in the reader's language; what a person typed stays as it is."""
    return {"bank transfer": _("Bank transfer"), CREDIT_BALANCE: _("Credit balance")}.get(method, method)


def _of_month(facts: InvoiceFacts, month: date) -> Sequence[LineFacts]:
    return [line for line in facts.lines if line.service_period == month and line.kind in _OF_USAGE]


def _row(
    facts: InvoiceFacts, label: str, amount: Decimal, *, note: str = "", weight: str = "part"
) -> SummaryRow:
    figure = formats.figure(amount, currency=facts.currency, locale=facts.language)
    return SummaryRow(label=label, note=note, figure=figure, weight=weight)


def _total(facts: InvoiceFacts, label: str, amount: Decimal) -> SummaryRow:
    figure = formats.money(amount, currency=facts.currency, locale=facts.language)
    return SummaryRow(label=label, figure=figure, weight="total")
