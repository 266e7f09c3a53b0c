"""Billing months as clients write them. Pure."""

import re
from datetime import date
from typing import Final

_MONTH: Final = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])")


def parse_month(text: str) -> date | None:
    """The first day of a month written ``2026-11``; None for anything else."""
    matched = _MONTH.fullmatch(text)
    if matched is None or matched["year"] == "0000":
        return None
    return date(int(matched["year"]), int(matched["month"]), 1)
