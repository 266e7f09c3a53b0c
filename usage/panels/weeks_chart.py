"""The chart of weeks: usual days and spikes stacked. ``docs/panels.md`` names the fields. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from usage.figures import Measures
from usage.panels.answers import Timeseries

USUAL, SPIKES = 1, 2
"""Their colours."""
_SLOTS: Final = (USUAL, SPIKES)


def weeks_chart_of(
    weeks: Timeseries, on_spikes: Sequence[Measures], *, names: tuple[str, str], currency: str, locale: str
) -> dict[str, Any]:
    """Weeks as they are drawn; ``on_spikes`` is the part of each that falls on spikes.

    Costs are numbers here since a drawing needs no more; exact ones stand in the table.
    """
    usual = [whole - part for whole, part in zip(weeks.totals, on_spikes, strict=True)]
    partial = [index for index, step in enumerate(weeks.steps) if step.is_partial]
    return {
        "kind": "bars",
        "bucket": weeks.bucket.value,
        "steps": [step.days.first.isoformat() for step in weeks.steps],
        "partial": partial[0] if partial else None,
        "currency": currency,
        "locale": locale.replace("_", "-"),
        "series": [
            {
                "name": name,
                "slot": slot,
                "tokens": [measures.total_tokens for measures in line],
                "cost": [float(measures.contracted_cost) for measures in line],
            }
            for name, slot, line in zip(names, _SLOTS, (usual, on_spikes), strict=True)
        ],
    }
