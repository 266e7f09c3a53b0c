"""Why a line of an invoice comes to what it does: the price behind it, the closes it charges, rate and rounding."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from billing.enums import LineKind
from billing.models import Invoice, InvoiceLine
from billing.queries.charges import rows_of
from billing.queries.invoice_paper import month_rates
from usage.enums import ChargeKind, UnpricedReason
from usage.models import LlmModel
from usage.queries.why_cost import price_facts, unpriced_reason
from usage.why_cost import PriceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedClose:
    """What one close of the service month adds to a line. ``cost`` is US dollars."""

    close_number: int
    quantity: int
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyLine:
    """One line of usage. ``cost`` is US dollars: quantity × unit price, and the sum of the closes, exactly.

    ``cost`` × ``units_per_usd`` is ``exact_amount``, which was rounded once to ``amount``, in the invoice's currency.
    ``price`` None: nothing was priced, ``unpriced_reason`` says why. Of the service month the plan took off
    ``included_tokens`` for ``included_amount``, on a line of their own.
    """

    number: str
    currency: str
    position: int
    service_period: date
    is_adjustment: bool
    provider_name: str
    model_name: str
    kind: ChargeKind
    context_threshold: int
    price: PriceFacts | None
    unpriced_reason: UnpricedReason | None
    quantity: int
    unit_price: Decimal | None
    cost: Decimal
    closes: tuple[ChargedClose, ...]
    units_per_usd: Decimal
    exact_amount: Decimal
    amount: Decimal
    included_tokens: int
    included_amount: Decimal

    @property
    def rounding(self) -> Decimal:
        """What the one rounding added, or with a sign took away."""
        return self.amount - self.exact_amount


def why_line(invoice: Invoice, position: int) -> WhyLine | None:
    """The line of usage at a position; None when there is none. Eight queries at most."""
    line = invoice.lines.filter(position=position, kind=LineKind.USAGE).first()
    if line is None:
        return None
    price = price_facts([(line.price_id, line.rate_id)]).get((line.price_id, line.rate_id))
    model = LlmModel.objects.filter(pk=line.model_id).first()
    units_per_usd = month_rates(invoice.terms).get(line.service_period, invoice.units_per_usd)
    cost = line.cost or Decimal(0)
    included = invoice.lines.filter(kind=LineKind.INCLUDED, service_period=line.service_period).first()
    return WhyLine(
        number=invoice.number or "",
        currency=invoice.currency,
        position=line.position,
        service_period=line.service_period,
        is_adjustment=line.service_period != invoice.period,
        provider_name=line.provider_name,
        model_name=line.model_name,
        kind=ChargeKind(line.charge_kind),
        context_threshold=price.context_threshold if price else 0,
        price=price,
        unpriced_reason=None if price else unpriced_reason(model),
        quantity=line.quantity,
        unit_price=line.unit_price,
        cost=cost,
        closes=_closes(invoice, line),
        units_per_usd=units_per_usd,
        exact_amount=cost * units_per_usd,
        amount=line.amount,
        included_tokens=included.quantity if included else 0,
        included_amount=included.amount if included else Decimal(0),
    )


def _closes(invoice: Invoice, line: InvoiceLine) -> tuple[ChargedClose, ...]:
    closes = invoice.closes.filter(period=line.service_period)
    numbers = list(closes.values_list("close_number", flat=True))
    rows = rows_of(invoice.organization_id, {line.service_period: numbers}).filter(
        model_id=line.model_id, price_id=line.price_id, rate_id=line.rate_id, kind=line.charge_kind
    )
    sums = rows.order_by().values_list("close_number").annotate(Sum("quantity"), Sum("contracted_cost"))
    return tuple(
        ChargedClose(close_number=number, quantity=quantity, cost=cost)
        for number, quantity, cost in sorted(sums)
        if quantity or cost
    )
