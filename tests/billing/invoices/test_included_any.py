"""Included tokens over all invoices of a month, whatever is voided and re-rated between: as if there had been one."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from billing.enums import LineKind
from billing.invoice_lines import TOKEN_KINDS, Billed, Calculation, Charge, Line, MonthTerms, calculate
from billing.invoice_terms import terms_from_json, terms_to_json
from tests.billing.invoices.test_calculation import MAY, charge, terms
from usage.enums import ChargeKind

CENT = Decimal("0.01")
CLOSES = 5
KINDS = (ChargeKind.INPUT, ChargeKind.OUTPUT, ChargeKind.WEB_SEARCH)


@dataclass(frozen=True)
class Used:
    """Usage of one kind that came by a close and may be priced anew, and taken back, by later ones.

    Price None is none yet.
    """

    kind: ChargeKind
    quantity: int
    price: int | None
    came: int
    other_price: int | None
    priced_anew: int
    taken_back: int

    def moves(self) -> Iterator[tuple[int, int | None, int]]:
        """(close, price, quantity) of each step."""
        price, back = self.price, max(self.taken_back, self.came)
        yield self.came, price, self.quantity
        if self.came <= self.priced_anew <= back:
            yield self.priced_anew, price, -self.quantity
            price = self.other_price
            yield self.priced_anew, price, self.quantity
        if back < CLOSES:
            yield back, price, -self.quantity


def usage_of(prices: st.SearchStrategy[int | None]) -> st.SearchStrategy[list[Used]]:
    closes = st.integers(min_value=0, max_value=CLOSES - 1)
    return st.lists(
        st.builds(
            Used,
            kind=st.sampled_from(KINDS),
            quantity=st.integers(min_value=1, max_value=2_000_000),
            price=prices,
            came=closes,
            other_price=prices,
            priced_anew=st.integers(min_value=0, max_value=2 * CLOSES),
            taken_back=st.integers(min_value=0, max_value=2 * CLOSES),
        ),
        max_size=12,
    )


def charges_of(used: Sequence[Used], *closes: int) -> list[Charge]:
    """What the usage comes to in these closes; prices are units of 10⁻⁸ dollars."""
    quantities: defaultdict[tuple[ChargeKind, int | None], int] = defaultdict(int)
    for one in used:
        for close, price, quantity in one.moves():
            if close in closes:
                quantities[one.kind, price] += quantity
    return [
        charge(
            kind=kind,
            quantity=quantity,
            price_id=0 if price is None else price + 1,
            unit_price=None if price is None else Decimal(price).scaleb(-8),
            cost=quantity * Decimal(price or 0).scaleb(-8),
        )
        for (kind, price), quantity in quantities.items()
    ]


def invoice(charges: list[Charge], included: int, billed: Billed) -> Calculation:
    months = {MAY: MonthTerms(units_per_usd=Decimal(1), included_tokens=included, billed=billed)}
    return calculate(charges, terms(months=months, base_fee=Decimal(0)))


def is_of_tokens(line: Line) -> bool:
    return line.charge is not None and line.charge.kind in TOKEN_KINDS and line.unit_price is not None


def billed_by(lines: Sequence[Line]) -> Billed:
    of_tokens = [line for line in lines if is_of_tokens(line)]
    included = [line for line in lines if line.kind is LineKind.INCLUDED]
    return Billed(
        tokens=sum(line.quantity for line in of_tokens),
        amount=sum((line.amount for line in of_tokens), Decimal(0)),
        granted_tokens=sum(line.quantity for line in included),
        granted_amount=-sum((line.amount for line in included), Decimal(0)),
    )


def invoices_of(used: Sequence[Used], included: int) -> Iterator[list[Line]]:
    """All lines of the month so far, after each of its invoices."""
    lines: list[Line] = []
    for close in range(CLOSES):
        lines += invoice(charges_of(used, close), included, billed_by(lines)).lines
        yield list(lines)


def total(lines: Sequence[Line]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))


def net(lines: Sequence[Line]) -> dict[Any, int]:
    """Quantities by what they are of; what comes to nothing is left out."""
    counted: Counter[Any] = Counter()
    for line in lines:
        of = (line.charge.kind, line.charge.price_id) if line.charge else ()
        counted[line.kind, of] += line.quantity
    return {key: quantity for key, quantity in counted.items() if quantity}


INCLUDED = st.sampled_from([0, 1, 500_000, 3_000_000, 10**12])


@given(used=usage_of(st.sampled_from([None, 0, 7, 200, 1_000_000])), included=INCLUDED)
def test_all_invoices_of_a_month_say_what_one_of_the_net_usage_would(used: list[Used], included: int) -> None:
    for closed, lines in enumerate(invoices_of(used, included), start=1):
        once = invoice(charges_of(used, *range(closed)), included, Billed())
        assert net(lines) == net(once.lines)
        billed, alone = billed_by(lines), billed_by(once.lines)
        assert billed.granted_tokens == min(included, billed.tokens) >= 0
        # Half a cent for each line that was rounded: on the invoices, on the one, and for what is included.
        allowed = (len(lines) + len(once.lines) + 1) * CENT / 2
        assert abs(total(lines) - total(once.lines)) <= allowed
        assert abs(billed.granted_amount - alone.granted_amount) <= allowed
        assert 0 <= billed.granted_amount <= max(billed.amount, Decimal(0))


@given(used=usage_of(st.sampled_from([None, 0, 1_000_000, 5_000_000])), included=INCLUDED)
def test_where_no_line_is_rounded_they_say_exactly_that_and_never_less_than_nothing(
    used: list[Used], included: int
) -> None:
    for closed, lines in enumerate(invoices_of(used, included), start=1):
        once = invoice(charges_of(used, *range(closed)), included, Billed())
        assert billed_by(lines) == billed_by(once.lines)
        assert total(lines) == total(once.lines) >= 0


def test_what_was_kept_before_gives_the_same_lines_as_then() -> None:
    months = {MAY: MonthTerms(units_per_usd=Decimal(1), included_tokens=500_000)}
    kept = terms_to_json(terms(months=months))
    assert "billed" not in kept["months"][MAY.isoformat()]
    old = terms_from_json(kept)
    assert old == terms(months=months)
    free = charge(unit_price=Decimal(0), cost=Decimal(0))
    assert [line.kind for line in calculate([free], old).lines] == [LineKind.BASE_FEE, LineKind.USAGE]
    taken_back = charge(quantity=-1_000_000, cost=Decimal(-2))
    assert [line.amount for line in calculate([taken_back], old).lines] == [20, -2]


def test_what_was_billed_before_survives_being_kept() -> None:
    billed = Billed(tokens=3, amount=Decimal("0.10"), granted_tokens=2, granted_amount=Decimal("0.07"))
    some = terms()
    some = replace(some, months={MAY: replace(some.months[MAY], billed=billed)})
    assert terms_from_json(terms_to_json(some)) == some
