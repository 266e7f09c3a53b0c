"""Files and functions stay small enough to be read at one sitting; migrations have names that say something."""

import ast
import re
from io import StringIO

import pytest
from django.core.management import call_command

from tests.architecture.imports import APPS, ROOT, modules

FILE_LINES = 300
FUNCTION_LINES = 40
TOP_LEVEL = {"teams", "usage", "billing", "config", "tests", "docs", "benchmarks"}


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in modules(*APPS, "benchmarks", "tests").values()
        if (count := len(path.read_text().splitlines())) > FILE_LINES
    }
    assert not long, long


def test_functions_are_short() -> None:
    long = {}
    for name, path in modules(*APPS, "benchmarks").items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    long[f"{name}.{node.name}"] = length
    assert not long, long


def test_there_are_no_drawers_and_no_signals() -> None:
    forbidden = re.compile(r"^(utils|helpers|common|misc|signals)$")
    drawers = [name for name in modules(*APPS) if forbidden.match(name.rsplit(".", 1)[-1])]
    assert not drawers
    listening = [
        name
        for name, path in modules(*APPS).items()
        if re.search(r"@receiver\(|\.connect\((?!.*self)", path.read_text()) and "signals" in path.read_text()
    ]
    assert not listening


def test_migrations_are_named_by_hand() -> None:
    names = [path.stem for path in ROOT.glob("*/migrations/0*.py")]
    assert names
    assert not [name for name in names if re.search(r"_auto_|_initial$|_squashed|\d{8}_\d{4}", name)]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    output = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=output, stderr=output)


def test_the_top_level_is_the_designed_one() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert folders <= TOP_LEVEL
