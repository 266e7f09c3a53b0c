"""What a process loads: the worker and most commands nothing of the admin, whatever has addresses all of it."""

from pathlib import Path

import pytest

from tests.config.processes import run

SETUP = "import sys, django; django.setup()\nfrom django.contrib import admin\n"
SAY = "print('usage.admin' in sys.modules, len(admin.site._registry) > 20)"


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        ("import usage.tasks, billing.tasks", "False False"),
        ("import config.urls", "True True"),
        ("from django.core import checks; assert checks.run_checks(tags=['admin']) == []", "True True"),
    ],
)
def test_the_admin_is_loaded_by_whoever_needs_it(needed: str, said: str, tmp_path: Path) -> None:
    ended = run("-c", f"{SETUP}{needed}\n{SAY}", VAR_DIR=str(tmp_path / "var"))
    assert (ended.stdout.strip(), ended.stderr) == (said, "")
