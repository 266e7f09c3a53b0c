"""Prices that come late, and re-ratings from the wish to the end."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from teams.models import Organization, User
from tests.usage.corrections.voids import LATER
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.models import LlmModel, Price, Rerating
from usage.services.price_list import raise_price_list_version
from usage.services.rerating_run import drain_reratings
from usage.services.reratings import approve_rerating, request_rerating

MYSTERY: Final = "mystery-1"
PRICE_ID: Final = 800_001
"""The first of the prices that these tests give: the same after a rollback, which a sequence is not."""


def mystery() -> LlmModel:
    """The model that no list knows, as the events' placeholder."""
    return LlmModel.objects.get(provider_name="openai", name=MYSTERY)


def give_price(model: LlmModel | None = None, **fields: Any) -> Price:
    """A price of the unknown model: odd ones for the kinds that the made events use."""
    prices: dict[str, Any] = {
        "id": PRICE_ID,
        "input": Decimal("0.000001000000003"),
        "cache_read": Decimal("0.000000100000007"),
        "output": Decimal("0.000004"),
        "reasoning": Decimal("0.000005"),
    }
    price = PriceFactory(model=model or mystery(), **(prices | fields))
    raise_price_list_version()
    return price


def unknown_model() -> LlmModel:
    return LlmModelFactory(name=MYSTERY, match=None, is_placeholder=True)


def previewed(model: LlmModel | None = None, **fields: Any) -> Rerating:
    """A re-rating that waits for approval."""
    rerating = request_rerating(model=model or mystery(), **fields)
    drain_reratings(now=LATER)
    rerating.refresh_from_db()
    return rerating


def rerated(
    model: LlmModel | None = None, *, now: datetime = LATER, actor: User | None = None, **fields: Any
) -> Rerating:
    """A re-rating that was approved and carried out."""
    rerating = previewed(model, **fields)
    approve_rerating(rerating, reason="the price came late", actor=actor, now=now)
    drain_reratings(now=now)
    rerating.refresh_from_db()
    return rerating


def costs(organization: Organization) -> tuple[Decimal, int]:
    """What the organization's events add up to, and how many of them have no price."""
    from usage.models import SpendDaily

    rows = SpendDaily.objects.filter(organization=organization, scope_kind="organization")
    return sum((row.contracted_cost for row in rows), Decimal(0)), sum(row.unpriced for row in rows)
