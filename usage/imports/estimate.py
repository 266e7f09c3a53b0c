"""What an event would cost, by the price list at hand: the same rules and the same exact arithmetic as ingest."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from usage.contract_rates import ContractRates
from usage.events import Event
from usage.pricing import PriceList, charge_quantities, charged_once, cost, decimal_text


class Estimate(NamedTuple):
    """Costs in 10**-15 US dollars; None where there is no price."""

    list_cost: int | None
    contracted_cost: int | None


def estimate(
    event: Event, *, occurred_at: datetime, organization_id: int, prices: PriceList, rates: ContractRates
) -> Estimate:
    """The costs of an event that counts at ``occurred_at``, for one organization."""
    name = event.response_model or event.request_model
    model_id = prices.resolve_model(event.provider_name, name) if name else 0
    quantities = _quantities(event)
    size, cached = event.input_tokens, event.cache_read_input_tokens
    found = prices.find(model_id, organization_id, event.service_tier, occurred_at, size, cached)
    listed = found
    if found is not None and found.organization_id:
        listed = prices.find(model_id, 0, event.service_tier, occurred_at, size, cached)
    if found is not None:
        quantities = charged_once(found, quantities)
    list_cost = None if listed is None else cost(listed, quantities)
    if found is None:
        return Estimate(list_cost, None)
    own = rates.contracted(found, organization_id, occurred_at)
    return Estimate(list_cost, cost(own, quantities))


def dollars(cost_in_scale: int) -> Decimal:
    """A cost in 10**-15 US dollars as dollars, exactly."""
    return Decimal(decimal_text(cost_in_scale)).normalize() + Decimal(0)


def _quantities(event: Event) -> tuple[int, ...]:
    one_hour = event.cache_creation_1h_input_tokens
    return charge_quantities(
        input_tokens=event.input_tokens,
        cache_read=event.cache_read_input_tokens,
        cache_write_5m=event.cache_creation_input_tokens - one_hour,
        cache_write_1h=one_hour,
        audio_input=event.audio_input_tokens,
        image_input=event.image_input_tokens,
        output_tokens=event.output_tokens,
        reasoning=event.reasoning_output_tokens,
        audio_output=event.audio_output_tokens,
        audio_seconds=event.audio_seconds,
        web_search=event.web_search_calls,
        code_run=event.code_run_calls,
        calls=event.calls,
    )
