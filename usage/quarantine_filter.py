"""Which waiting events are meant: by a person who looks at them, or who decides about many at once. Pure."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Self
from uuid import UUID

from usage.enums import QuarantineStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineFilter:
    """All conditions that are given hold together; None and what is empty mean any."""

    organization_id: int | None = None
    status: str = QuarantineStatus.OPEN
    reason: str = ""
    source: str = ""
    api_key_id: int | None = None
    transaction_id: str = ""
    first_day: date | None = None
    last_day: date | None = None
    ids: tuple[UUID, ...] = ()

    @property
    def still_open(self) -> "QuarantineFilter":
        """The same, of those that are still open."""
        return replace(self, status=QuarantineStatus.OPEN.value)

    def as_json(self) -> dict[str, Any]:
        """What is given, in plain values."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, "", ())}
        return {
            name: [str(one) for one in value]
            if isinstance(value, tuple)
            else value.isoformat()
            if isinstance(value, date)
            else value
            for name, value in given.items()
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """The filter that ``as_json`` wrote."""
        days = {name: date.fromisoformat(kept[name]) for name in ("first_day", "last_day") if name in kept}
        return cls(**{"status": "", **kept, **days, "ids": tuple(map(UUID, kept.get("ids", ())))})
