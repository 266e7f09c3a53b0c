"""Folders for installations that exist for one test only."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.database import ensure_embedded, stop_embedded
from tests.config.processes import run


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """An empty folder for an installation; a database server started in it is stopped."""
    with tempfile.TemporaryDirectory(prefix="ledger-", ignore_cleanup_errors=True) as folder:
        path = Path(folder).resolve() / "var"
        yield path
        if path.is_dir():
            stop_embedded(var_dir=path)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything migrated and its server stopped: made once, copied by the tests that start it."""
    with tempfile.TemporaryDirectory(prefix="ledger-", ignore_cleanup_errors=True) as folder:
        first = Path(folder).resolve() / "var"
        first.mkdir()
        ensure_embedded(var_dir=first)
        try:
            prepared = run("manage.py", "prepare", VAR_DIR=str(first), DEMO="")
            assert prepared.returncode == 0, prepared.stderr
        finally:
            stop_embedded(var_dir=first)
        kept = tmp_path_factory.mktemp("installation") / "var"
        subprocess.run(["cp", "-a", str(first), str(kept)], check=True)
    return kept


@pytest.fixture
def installed(var_dir: Path, installation: Path) -> Path:
    """An empty folder's opposite: a copy of the prepared installation, which starts quickly."""
    subprocess.run(["cp", "-a", str(installation), str(var_dir)], check=True)
    return var_dir
