"""From sums per entry to the lines that people read: merged, ranked, cut to the top, with shares. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, NamedTuple

from usage.enums import RowKind
from usage.figures import NOTHING, UNCHANGED, Change, Measures, Row, share_of, total

_DECIMALS: Final = 15
"""Of all money."""

Key = tuple[str, int]
"""What an entry is ("member", "model", …) and its id, 0 where none was sent."""


class Spend(NamedTuple):
    """What was used in the days shown, and the two spans compared (all 0 where nothing is compared)."""

    measures: Measures = NOTHING
    change: Change = UNCHANGED

    def __add__(self, other: "Spend") -> "Spend":  # type: ignore[override]  # no list, but amounts
        return Spend(self.measures + other.measures, self.change + other.change)

    def __bool__(self) -> bool:
        return self != NO_SPEND


NO_SPEND: Final = Spend()


@dataclass(frozen=True, slots=True)
class Others:
    """How many entries there are beside those that are told one by one, and their spend together."""

    entries: int = 0
    spend: Spend = NO_SPEND


NO_OTHERS: Final = Others()


@dataclass(frozen=True, slots=True)
class Name:
    """How an entry is called. ``name`` is never empty; ``detail`` is a model's provider."""

    name: str
    external_id: str = ""
    detail: str = ""
    is_placeholder: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Sums by a dimension: those of some values, and of all others together; all of them are ``total``."""

    spends: Mapping[int | str, Spend]
    others: Others = NO_OTHERS

    @property
    def total(self) -> Spend:
        return all_together([*self.spends.values(), self.others.spend])


def summed(parts: Iterable[tuple[Key, Spend]]) -> dict[Key, Spend]:
    """Sums per entry of parts that name entries repeatedly."""
    result: dict[Key, Spend] = {}
    for key, spend in parts:
        # Most entries are named once.
        result[key] = result[key] + spend if key in result else spend
    return result


def all_together(spends: Collection[Spend]) -> Spend:
    """The sum of many. Field by field: each addition on the way would make three objects."""
    changes = [spend.change for spend in spends]
    return Spend(
        total(spend.measures for spend in spends),
        Change(
            sum(change.tokens for change in changes),
            sum(change.previous_tokens for change in changes),
            sum((change.contracted_cost for change in changes), Decimal(0)),
            sum((change.previous_contracted_cost for change in changes), Decimal(0)),
        ),
    )


def breakdown(
    spends: Mapping[Key, Spend], *, is_compared: bool, top: int | None = None, others: Others = NO_OTHERS
) -> tuple[Row, ...]:
    """The lines of ``spends``, unnamed: by cost, then tokens; what is beyond ``top`` as OTHER, id 0 last.

    Together they are exactly ``spends`` and the ``others``, which come after what is beyond ``top`` and are of the same
    entity. An entry with nothing in any span has no line; one entry too many is shown itself, since "other" would take
    its place anyway.
    """
    present = {key: spend for key, spend in spends.items() if spend}
    ranked = sorted(
        (key for key in present if key[1]), key=lambda key: (*_weight(present[key].measures), key)
    )
    cut = len(ranked) if top is None or len(ranked) + others.entries <= top + 1 else top
    found = [(RowKind.NAMED, key, 1, present[key]) for key in ranked[:cut]]
    if others.entries or ranked[cut:]:
        rest = [*(present[key] for key in ranked[cut:]), others.spend]
        entries = len(ranked) - cut + others.entries
        found.append((RowKind.OTHER, (ranked[0][0], 0), entries, all_together(rest)))
    found += [(RowKind.UNATTRIBUTED, key, 1, spend) for key, spend in present.items() if not key[1]]
    whole = total(spend.measures for *_names, spend in found)
    return tuple(
        Row(
            kind=kind,
            entity=key[0],
            id=key[1],
            external_id="",
            name="",
            detail="",
            is_placeholder=False,
            entries=entries,
            measures=spend.measures,
            share_of_tokens=share_of(spend.measures.total_tokens, whole.total_tokens),
            share_of_cost=share_of(spend.measures.contracted_cost, whole.contracted_cost),
            change=spend.change if is_compared else None,
        )
        for kind, key, entries, spend in found
    )


def together(rows: Sequence[Row], *, whole: Measures) -> Row:
    """``rows``, which are of one entity, as one of kind OTHER in a breakdown of ``whole``."""
    measures = total(row.measures for row in rows)
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
        measures=measures,
        share_of_tokens=share_of(measures.total_tokens, whole.total_tokens),
        share_of_cost=share_of(measures.contracted_cost, whole.contracted_cost),
        change=sum(changes, UNCHANGED) if changes else None,
    )


def named(rows: Iterable[Row], names: Mapping[Key, Name]) -> tuple[Row, ...]:
    """``rows`` with the names of their entries; one that is gone from the directory is called by its id."""
    return tuple(_called(row, names) if row.kind is RowKind.NAMED else row for row in rows)


def leading(rows: Sequence[Row], *, count: int) -> list[Row]:
    """The ``count`` named rows with the largest share of tokens or of cost, whichever is more; largest first.

    A model without a price is large by its tokens alone, and must not vanish among the small ones.
    """
    whole = total(row.measures for row in rows)
    tokens, cost = max(whole.total_tokens, 0), max(_in_units(whole.contracted_cost), 0)

    def size(row: Row) -> tuple[int, int]:
        # Parts of both wholes, multiplied by both, so that they compare as whole numbers.
        by_tokens = row.measures.total_tokens * (cost or 1) if tokens else 0
        by_cost = _in_units(row.measures.contracted_cost) * (tokens or 1) if cost else 0
        return (-max(by_tokens, by_cost), row.id)

    return sorted((row for row in rows if row.kind == RowKind.NAMED), key=size)[:count]


def name_of(key: Key, names: Mapping[Key, Name]) -> Name:
    """What an entry is called; one that is gone from the directory by its id."""
    return names.get(key, Name(f"#{key[1]}"))


def _called(row: Row, names: Mapping[Key, Name]) -> Row:
    name = name_of((row.entity, row.id), names)
    return replace(
        row,
        name=name.name,
        external_id=name.external_id,
        detail=name.detail,
        is_placeholder=name.is_placeholder,
    )


def _weight(measures: Measures) -> tuple[Decimal, int]:
    return (-measures.contracted_cost, -measures.total_tokens)


def _in_units(cost: Decimal) -> int:
    """Money in units of its smallest part."""
    return int(cost.scaleb(_DECIMALS))
