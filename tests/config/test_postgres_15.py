"""The oldest supported server, as Debian ships it, in a cluster that exists for one command."""

import sys
from pathlib import Path

import pytest

from tests.config.processes import run
from tests.postgres import temporary_cluster

pytestmark = pytest.mark.own_servers

DEBIAN = Path("/usr/lib/postgresql/15/bin")

if not DEBIAN.exists():
    pytest.skip("PostgreSQL 15 is not installed", allow_module_level=True)


def test_migrations_run_on_the_oldest_supported_version(tmp_path: Path):
    code = "import os, django; print(os.environ['DATABASE_URL'])"
    shown = run(
        "-m", "tests.postgres", str(DEBIAN), sys.executable, "-c", code, VAR_DIR=str(tmp_path / "var")
    )
    assert "postgresql://postgres@%2Ftmp" in shown.stdout, shown.stderr

    migrated = run(
        "-m",
        "tests.postgres",
        str(DEBIAN),
        sys.executable,
        "manage.py",
        "prepare",
        VAR_DIR=str(tmp_path / "var"),
    )
    assert migrated.returncode == 0, migrated.stderr


def test_nothing_stays_behind():
    with temporary_cluster(DEBIAN) as cluster:
        assert cluster.running()
    assert not cluster.running()
    assert not cluster.folder.exists()


def test_exit_code_of_the_command_is_handed_on(tmp_path: Path):
    result = run(
        "-m",
        "tests.postgres",
        str(DEBIAN),
        sys.executable,
        "-c",
        "raise SystemExit(7)",
        VAR_DIR=str(tmp_path),
    )

    assert result.returncode == 7
