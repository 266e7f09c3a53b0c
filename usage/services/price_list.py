"""Changes the price list: seeded from a published one, seen as a difference first, never edited in place."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from teams.models import User
from teams.services.audit import record_audit
from usage.locks import LOCK_ALONE, PRICE_LIST_LOCK
from usage.models import LlmModel, LlmProvider, Price, PriceListVersion
from usage.price_catalogue import Catalogue, ListedModel, ListedPrice, ModelKey
from usage.price_diff import PriceChange, PriceDiff, compare
from usage.price_package import load_catalogue
from usage.price_windows import EVERY_DAY
from usage.pricing import KINDS
from usage.queries.price_list import current_version, stored_models, stored_providers

_BATCH = 1000


class StalePriceDiff(Exception):
    """The price list changed after the difference was shown: look again."""


class PastPriceChange(Exception):
    """Prices would change at an instant that has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedPrices:
    """What was written. ``version`` is the list's new one, ``valid_from`` the instant of undated changes."""

    version: int
    valid_from: datetime
    models: int
    price_rows: int


def preview_price_sync(
    *,
    catalogue: Catalogue | None = None,
    valid_from: datetime | None = None,
    withdraw_removed: bool = False,
) -> PriceDiff:
    """What the installed price package, or another catalogue, would change. Writes nothing.

    A changed price is valid from ``valid_from``, by default from the instant at which the diff is applied; a
    price that the publisher dates later is valid from its date. ``withdraw_removed`` takes the price of
    models that the publisher no longer lists.
    """
    return compare(
        catalogue=catalogue or load_catalogue(),
        # Before the rows: a change in between makes the diff stale instead of wrong.
        based_on=current_version(),
        models=stored_models(),
        providers=stored_providers(),
        now=timezone.now(),
        valid_from=valid_from,
        withdraw_removed=withdraw_removed,
    )


@transaction.atomic
def apply_price_sync(*, diff: PriceDiff, actor: User | None = None, reason: str = "") -> AppliedPrices:
    """Write what the diff says and raise the list's version, while no event is being priced.

    Raises ``StalePriceDiff`` when the list is no longer the one that was compared. An empty diff writes
    nothing.
    """
    lock_price_list()
    if current_version() != diff.based_on:
        raise StalePriceDiff(_("The price list has changed since it was compared. Compare again."))
    # After the lock: ingest may still have priced events up to now.
    instant = diff.valid_from or timezone.now()
    if diff.is_empty:
        return AppliedPrices(version=diff.based_on, valid_from=instant, models=0, price_rows=0)
    _write_providers(diff)
    model_ids = _write_models(diff)
    rows = [*_new_rows(diff, model_ids), *_changed_rows(diff, instant)]
    Price.objects.bulk_create(rows, batch_size=_BATCH)
    version = raise_price_list_version()
    record_audit(
        action="price_list.applied",
        subject=diff.source,
        actor=actor,
        reason=reason,
        facts={
            "version": version,
            "valid_from": instant,
            "new_models": len(diff.new),
            "changed_prices": len(diff.changed),
            "jumps": len(diff.jumps),
            "removed_models": len(diff.removed),
            "price_rows": len(rows),
            "changed_models": [" / ".join(filter(None, change.key)) for change in diff.changed],
        },
    )
    return AppliedPrices(version=version, valid_from=instant, models=len(model_ids), price_rows=len(rows))


def approve_price_sync(
    *,
    seen: str,
    chosen: Collection[ModelKey],
    names: bool,
    valid_from: datetime | None,
    actor: User,
    reason: str,
) -> AppliedPrices:
    """Write those changes of the installed package that a person approved: prices of ``chosen``, and titles and
    matching rules if ``names``.

    ``seen`` is the fingerprint of the difference that the person saw. Raises ``StalePriceDiff`` when it is another
    by now, or another approval came first, and ``PastPriceChange`` when ``valid_from`` is not in the future: calls
    since then have been priced.
    """
    if valid_from is not None and valid_from <= timezone.now():
        raise PastPriceChange(
            _("Calls since then have been priced already. Name a later instant, or none for now.")
        )
    diff = preview_price_sync(valid_from=valid_from, withdraw_removed=True)
    if diff.fingerprint != seen:
        raise StalePriceDiff(
            _("The price list or the package has changed since the difference was shown. Look again.")
        )
    return apply_price_sync(diff=diff.only(chosen, names=names), actor=actor, reason=reason)


