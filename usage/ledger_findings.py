"""A difference between what should stand and what does, in plain values that can be kept, sent and put into words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from django.utils.translation import gettext as _


class FindingKind(StrEnum):
    MISSING = "missing"
    STRAY = "stray"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of ``relation`` that is not as it should be. ``columns`` has what is expected and what was found."""

    relation: str
    key: Mapping[str, Any]
    kind: FindingKind
    columns: Mapping[str, tuple[Any, Any]]

    def as_json(self) -> dict[str, Any]:
        """As it is kept and printed for programs."""
        return {
            "relation": self.relation,
            "key": dict(self.key),
            "kind": self.kind.value,
            "columns": {
                name: {"expected": expected, "found": found}
                for name, (expected, found) in self.columns.items()
            },
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        columns = {name: (cell["expected"], cell["found"]) for name, cell in kept["columns"].items()}
        return cls(
            relation=kept["relation"], key=kept["key"], kind=FindingKind(kept["kind"]), columns=columns
        )

    @property
    def where(self) -> str:
        """Which row: ``organization_id=7 id=…``; where it is kept, the order of names is lost."""
        ordered = sorted(self.key.items(), key=lambda item: item[0] != "organization_id")
        return " ".join(f"{name}={_text(value)}" for name, value in ordered)

    @property
    def what(self) -> str:
        """What is wrong with it, in words."""
        if self.kind is FindingKind.STRAY:
            return _("stands without events")
        if self.kind is FindingKind.MISSING:
            return _("is missing")
        return "; ".join(
            _("%(column)s is %(found)s, the events say %(expected)s")
            % {"column": name, "found": _text(found), "expected": _text(expected)}
            for name, (expected, found) in self.columns.items()
        )


def plain_value(value: Any) -> Any:
    """A value of a row as JSON holds it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    return value


def _text(value: Any) -> str:
    return repr(value) if value == "" else str(value)
