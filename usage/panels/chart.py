"""What the charts of panels draw, as plain values for JSON. ``docs/panels.md`` names the fields. Pure."""

from collections.abc import Sequence
from typing import Any

from usage.panels.answers import Timeseries


def chart_of(
    series: Timeseries, *, names: Sequence[str], slots: Sequence[int], kind: str, currency: str, locale: str
) -> dict[str, Any]:
    """A series as its chart draws it: a line or a stack per entry of ``names``; without lines the totals.

    Costs are numbers here since a drawing needs no more; exact ones stand in the table.
    """
    lines = [line.measures for line in series.series] or [series.totals]
    partial = [index for index, step in enumerate(series.steps) if step.is_partial]
    return {
        "kind": kind,
        "bucket": series.bucket.value,
        "steps": [step.days.first.isoformat() for step in series.steps],
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
            for name, slot, line in zip(names, slots, lines, strict=True)
        ],
    }
