"""Reads the price list: for ingest as one immutable copy, for comparison as published lists are written."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from teams.models import AuditEntry
from usage.model_matching import ModelEntry, ProviderEntry
from usage.models import LlmModel, LlmProvider, Price, PriceListVersion
from usage.price_catalogue import ListedModel, ListedPrice, ListedProvider, ListedSet, ModelKey, ordered
from usage.price_diff import StoredModel
from usage.price_windows import DailyWindow
from usage.pricing import KINDS, PriceList, PriceRow, scaled, with_fallbacks

_UNIT_PRICES = tuple(kind.value for kind in KINDS)
_ROW_FIELDS = (
    *("id", "model_id", "organization_id", "service_tier", "context_threshold", "context_counts_cache_reads"),
    *("window_start", "window_end", "window_days", "valid_from", "is_withdrawn"),
)


def current_version() -> int:
    """The version of the price list that is in force; 0 before the first."""
    return PriceListVersion.objects.values_list("version", flat=True).first() or 0


def load_price_list() -> PriceList:
    """A copy of the whole price list, in four queries.

    The version is read first: if prices change meanwhile, the copy is called older than it is and is loaded
    again at the next check, never the other way round.
    """
    version = current_version()
    return PriceList(
        version=version, providers=_provider_entries(), models=_model_entries(), rows=price_rows()
    )


def _provider_entries() -> list[ProviderEntry]:
    return [
        ProviderEntry(
            name=provider.name,
            aliases=tuple(provider.aliases),
            name_rule=provider.name_match,
            model_rule=provider.model_match,
            fallbacks=tuple(provider.fallback_providers),
        )
        for provider in LlmProvider.objects.order_by("name")
    ]


def _model_entries() -> list[ModelEntry]:
    return [
        ModelEntry(id=id_, provider_name=provider_name, name=name, rule=match)
        for id_, provider_name, name, match in LlmModel.objects.order_by("provider_name", "name").values_list(
            "id", "provider_name", "name", "match"
        )
    ]


def price_rows(ids: Iterable[int] | None = None) -> list[PriceRow]:
    """The price rows of these ids, by default all, with fallbacks applied."""
    chosen = Price.objects.all() if ids is None else Price.objects.filter(pk__in=set(ids))
    return [priced_row(*values) for values in price_values(chosen)]


def price_values(chosen: "QuerySet[Price]") -> "QuerySet[Price, tuple[Any, ...]]":
    """What ``priced_row`` is made of."""
    return chosen.order_by().values_list(*_ROW_FIELDS, *_UNIT_PRICES)


def priced_row(*values: Any) -> PriceRow:
    named = dict(zip(_ROW_FIELDS, values, strict=False))
    return PriceRow(
        id=named["id"],
        model_id=named["model_id"],
        organization_id=named["organization_id"] or 0,
        service_tier=named["service_tier"],
        context_threshold=named["context_threshold"],
        counts_cache_reads=named["context_counts_cache_reads"],
        window=_window(named["window_start"], named["window_end"], named["window_days"]),
        valid_from=named["valid_from"],
        withdrawn=named["is_withdrawn"],
        unit_prices=with_fallbacks([scaled(price) for price in values[len(_ROW_FIELDS) :]]),
    )


def _window(start: int, end: int, days: int) -> DailyWindow | None:
    return DailyWindow(start=start, end=end, weekdays=days) if end else None


def stored_providers() -> list[ListedProvider]:
    """The providers of our list, in the shape of a published one."""
    return [
        ListedProvider(
            name=provider.name,
            title=provider.title,
            aliases=tuple(provider.aliases),
            name_match=provider.name_match,
            model_match=provider.model_match,
            fallback_providers=tuple(provider.fallback_providers),
        )
        for provider in LlmProvider.objects.order_by("name")
    ]


def stored_models() -> dict[ModelKey, StoredModel]:
    """The models of our list with their public prices, shaped like a published list: an entry for each tier."""
    prices: dict[tuple[int, str], list[Price]] = defaultdict(list)
    for price in Price.objects.filter(organization=None).order_by("valid_from"):
        prices[price.model_id, price.service_tier].append(price)
    models = {model.id: model for model in LlmModel.objects.all()}
    tiers = {(model_id, "") for model_id in models} | prices.keys()
    stored = (
        _stored(models[model_id], service_tier, prices[model_id, service_tier])
        for model_id, service_tier in tiers
    )
    return {entry.listed.key: entry for entry in stored}


def _stored(model: LlmModel, service_tier: str, prices: list[Price]) -> StoredModel:
    return StoredModel(
        id=model.id,
        is_placeholder=model.is_placeholder,
        latest_source=prices[-1].source if prices else "",
        listed=ListedModel(
            provider_name=model.provider_name,
            name=model.name,
            title=model.title,
            match=model.match,
            context_window=model.context_window,
            service_tier=service_tier,
            sets=tuple(
                _set(start, list(rows)) for start, rows in groupby(prices, lambda row: row.valid_from)
            ),
        ),
    )


def _set(valid_from: datetime, prices: list[Price]) -> ListedSet:
    withdrawn = any(price.is_withdrawn for price in prices)
    return ListedSet(valid_from=valid_from, rows=() if withdrawn else ordered(map(_listed, prices)))


def _listed(price: Price) -> ListedPrice:
    unit_prices: tuple[Any, ...] = tuple(getattr(price, name) for name in _UNIT_PRICES)
    return ListedPrice(
        unit_prices=unit_prices,
        context_threshold=price.context_threshold,
        counts_cache_reads=price.context_counts_cache_reads,
        window=_window(price.window_start, price.window_end, price.window_days),
    )


def applied_sync(version: int) -> AuditEntry | None:
    """The audit entry of the approval that made a version of the list."""
    return AuditEntry.objects.filter(action="price_list.applied", facts__version=version).first()
