"""From sums per entry to the lines that people read: merged, ranked, cut to the top, with shares. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from usage.enums import RowKind
from usage.figures import NOTHING, UNCHANGED, Change, Measures, Row, shares, total

Key = tuple[str, int]
"""What an entry is ("member", "model", …) and its id, 0 where none was sent."""


@dataclass(frozen=True, slots=True)
class Spend:
    """What was used in the days shown, and the two spans compared (all 0 where nothing is compared)."""

    measures: Measures = NOTHING
    change: Change = UNCHANGED

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(self.measures + other.measures, self.change + other.change)

    def __bool__(self) -> bool:
        return self != NO_SPEND


NO_SPEND: Final = Spend()


@dataclass(frozen=True, slots=True)
class Name:
    """How an entry is called. ``name`` is never empty; ``detail`` is a model's provider."""

    name: str
    external_id: str = ""
    detail: str = ""
    is_placeholder: bool = False


def summed(parts: Iterable[tuple[Key, Spend]]) -> dict[Key, Spend]:
    """Sums per entry of parts that name entries repeatedly."""
    result: dict[Key, Spend] = {}
    for key, spend in parts:
        result[key] = result.get(key, NO_SPEND) + spend
    return result


def folded(spends: Mapping[Key, Spend], shown_as: Callable[[Key], Key]) -> dict[Key, Spend]:
    """``spends`` with what was merged added to the entry that shows it."""
    return summed((shown_as(key), spend) for key, spend in spends.items())


def breakdown(spends: Mapping[Key, Spend], *, is_compared: bool, top: int | None = None) -> tuple[Row, ...]:
    """The lines of ``spends``, unnamed: by cost, then tokens; what is beyond ``top`` as OTHER, id 0 last.

    Together they are exactly ``spends``. An entry with nothing in any span has no line; one entry too many is
    shown itself, since "other" would take its place anyway.
    """
    present = {key: spend for key, spend in spends.items() if spend}
    ranked = sorted(
        (key for key in present if key[1]), key=lambda key: (*_weight(present[key].measures), key)
    )
    cut = len(ranked) if top is None or len(ranked) <= top + 1 else top
    found = [_row(RowKind.NAMED, key, 1, present[key]) for key in ranked[:cut]]
    if rest := ranked[cut:]:
        others = sum((present[key] for key in rest), NO_SPEND)
        found.append(_row(RowKind.OTHER, (rest[0][0], 0), len(rest), others))
    found += [_row(RowKind.UNATTRIBUTED, key, 1, spend) for key, spend in present.items() if not key[1]]
    return _with_shares(found if is_compared else [replace(row, change=None) for row in found])


def together(rows: Sequence[Row]) -> Row:
    """``rows`` as one of kind OTHER, shares added up; they are of one entity."""
    changes = [row.change for row in rows if row.change is not None]
    return replace(
        rows[0],
        kind=RowKind.OTHER,
        id=0,
        external_id="",
        name="",
        detail="",
        is_placeholder=False,
        entries=sum(row.entries for row in rows),
        measures=total(row.measures for row in rows),
        share_of_tokens=_sum_or_none([row.share_of_tokens for row in rows]),
        share_of_cost=_sum_or_none([row.share_of_cost for row in rows]),
        change=sum(changes, UNCHANGED) if changes else None,
    )


def named(rows: Iterable[Row], names: Mapping[Key, Name]) -> tuple[Row, ...]:
    """``rows`` with the names of their entries; one that is gone from the directory is called by its id."""
    return tuple(_called(row, names) if row.kind == RowKind.NAMED else row for row in rows)


def leading(rows: Sequence[Row], *, count: int) -> list[Row]:
    """The ``count`` named rows with the largest share of tokens or of cost, whichever is more; largest first.

    A model without a price is large by its tokens alone, and must not vanish among the small ones.
    """
    whole = total(row.measures for row in rows)

    def size(row: Row) -> tuple[Fraction, int]:
        by_tokens = _part(row.measures.total_tokens, whole.total_tokens)
        by_cost = _part(row.measures.contracted_cost, whole.contracted_cost)
        return (-max(by_tokens, by_cost), row.id)

    return sorted((row for row in rows if row.kind == RowKind.NAMED), key=size)[:count]


def _row(kind: RowKind, key: Key, entries: int, spend: Spend) -> Row:
    return Row(
        kind=kind,
        entity=key[0],
        id=key[1],
        external_id="",
        name="",
        detail="",
        is_placeholder=False,
        entries=entries,
        measures=spend.measures,
        share_of_tokens=None,
        share_of_cost=None,
        change=spend.change,
    )


def _with_shares(rows: Sequence[Row]) -> tuple[Row, ...]:
    by_tokens = shares([row.measures.total_tokens for row in rows])
    by_cost = shares([row.measures.contracted_cost for row in rows])
    return tuple(
        replace(
            row,
            share_of_tokens=by_tokens[index] if by_tokens else None,
            share_of_cost=by_cost[index] if by_cost else None,
        )
        for index, row in enumerate(rows)
    )


def _called(row: Row, names: Mapping[Key, Name]) -> Row:
    name = names.get((row.entity, row.id), Name(f"#{row.id}"))
    return replace(
        row,
        name=name.name,
        external_id=name.external_id,
        detail=name.detail,
        is_placeholder=name.is_placeholder,
    )


def _weight(measures: Measures) -> tuple[Decimal, int]:
    return (-measures.contracted_cost, -measures.total_tokens)


def _part(part: int | Decimal, whole: int | Decimal) -> Fraction:
    return Fraction(part) / Fraction(whole) if whole > 0 else Fraction(0)


def _sum_or_none(values: Sequence[Decimal | None]) -> Decimal | None:
    present = [value for value in values if value is not None]
    return sum(present, Decimal(0)) if present else None