def lock_price_list() -> None:
    """Wait until no transaction prices events, and let none begin before this one ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ALONE, [PRICE_LIST_LOCK])


def raise_price_list_version() -> int:
    """Make every worker's copy of the price list old. Call it with whatever changes prices or models."""
    PriceListVersion.objects.get_or_create(singleton=True)
    PriceListVersion.objects.update(version=F("version") + 1)
    return current_version()


def _write_providers(diff: PriceDiff) -> None:
    LlmProvider.objects.bulk_create(
        [
            LlmProvider(
                name=provider.name,
                title=provider.title,
                aliases=list(provider.aliases),
                name_match=provider.name_match,
                model_match=provider.model_match,
                fallback_providers=list(provider.fallback_providers),
            )
            for provider in diff.providers
        ],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["title", "aliases", "name_match", "model_match", "fallback_providers"],
    )


def _write_models(diff: PriceDiff) -> dict[tuple[str, str], int]:
    """New models, known ones with other titles or rules, and placeholders, which keep their id.

    Gives the ids of all models that get prices, by provider and name: a tier's prices stand under its model.
    """
    listed = [model for model in (*diff.new, *diff.renamed) if not model.service_tier]
    LlmModel.objects.bulk_create(
        [
            LlmModel(
                provider_name=model.provider_name,
                name=model.name,
                title=model.title,
                match=model.match,
                context_window=model.context_window,
                is_placeholder=False,
            )
            for model in listed
        ],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["provider_name", "name"],
        update_fields=["title", "match", "context_window", "is_placeholder"],
    )
    names = {(model.provider_name, model.name) for model in (*diff.new, *diff.renamed)}
    ids = LlmModel.objects.filter(provider_name__in={provider for provider, _name in names})
    return {
        (provider_name, name): id_
        for id_, provider_name, name in ids.values_list("id", "provider_name", "name")
        if (provider_name, name) in names
    }


def _new_rows(diff: PriceDiff, model_ids: dict[tuple[str, str], int]) -> Iterable[Price]:
    for model in diff.new:
        source = _source(diff, model)
        for prices in model.sets:
            yield from _rows(
                model_id=model_ids[model.provider_name, model.name],
                service_tier=model.service_tier,
                valid_from=prices.valid_from,
                prices=prices.rows,
                source=source,
            )


def _changed_rows(diff: PriceDiff, instant: datetime) -> Iterable[Price]:
    for change in diff.changed:
        yield from _rows(
            model_id=change.model_id,
            service_tier=change.service_tier,
            valid_from=change.valid_from or instant,
            prices=change.rows,
            source=_source(diff, change),
        )


def _source(diff: PriceDiff, listed: ListedModel | PriceChange) -> str:
    return f"{diff.source}, {listed.note}" if listed.note else diff.source


def _rows(
    *,
    model_id: int,
    service_tier: str,
    valid_from: datetime,
    prices: tuple[ListedPrice, ...],
    source: str,
) -> Iterable[Price]:
    shared: dict[str, Any] = {
        "model_id": model_id,
        "service_tier": service_tier,
        "valid_from": valid_from,
        "source": source,
    }
    if not prices:
        yield Price(**shared, is_withdrawn=True)
    for row in prices:
        hours = row.window
        yield Price(
            **shared,
            context_threshold=row.context_threshold,
            context_counts_cache_reads=row.counts_cache_reads,
            window_start=hours.start if hours else 0,
            window_end=hours.end if hours else 0,
            window_days=hours.weekdays if hours else EVERY_DAY,
            **{kind.value: price for kind, price in zip(KINDS, row.unit_prices, strict=True)},
        )
