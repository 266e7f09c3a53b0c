"""Which measures are read and told: those that every figure comes with, and further ones that are asked for. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, Generic, TypeVar

from django.utils.translation import gettext as _

from usage.figures import NOTHING, AllMeasures, FurtherMeasures, Measures, total
from usage.month_sql import SUMMED
from usage.panels.filters import BadFilter, Parameters, one
from usage.panels.parameters import MEASURES

ALWAYS_TOLD: Final = (
    "calls",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "contracted_cost",
    "unpriced_events",
    "unpriced_tokens",
)
FURTHER: Final = FurtherMeasures._fields

Amounts = TypeVar("Amounts", Measures, AllMeasures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Amounts]):
    """What is summed up: the ``columns`` of rollups, and what their sums are ``made`` into."""

    columns: tuple[str, ...]
    nothing: Amounts
    made: Callable[[Sequence[Any]], Amounts]
    total: Callable[[Iterable[Amounts]], Amounts]


ALWAYS: Final = Kind(columns=SUMMED, nothing=NOTHING, made=lambda sums: Measures(*sums), total=total)


def with_further(names: Sequence[str]) -> Kind[AllMeasures]:
    """What is always told, and some of ``FURTHER``; the others are not read, and stay 0."""
    count, nothing = len(SUMMED), AllMeasures()
    return Kind(
        columns=(*SUMMED, *names),
        nothing=nothing,
        made=lambda sums: AllMeasures(
            Measures(*sums[:count]), FurtherMeasures(**dict(zip(names, sums[count:], strict=True)))
        ),
        total=lambda parts: reduce(AllMeasures.__add__, parts, nothing),
    )


def asked_measures(parameters: Parameters) -> tuple[str, ...]:
    """Which of ``FURTHER`` are asked for, in their order. What is always told may be named, too.

    Raises ``BadFilter``.
    """
    asked = {name for name in one(parameters, MEASURES).split(",") if name}
    known = (*ALWAYS_TOLD, *FURTHER)
    if not asked <= set(known):
        raise BadFilter(MEASURES, _("Choose from: %(known)s.") % {"known": ", ".join(known)})
    return tuple(name for name in FURTHER if name in asked)
