"""Cursors of the list of files: what is written is read again, everything else is refused."""

from base64 import urlsafe_b64encode
from decimal import Decimal
from uuid import UUID

import pytest

from usage.panels.file_cursor import FileCursor, file_cursor

ID = UUID(int=7)


@pytest.mark.parametrize("cost", ["0", "12.000000000000000", "-0.5", "0.000000000000001"])
def test_comes_back(cost):
    cursor = FileCursor(Decimal(cost), 12, ID)
    assert file_cursor(str(cursor)) == cursor


@pytest.mark.parametrize(
    "told",
    ["", "1 2", "NaN 2 " + ID.hex, "Infinity 2 " + ID.hex, f"1 {2**63} {ID.hex}", f"1e3 2 {ID.hex}", "1 2 7"],
)
def test_anything_else_is_refused(told):
    with pytest.raises(ValueError):
        file_cursor(urlsafe_b64encode(told.encode()).decode().rstrip("="))


@pytest.mark.parametrize("text", ["ä", "a", "%%%", "A" * 300])
def test_what_is_not_even_written_like_one(text):
    with pytest.raises(ValueError):
        file_cursor(text)
