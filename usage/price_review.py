"""A difference of price lists as a person goes through it: an entry for each model and tier. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from usage.price_catalogue import ListedModel, ModelKey
from usage.price_diff import PriceChange, PriceDiff, UnitPriceChange, unit_price_changes


class EntryState(StrEnum):
    """What becomes of a model's prices."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep:
    """Unit prices that change together; ``valid_from`` None is the instant of approving."""

    valid_from: datetime | None
    unit_prices: tuple[UnitPriceChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEntry:
    """What would change of one model and tier. ``is_marked``: to be looked at and approved by itself."""

    key: ModelKey
    state: EntryState
    is_marked: bool
    steps: tuple[PriceStep, ...]
    note: str = ""


def price_entries(diff: PriceDiff) -> tuple[PriceEntry, ...]:
    """The entries of a difference, marked ones first, then by provider, model and tier."""
    changes: dict[ModelKey, list[PriceChange]] = {}
    for change in diff.changed:
        changes.setdefault(change.key, []).append(change)
    entries = [*map(_new, diff.new), *(_changed(key, found) for key, found in changes.items())]
    return tuple(sorted(entries, key=lambda entry: (not entry.is_marked, entry.key)))


def matching(
    entries: Iterable[PriceEntry], *, state: str = "", provider_name: str = "", text: str = ""
) -> tuple[PriceEntry, ...]:
    """The entries that a filter names; "" is any. ``state`` is an ``EntryState`` or "marked"."""
    wanted = text.strip().lower()
    return tuple(
        entry
        for entry in entries
        if (not state or entry.state == state or (state == "marked" and entry.is_marked))
        and provider_name in ("", entry.key[0])
        and wanted in " ".join(entry.key).lower()
    )


def _new(model: ListedModel) -> PriceEntry:
    steps = []
    standing = model.sets[0].rows[:0] if model.sets else ()
    for prices in model.sets:
        steps.append(
            PriceStep(valid_from=prices.valid_from, unit_prices=unit_price_changes(standing, prices.rows))
        )
        standing = prices.rows
    return PriceEntry(
        key=model.key, state=EntryState.NEW, is_marked=False, steps=tuple(steps), note=model.note
    )


def _changed(key: ModelKey, changes: list[PriceChange]) -> PriceEntry:
    is_removed = all(change.is_withdrawal for change in changes)
    return PriceEntry(
        key=key,
        state=EntryState.REMOVED if is_removed else EntryState.CHANGED,
        is_marked=any(change.is_jump for change in changes),
        steps=tuple(
            PriceStep(valid_from=change.valid_from, unit_prices=change.unit_prices) for change in changes
        ),
        note=changes[0].note,
    )
