"""What a change is made of: each value's part of it, adding up to the change exactly. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from usage.enums import RowKind
from usage.figures import NOTHING, UNCHANGED, Change, Row
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
    """The values that moved most, largest first, and the rest of ``entries`` values together."""

    told: Mapping[int | str, Change]
    rest: Change
    entries: int


def sides(change: Change, basis: Basis) -> tuple[Decimal, Decimal]:
    """What is compared and what it is compared with: tokens, or US dollars."""
    if basis is Basis.COST:
        return change.contracted_cost, change.previous_contracted_cost
    return Decimal(change.tokens), Decimal(change.previous_tokens)


def cut_to_movers(
    changes: Mapping[int | str, Change],
    basis: Basis,
    *,
    most: int = MOST_CONTRIBUTIONS,
    beyond: tuple[Change, int] = (UNCHANGED, 0),
) -> Cut:
    """The ``most`` values with the largest change, up or down. Usage that named none (0 or "") is told last.

    ``changes`` need not have all values, but those that may be told; the others come to the change ``beyond`` them, and
    are so many.

    What has nothing of the basis in either week is left out; one value too many is told itself.
    """
    present = {value: change for value, change in changes.items() if any(sides(change, basis))}

    def size(value: int | str) -> tuple[Decimal, str]:
        current, previous = sides(present[value], basis)
        return -abs(current - previous), str(value)

    ranked = sorted((value for value in present if value), key=size)
    more, count = beyond
    told = ranked[:most] if len(ranked) + count > most + 1 else ranked
    rest = [present[value] for value in ranked[len(told) :]]
    unnamed = [value for value in present if not value]
    return Cut(
        told={value: present[value] for value in [*told, *unnamed]},
        rest=sum(rest, more),
        entries=len(rest) + count,
    )


def contributions(
    cut: Cut, rows: Mapping[int | str, Row], *, entity: str, basis: Basis
) -> tuple[Contribution, ...]:
    """The parts of a change in the order of their size, what is not told and what named none last.

    ``rows`` names at least what is told.
    """
    found = [Contribution(rows[value], *sides(change, basis)) for value, change in cut.told.items()]
    others = [Contribution(_other(cut, entity), *sides(cut.rest, basis))] if cut.entries else []
    named = [part for part in found if part.row.kind is RowKind.NAMED]
    return (*named, *others, *(part for part in found if part.row.kind is not RowKind.NAMED))


def driver_of(parts: Sequence[Contribution]) -> Contribution | None:
    """The part that moved most in the direction of the whole; None where the whole did not move."""
    change = sum((part.change for part in parts), Decimal(0))
    told = [part for part in parts if part.row.kind is not RowKind.OTHER and part.change * change > 0]
    return max(told, key=lambda part: abs(part.change), default=None)


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
        measures=NOTHING,
        share_of_tokens=None,
        share_of_cost=None,
        change=cut.rest,
    )
