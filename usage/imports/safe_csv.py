"""CSV that a spreadsheet opens without running anything in it."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_BEGINS_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "|", "%")


def safe_cell(value: object) -> str:
    """The value as text; what a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, int):
        return str(value)
    text = str(value)
    begins = text[:1] in _BEGINS_FORMULA or text.lstrip()[:1] in _BEGINS_FORMULA if text else False
    return f"'{text}" if begins else text


def safe_csv(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of CSV, the first with a byte order mark so that Excel reads UTF-8; every cell quoted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    buffer.write("\ufeff")
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
