"""The names of all parameters that panels know, on pages and in the API. ``docs/panels.md`` says what they mean. Pure.

What one panel knows and another does not take is refused by name, never left unread: a figure would look filtered
and not be. Names that no panel knows are nobody's.
"""

from collections.abc import Collection
from typing import Final

from usage.panels.filters import COMPARE, FROM, RANGE, TO, NotTaken, Parameters
from usage.panels.paging import CURSOR, PAGE_SIZE, SEARCH, SORT
from usage.panels.vocabulary import Dimension

BASIS: Final = "basis"
BY: Final = "by"
BUCKET: Final = "bucket"
MEASURES: Final = "measures"
LINES: Final = "lines"
TOP: Final = "top"
DRIVER: Final = "driver"
PERIOD: Final = "period"
YEAR: Final = "year"

DAYS: Final = (RANGE, FROM, TO)
PAGES: Final = (CURSOR, PAGE_SIZE)
KNOWN: Final = (
    *DAYS,
    COMPARE,
    *(dimension.value for dimension in Dimension),
    BASIS,
    BY,
    BUCKET,
    MEASURES,
    LINES,
    TOP,
    DRIVER,
    SEARCH,
    SORT,
    *PAGES,
    PERIOD,
    YEAR,
)


def check_taken(parameters: Parameters, taken: Collection[str]) -> None:
    """Raise ``NotTaken`` for what is known to panels and not ``taken`` by this one. Empty values ask nothing."""
    refused = [name for name in KNOWN if name not in taken and any(parameters.get(name, ()))]
    if refused:
        raise NotTaken(refused)
