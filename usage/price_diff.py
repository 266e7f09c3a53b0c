"""What a published price list would change in ours: compared in memory, shown to a person, then applied.

Nothing that stands is edited. A model that is new gets its whole history; one that is known gets a new set of
rows for every instant, from a given one on, at which the published prices differ from those in force.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Final

from usage.enums import ChargeKind
from usage.price_catalogue import (
    Catalogue,
    ListedModel,
    ListedPrice,
    ListedProvider,
    ListedSet,
    ModelKey,
)
from usage.price_windows import DailyWindow
from usage.pricing import KINDS

# A price that becomes this many times dearer or cheaper is more often a slip of units than a real change.
JUMP: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel:
    """A model and tier as our list has it; ``latest_source`` is the source of its latest price, "" without one."""

    id: int
    listed: ListedModel
    is_placeholder: bool
    latest_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPriceChange:
    """One unit price before and after, in US dollars; None where there is none."""

    kind: ChargeKind
    context_threshold: int
    window: DailyWindow | None
    old: Decimal | None
    new: Decimal | None

    @property
    def ratio(self) -> Decimal | None:
        """New over old; None where there is nothing to divide."""
        return self.new / self.old if self.old and self.new is not None else None

    @property
    def is_jump(self) -> bool:
        """Gone or come, to or from nothing, or by a factor of three or more."""
        if not self.old or not self.new:
            return True
        return self.new >= self.old * JUMP or self.old >= self.new * JUMP


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """A new set of rows for a known model and tier. ``valid_from`` None is the instant of applying the diff."""

    model_id: int
    provider_name: str
    model_name: str
    service_tier: str
    valid_from: datetime | None
    rows: tuple[ListedPrice, ...]
    unit_prices: tuple[UnitPriceChange, ...]
    note: str = ""

    @property
    def key(self) -> ModelKey:
        return self.provider_name, self.model_name, self.service_tier

    @property
    def is_jump(self) -> bool:
        return any(change.is_jump for change in self.unit_prices)

    @property
    def is_withdrawal(self) -> bool:
        return not self.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceDiff:
    """What applying would do. ``based_on`` is the version of our list that was compared.

    ``removed`` models are those that the publisher no longer lists; they keep their prices unless the diff
    was asked to withdraw them, and then they stand in ``changed`` too. Of ``renamed`` models and of
    ``providers`` only titles and matching rules change.
    """

    source: str
    based_on: int
    valid_from: datetime | None
    new: tuple[ListedModel, ...]
    changed: tuple[PriceChange, ...]
    removed: tuple[ModelKey, ...]
    renamed: tuple[ListedModel, ...]
    providers: tuple[ListedProvider, ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.renamed or self.providers)

    @property
    def fingerprint(self) -> str:
        """The same only for the same changes of the same list: what a person saw is what is applied."""
        seen = (
            self.source,
            self.based_on,
            self.valid_from,
            self.new,
            self.changed,
            self.renamed,
            self.providers,
        )
        return sha256(repr(seen).encode()).hexdigest()

    def only(self, chosen: Collection[ModelKey], *, names: bool = True) -> "PriceDiff":
        """The part that was approved: prices of ``chosen``; of the rest titles and matching rules, if ``names``.

        A tier of a new model brings the model along, and a new model its provider.
        """
        models = {key[:2] for key in chosen}
        new = tuple(
            model
            for model in self.new
            if model.key in chosen or (not model.service_tier and model.key[:2] in models)
        )
        named = {model.provider_name for model in new}
        return replace(
            self,
            new=new,
            changed=tuple(change for change in self.changed if change.key in chosen),
            renamed=self.renamed if names else (),
            providers=tuple(p for p in self.providers if names or p.name in named),
        )

    @property
    def jumps(self) -> tuple[PriceChange, ...]:
        return tuple(change for change in self.changed if change.is_jump)


def compare(
    *,
    catalogue: Catalogue,
    models: Mapping[ModelKey, StoredModel],
    providers: Iterable[ListedProvider],
    based_on: int,
    now: datetime,
    valid_from: datetime | None,
    withdraw_removed: bool,
) -> PriceDiff:
    """The difference between a catalogue and our list, seen at ``valid_from`` or, without it, ``now``."""
    published = {model.key: model for model in catalogue.models}
    known = {key: stored for key, stored in models.items() if not stored.is_placeholder}
    start = valid_from or now
    changed: list[PriceChange] = []
    for key, model in sorted(published.items()):
        if key in known:
            changed += _changes(stored=known[key], published=model, start=start, is_now=valid_from is None)
    removed = _removed(catalogue=catalogue, published=published, known=known, start=start)
    if withdraw_removed:
        changed += [_withdrawal(stored=known[key], start=start, valid_from=valid_from) for key in removed]
    touched = {change.key for change in changed}
    stored_providers = {provider.name: provider for provider in providers}
    return PriceDiff(
        source=catalogue.source,
        based_on=based_on,
        valid_from=valid_from,
        new=tuple(model for key, model in sorted(published.items()) if key not in known),
        changed=tuple(changed),
        removed=removed,
        renamed=tuple(
            model
            for key, model in sorted(published.items())
            if key in known and not model.service_tier and _names(model) != _names(known[key].listed)
        ),
        providers=tuple(p for p in catalogue.providers if stored_providers.get(p.name) != p),
        unchanged=sum(1 for key in published if key in known and key not in touched),
    )


def _removed(
    *,
    catalogue: Catalogue,
    published: Mapping[ModelKey, ListedModel],
    known: Mapping[ModelKey, StoredModel],
    start: datetime,
) -> tuple[ModelKey, ...]:
    """Models that still have a price of this publisher, who no longer lists them."""
    return tuple(
        key
        for key, stored in sorted(known.items())
        if key not in published
        and stored.latest_source.startswith(catalogue.publisher)
        and stored.listed.in_force(start)
    )


def _names(model: ListedModel) -> tuple[object, ...]:
    return model.title, model.match, model.context_window


def _changes(
    *, stored: StoredModel, published: ListedModel, start: datetime, is_now: bool
) -> Iterable[PriceChange]:
    """Walks over all instants from ``start`` on at which either list changes, keeping our copy up to date."""
    ours = stored.listed
    instants = {start} | {s.valid_from for m in (ours, published) for s in m.sets if s.valid_from > start}
    taken = {prices.valid_from for prices in ours.sets}
    added: list[ListedSet] = []
    for instant in sorted(instants):
        standing = _latest(ours.sets, added, instant)
        wanted = published.in_force(instant)
        if standing == wanted:
            continue
        # What already stands for this very instant stays; its successor takes over a microsecond later.
        valid_from = instant + timedelta(microseconds=1) if instant in taken else instant
        added.append(ListedSet(valid_from=valid_from, rows=wanted))
        yield PriceChange(
            model_id=stored.id,
            provider_name=ours.provider_name,
            model_name=ours.name,
            service_tier=ours.service_tier,
            valid_from=None if is_now and valid_from == start else valid_from,
            rows=wanted,
            unit_prices=unit_price_changes(standing, wanted),
            note=published.note,
        )


def _latest(
    ours: Iterable[ListedSet], added: Iterable[ListedSet], instant: datetime
) -> tuple[ListedPrice, ...]:
    in_force = [prices for prices in (*ours, *added) if prices.valid_from <= instant]
    return max(in_force, key=lambda prices: prices.valid_from).rows if in_force else ()


def _withdrawal(*, stored: StoredModel, start: datetime, valid_from: datetime | None) -> PriceChange:
    return PriceChange(
        model_id=stored.id,
        provider_name=stored.listed.provider_name,
        model_name=stored.listed.name,
        service_tier=stored.listed.service_tier,
        valid_from=valid_from,
        rows=(),
        unit_prices=unit_price_changes(stored.listed.in_force(start), ()),
    )


def unit_price_changes(
    old: tuple[ListedPrice, ...], new: tuple[ListedPrice, ...]
) -> tuple[UnitPriceChange, ...]:
    """The unit prices that differ between two sets of rows."""
    before = {(row.window, row.context_threshold): row.unit_prices for row in old}
    after = {(row.window, row.context_threshold): row.unit_prices for row in new}
    silent: tuple[None, ...] = (None,) * len(KINDS)
    return tuple(
        UnitPriceChange(kind=kind, context_threshold=where[1], window=where[0], old=was, new=becomes)
        for where in dict.fromkeys((*before, *after))
        for kind, was, becomes in zip(KINDS, before.get(where, silent), after.get(where, silent), strict=True)
        if was != becomes
    )
