"""What a change is made of: each value's part of it, adding up to the change exactly. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from usage.breakdown import Spend
from usage.enums import RowKind
from usage.figures import UNCHANGED, Change, Row
from usage.panels.basis import Basis

MOST_CONTRIBUTIONS: Final = 8


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one value of a dimension had before and now. ``row`` names it; of kind OTHER all that are not told."""

    row: Row
    current: Decimal
    previous: Decimal

    @property
    def change(self) -> Decimal:
        return self.current - self.previous


@dataclass(frozen=True, slots=True)
class Cut:
    """The values that moved most, and the rest of ``entries`` values together."""

    told: Mapping[int | str, Spend]
    rest: Spend
    entries: int


def sides(change: Change, basis: Basis) -> tuple[Decimal, Decimal]:
    """What is compared and what it is compared with: tokens, or US dollars."""
    if basis is Basis.COST:
        return change.contracted_cost, change.previous_contracted_cost
    return Decimal(change.tokens), Decimal(change.previous_tokens)


def cut_to_movers(spends: Mapping[int | str, Spend], basis: Basis, *, most: int = MOST_CONTRIBUTIONS) -> Cut:
    """The ``most`` values with the largest change, up or down; usage that named none (0 or "") is always told."""

    def size(value: int | str) -> tuple[Decimal, str]:
        current, previous = sides(spends[value].change, basis)
        return -abs(current - previous), str(value)

    ranked = sorted((value for value in spends if value), key=size)
    told = ranked[:most] if len(ranked) > most + 1 else ranked
    rest = ranked[len(told) :]
    unnamed = [value for value in spends if not value]
    return Cut(
        told={value: spends[value] for value in [*told, *unnamed]},
        rest=sum((spends[value] for value in rest), Spend()),
        entries=len(rest),
    )


def contributions(rows: Sequence[Row], cut: Cut, *, entity: str, basis: Basis) -> tuple[Contribution, ...]:
    """The parts of a change in the order of their size, what is not told and what named none last.

    ``rows`` are the lines of ``cut.told``.
    """
    found = [_of(replace(row, share_of_tokens=None, share_of_cost=None), basis) for row in rows]
    named = [part for part in found if part.row.kind is RowKind.NAMED]
    parts = sorted(named, key=lambda part: (-abs(part.change), part.row.name))
    if cut.entries:
        parts.append(_of(_other(cut, entity), basis))
    return (*parts, *(part for part in found if part.row.kind is not RowKind.NAMED))


def driver_of(parts: Sequence[Contribution]) -> Contribution | None:
    """The part that moved most in the direction of the whole; None where the whole did not move."""
    change = sum((part.change for part in parts), Decimal(0))
    if not change:
        return None
    told = [part for part in parts if part.row.kind is not RowKind.OTHER and part.change * change > 0]
    return max(told, key=lambda part: abs(part.change), default=None)


def _of(row: Row, basis: Basis) -> Contribution:
    current, previous = sides(row.change or UNCHANGED, basis)
    return Contribution(row, current, previous)


def _other(cut: Cut, entity: str) -> Row:
    return Row(
        kind=RowKind.OTHER,
        entity=entity,
        id=0,
        external_id="",
        name="",
        detail="",
        is_placeholder=False,
        entries=cut.entries,
        measures=cut.rest.measures,
        share_of_tokens=None,
        share_of_cost=None,
        change=cut.rest.change,
    )
