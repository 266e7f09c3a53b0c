"""An answer of ``GET /api/v1/usage/timeseries``, as the document of the API shows it."""

from typing import Any, Final

from usage.api.panels.members_example import DEPARTMENTS

TIMESERIES: Final[dict[str, Any]] = {
    **{name: value for name, value in DEPARTMENTS.items() if name not in ("total", "change", "rows")},
    "bucket": "month",
    "steps": [{"first": "2026-11-01", "last": "2026-11-18", "is_partial": True, "is_cut": True}],
    "totals": [DEPARTMENTS["total"]],
    "series": [
        {"row": {**row, "change": None}, "measures": [row["measures"]]} for row in DEPARTMENTS["rows"]
    ],
}
