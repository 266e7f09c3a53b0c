"""Where a page of the list of files ends: by cost added, then tokens, then id. Pure."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

_MOST_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class FileCursor:
    """The sort key of the last file of a page: what comes after it stands on the next one."""

    contracted_cost: Decimal
    input_tokens: int
    id: UUID

    def __str__(self) -> str:
        told = f"{self.contracted_cost:f} {self.input_tokens} {self.id.hex}"
        return urlsafe_b64encode(told.encode()).decode().rstrip("=")


def file_cursor(text: str) -> FileCursor:
    """The cursor that ``text`` was written from. Raises ``ValueError`` for anything else."""
    if len(text) > _MOST_CHARACTERS:
        raise ValueError("too long for a cursor")
    told = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
    cost, tokens, id_ = told.split(" ")
    try:
        cursor = FileCursor(Decimal(cost), int(tokens), UUID(id_))
    except InvalidOperation:
        raise ValueError("no cost") from None
    # What was not written here, such as "NaN" or a number too large for the database, does not come back the same.
    if str(cursor) != text or not cursor.contracted_cost.is_finite() or abs(cursor.input_tokens) >= 2**63:
        raise ValueError("no cursor of ours")
    return cursor
