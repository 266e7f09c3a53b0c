"""Gives a model a price by hand: one row of the public list, from an instant on."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from teams.models import User
from teams.services.audit import record_audit
from usage.enums import ChargeKind
from usage.models import LlmModel, Price
from usage.price_catalogue import QUOTED_PER, per_unit
from usage.services.price_list import lock_price_list, raise_price_list_version

BY_HAND: Final = "entered by hand"


@transaction.atomic
def give_price(
    *,
    model: LlmModel,
    quoted: Mapping[ChargeKind, Decimal],
    valid_from: datetime,
    reason: str,
    actor: User | None = None,
) -> Price:
    """Add a price of ``model`` at the ordinary tier, in US dollars as prices are quoted (``QUOTED_PER``).

    What comes in from now on is priced by it; what is stored stays as it is, until it is re-rated. Raises
    ``ValidationError`` without a reason or any price, or when one is valid from that very instant.
    """
    if not reason.strip():
        raise ValidationError(_("A reason is needed."))
    lock_price_list()
    _check(model, quoted, valid_from)
    price = Price.objects.create(
        model=model,
        valid_from=valid_from,
        source=BY_HAND,
        **{kind.value: per_unit(price, units=QUOTED_PER[kind]) for kind, price in quoted.items()},
    )
    version = raise_price_list_version()
    record_audit(
        action="price.added",
        subject=price,
        actor=actor,
        reason=reason.strip(),
        facts={
            "model": f"{model.provider_name}/{model.name}",
            "valid_from": valid_from,
            "version": version,
            "unit_prices": {kind.value: getattr(price, kind.value) for kind in quoted},
        },
    )
    return price


def _check(model: LlmModel, quoted: Mapping[ChargeKind, Decimal], valid_from: datetime) -> None:
    if not quoted:
        raise ValidationError(_("Name at least one price. A model that is free has prices of 0."))
    listed = Price.objects.filter(model=model, organization=None, service_tier="", valid_from=valid_from)
    if listed.exists():
        raise ValidationError(
            _("A price of this model is valid from this very instant. Prices are never edited.")
        )
