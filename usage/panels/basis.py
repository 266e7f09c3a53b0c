"""What a panel ranks and compares by: one figure of the measures. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from usage.figures import Measures
from usage.panels.filters import BadFilter, Parameters, one
from usage.panels.parameters import BASIS


class Basis(StrEnum):
    """One figure of the measures."""

    TOKENS = "tokens"
    COST = "cost"
    CALLS = "calls"


TOKENS_OR_COST: Final = (Basis.TOKENS, Basis.COST)
BASIS_NAMES: Final[Mapping[Basis, Promise]] = {
    Basis.TOKENS: gettext_lazy("Tokens"),
    Basis.COST: gettext_lazy("Cost"),
    Basis.CALLS: gettext_lazy("Calls"),
}


def amount(measures: Measures, basis: Basis) -> Decimal:
    """Tokens, calls or US dollars; of cost, what is priced."""
    if basis is Basis.COST:
        return measures.contracted_cost
    return Decimal(measures.calls if basis is Basis.CALLS else measures.total_tokens)


def asked_basis(parameters: Parameters, known: Sequence[Basis]) -> Basis:
    """The basis that is asked for, the first of ``known`` if none is. Raises ``BadFilter``."""
    value = one(parameters, BASIS)
    if not value:
        return known[0]
    if value not in known:
        raise BadFilter(BASIS, _("Choose one of: %(known)s.") % {"known": ", ".join(known)})
    return Basis(value)
