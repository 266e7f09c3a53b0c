"""Reads the contract rates that plans have published."""

from collections.abc import Iterable

from usage.contract_rates import FACTOR_SCALE, ContractRates, RateRow
from usage.models import ContractRate


def load_contract_rates() -> ContractRates:
    """The rates of all organizations, as ingest uses them."""
    return ContractRates(rate_rows())


def rate_rows(ids: Iterable[int] | None = None) -> list[RateRow]:
    """The rates of these ids, or all of them."""
    chosen = ContractRate.objects.all() if ids is None else ContractRate.objects.filter(id__in=ids)
    return [rate_row(rate) for rate in chosen.order_by("organization_id", "valid_from")]


def rate_row(rate: ContractRate) -> RateRow:
    return RateRow(
        id=rate.pk,
        organization_id=rate.organization_id,
        valid_from=rate.valid_from,
        factor=int(rate.factor * FACTOR_SCALE),
    )
