"""What overviews are made of: measures, shares of a total, changes against an earlier span. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, NamedTuple

from usage.enums import RowKind

PERCENT_PLACES: Final = 1
"""Decimals of the shares and changes that people read."""


class Measures(NamedTuple):
    """What was used and what it cost. ``contracted_cost`` is US dollars, exact, of the priced events alone.

    Where ``unpriced_events`` is not 0 the cost reads "at least": the ``unpriced_tokens``, which are part of
    the token counts, have none yet.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    contracted_cost: Decimal = Decimal(0)
    unpriced_events: int = 0
    unpriced_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Input (cached tokens included) and output (reasoning included)."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Measures") -> "Measures":  # type: ignore[override]  # no list, but amounts
        # Field by field: a panel adds up thousands of these.
        return Measures(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.contracted_cost + other.contracted_cost,
            self.unpriced_events + other.unpriced_events,
            self.unpriced_tokens + other.unpriced_tokens,
        )

    def __sub__(self, other: "Measures") -> "Measures":
        return Measures(
            self.calls - other.calls,
            self.input_tokens - other.input_tokens,
            self.output_tokens - other.output_tokens,
            self.contracted_cost - other.contracted_cost,
            self.unpriced_events - other.unpriced_events,
            self.unpriced_tokens - other.unpriced_tokens,
        )


NOTHING: Final = Measures()


def total(parts: Iterable[Measures]) -> Measures:
    """All ``parts`` together. Column by column: a panel adds up thousands of these."""
    every = list(parts)
    if len(every) < 2:
        return every[0] if every else NOTHING
    return Measures._make(map(sum, zip(*every, strict=True)))


class FurtherMeasures(NamedTuple):
    """What is told of usage only where it is asked for. ``list_cost`` is US dollars, of what has a list price.

    Cached tokens and those written to a cache are part of the input, reasoning is part of the output; ``duration_ms``
    is the processing time of all calls together.
    """

    list_cost: Decimal = Decimal(0)
    failures: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    reasoning_output_tokens: int = 0
    duration_ms: int = 0

    def __add__(self, other: "FurtherMeasures") -> "FurtherMeasures":  # type: ignore[override]  # no list, but amounts
        return FurtherMeasures(
            self.list_cost + other.list_cost,
            self.failures + other.failures,
            self.cache_read_input_tokens + other.cache_read_input_tokens,
            self.cache_creation_input_tokens + other.cache_creation_input_tokens,
            self.reasoning_output_tokens + other.reasoning_output_tokens,
            self.duration_ms + other.duration_ms,
        )

    def __sub__(self, other: "FurtherMeasures") -> "FurtherMeasures":
        return FurtherMeasures(
            self.list_cost - other.list_cost,
            self.failures - other.failures,
            self.cache_read_input_tokens - other.cache_read_input_tokens,
            self.cache_creation_input_tokens - other.cache_creation_input_tokens,
            self.reasoning_output_tokens - other.reasoning_output_tokens,
            self.duration_ms - other.duration_ms,
        )


NOTHING_FURTHER: Final = FurtherMeasures()


class AllMeasures(NamedTuple):
    """Both together."""

    always: Measures = NOTHING
    further: FurtherMeasures = NOTHING_FURTHER

    def __add__(self, other: "AllMeasures") -> "AllMeasures":  # type: ignore[override]  # no list, but amounts
        return AllMeasures(self.always + other.always, self.further + other.further)

    def __sub__(self, other: "AllMeasures") -> "AllMeasures":
        return AllMeasures(self.always - other.always, self.further - other.further)


class Change(NamedTuple):
    """The same number of days of two periods beside each other: what the per cent of change is made of.

    Days that are not over yet are left out of both sides, so a morning does not look like a drop.
    """

    tokens: int = 0
    previous_tokens: int = 0
    contracted_cost: Decimal = Decimal(0)
    previous_contracted_cost: Decimal = Decimal(0)

    def __add__(self, other: "Change") -> "Change":  # type: ignore[override]  # no list, but amounts
        return Change(
            self.tokens + other.tokens,
            self.previous_tokens + other.previous_tokens,
            self.contracted_cost + other.contracted_cost,
            self.previous_contracted_cost + other.previous_contracted_cost,
        )

    @property
    def tokens_percent(self) -> Decimal | None:
        """Change of tokens in per cent, None where there were none before."""
        return percent_change(self.tokens, self.previous_tokens)

    @property
    def cost_percent(self) -> Decimal | None:
        """Change of cost in per cent, None where there was none before."""
        return percent_change(self.contracted_cost, self.previous_contracted_cost)


def percent_change(current: Decimal | int, previous: Decimal | int) -> Decimal | None:
    """From ``previous`` to ``current`` in per cent with one decimal; None without anything before."""
    return _per_cent(current - previous, previous)


def share_of(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """``part`` in per cent of ``whole`` with one decimal; None where the whole is 0 or less.

    Each is rounded for itself, so that it is the same wherever it stands, whatever stands beside it; a column of them
    may come to 99.9 or 100.1.
    """
    return _per_cent(part, whole)


UNCHANGED: Final = Change()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a breakdown. The lines of a breakdown add up to the total exactly.

    ``entity`` is what the line is one of: "model", "department", "project", "member" or "integration". ``id``
    is 0 and ``name`` empty for the rows that stand for no single entry: UNATTRIBUTED (no id was sent) and
    OTHER (``entries`` smaller ones together). ``detail`` is a model's provider. A placeholder, made by an
    event that named an unknown id, is called by that ``external_id``. Shares are ``share_of`` the breakdown's total.
    ``change`` is None where no day of the period is over.
    """

    kind: RowKind
    entity: str
    id: int
    external_id: str
    name: str
    detail: str
    is_placeholder: bool
    entries: int
    measures: Measures
    share_of_tokens: Decimal | None
    share_of_cost: Decimal | None
    change: Change | None


def _per_cent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Halves to even; None where ``whole`` is 0 or less."""
    if whole <= 0:
        return None
    # In whole numbers: a panel has hundreds of these, and fractions take ten times as long.
    (above, unit), (below, unit_below) = part.as_integer_ratio(), whole.as_integer_ratio()
    return _rounded(above * unit_below * 100, below * unit)


def _rounded(above: int, below: int, *, places: int = PERCENT_PLACES) -> Decimal:
    """``above`` ÷ ``below`` (which is positive), halves to even."""
    floor, remainder = divmod(above * 10**places, below)
    if 2 * remainder > below or (2 * remainder == below and floor % 2):
        floor += 1
    return Decimal(floor).scaleb(-places)


def rounded_tokens(value: Decimal) -> int:
    """Whole tokens of a computed figure, halves to even."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
