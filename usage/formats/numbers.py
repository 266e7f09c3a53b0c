"""Numbers and texts as they stand in a provider's usage object. What is null there is as good as left out."""

from typing import Annotated

from msgspec import Meta

from usage.formats.protocol import UnfitUsage

Tokens = Annotated[int, Meta(ge=0, le=1_000_000_000_000)] | None
Calls = Annotated[int, Meta(ge=0, le=1_000_000)] | None
Milliseconds = Annotated[int, Meta(ge=0, le=1_000_000_000_000)] | None
Seconds = Annotated[float, Meta(ge=0, le=1_000_000_000)] | None
Name = Annotated[str, Meta(max_length=200)] | None
Word = Annotated[str, Meta(max_length=40)] | None


def part(value: int | None, *, of: int, field: str, whole: str) -> int:
    """``value``, which is part of ``of``. Raises ``UnfitUsage`` when it is larger; None is 0."""
    if not value:
        return 0
    if value > of:
        raise UnfitUsage(field, f"is part of {whole} and cannot be larger")
    return value
