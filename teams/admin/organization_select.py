"""The choice of an organization by typing its name, on pages with a form of their own."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import ForeignKey
from django.utils.functional import Promise


class OrganizationSelect(AutocompleteSelect):
    """``empty`` stands in it while nothing is chosen; ``field`` is one that points to organizations."""

    def __init__(self, field: ForeignKey[Any, Any], *, empty: str | Promise) -> None:
        attrs = {"class": "unfold-admin-autocomplete", "data-theme": "admin-autocomplete"}
        super().__init__(field, admin.site, attrs=attrs)
        self._empty = empty

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": self._empty}
