"""Price lists for tests: rows in memory, and the same as database rows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from usage.enums import ChargeKind
from usage.model_matching import ModelEntry, ProviderEntry
from usage.models import LlmModel, LlmProvider, Price
from usage.price_catalogue import ALWAYS, Catalogue, ListedModel, ListedPrice, ListedSet
from usage.pricing import KINDS, PriceList, PriceRow, charge_quantities, cost, scaled, with_fallbacks

MILLION = 1_000_000


def unit_prices(per_million: Mapping[ChargeKind, str | int]) -> tuple[Decimal | None, ...]:
    """Unit prices in US dollars from prices per million units, in the order of ``KINDS``."""
    return tuple(Decimal(per_million[kind]) / MILLION if kind in per_million else None for kind in KINDS)


def price_row(*, per_million: Mapping[ChargeKind, str | int] | None = None, **fields: Any) -> PriceRow:
    """A row from prices per million units; input 2 and output 10 dollars unless told."""
    prices = {ChargeKind.INPUT: 2, ChargeKind.OUTPUT: 10} if per_million is None else per_million
    defaults: dict[str, Any] = {"id": 1, "model_id": 1, "valid_from": ALWAYS}
    scaled_prices = with_fallbacks([scaled(price) for price in unit_prices(prices)])
    return PriceRow(**(defaults | fields), unit_prices=scaled_prices)


def price_list(*rows: PriceRow, **parts: Any) -> PriceList:
    """A price list of these rows with one model of OpenAI."""
    defaults: dict[str, Any] = {
        "version": 1,
        "providers": [ProviderEntry(name="openai")],
        "models": [ModelEntry(id=1, provider_name="openai", name="gpt-4o", rule={"starts_with": "gpt-4o"})],
    }
    return PriceList(**(defaults | parts), rows=rows)


def quantities(**changed: int) -> tuple[int, ...]:
    """Charge quantities of a call, all zero but those that are named."""
    nothing = dict.fromkeys(
        (
            "input_tokens",
            "cache_read",
            "cache_write_5m",
            "cache_write_1h",
            "audio_input",
            "image_input",
            "output_tokens",
            "reasoning",
            "audio_output",
            "audio_seconds",
            "web_search",
            "code_run",
            "calls",
        ),
        0,
    )
    return charge_quantities(**(nothing | changed))


def charged(row: PriceRow, used: tuple[int, ...]) -> int:
    """The cost of priced usage, in 10**-15 US dollars."""
    found = cost(row, used)
    assert found is not None
    return found


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def listed_set(*, valid_from: datetime = ALWAYS, context_threshold: int = 0, **per_million: str) -> ListedSet:
    """A published price set of one row; keywords are kinds, values dollars per million units."""
    prices = unit_prices({ChargeKind(kind): price for kind, price in per_million.items()})
    row = ListedPrice(unit_prices=prices, context_threshold=context_threshold)
    return ListedSet(valid_from=valid_from, rows=(row,))


def listed_model(*sets: ListedSet, name: str = "gpt-4o", **fields: Any) -> ListedModel:
    defaults: dict[str, Any] = {"provider_name": "openai", "match": {"equals": name}}
    return ListedModel(**(defaults | fields), name=name, sets=sets)


def catalogue(*models: ListedModel, source: str = "genai-prices 1") -> Catalogue:
    return Catalogue(publisher="genai-prices", source=source, providers=(), models=models)


class LlmProviderFactory(DjangoModelFactory[LlmProvider]):
    class Meta:
        model = LlmProvider
        django_get_or_create = ("name",)

    name = "openai"
    title = "OpenAI"


class LlmModelFactory(DjangoModelFactory[LlmModel]):
    class Meta:
        model = LlmModel
        django_get_or_create = ("provider_name", "name")

    provider_name = "openai"
    name = Sequence(lambda n: f"gpt-{n}")
    match = LazyAttribute(lambda model: {"equals": model.name})


class PriceFactory(DjangoModelFactory[Price]):
    """2 dollars per million input tokens and 10 per million output tokens, always valid."""

    class Meta:
        model = Price

    model = SubFactory(LlmModelFactory)
    valid_from = ALWAYS
    source = "test"
    input = Decimal("0.000002")
    output = Decimal("0.00001")
