"""What the heavy tables share: they are kept per organization, without foreign-key constraints."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


def organization_key() -> "models.ForeignKey[Any, Any]":
    """The column that every heavy table is distributed by."""
    return models.ForeignKey(
        "teams.Organization",
        verbose_name=_("organization"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )


def money_field(**options: Any) -> "models.DecimalField[Any, Any]":
    """US dollars, exact to the 15 decimals of a unit price."""
    return models.DecimalField(max_digits=38, decimal_places=15, **options)


class Xid8Field(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's 64-bit transaction id: lets a reader follow rows in the order in which they were committed."""

    def db_type(self, connection: Any) -> str:
        return "xid8"
