"""Folders for installations that exist for one test only."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.database import stop_embedded


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """An empty folder for an installation; a database server started in it is stopped."""
    with tempfile.TemporaryDirectory(prefix="ledger-", ignore_cleanup_errors=True) as folder:
        path = Path(folder).resolve() / "var"
        yield path
        if path.is_dir():
            stop_embedded(var_dir=path)
