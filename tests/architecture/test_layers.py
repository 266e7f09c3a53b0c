"""The arrows between apps and between the layers of an app point one way only."""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.architecture.imports import APPS, imports, modules

LAYERS = (
    {"enums"},
    {"<noun>"},
    {"models"},
    {"queries"},
    {"services"},
    {"tasks"},
    {"api", "admin", "web", "management", "apps", "templatetags"},
)
"""From the bottom up. ``<noun>`` stands for the plain modules beside them, which know no database and no clock."""

# What a pure module may not touch. Choices and translations are words, not state.
IMPURE = (
    "django.db.connection",
    "django.utils.timezone",
    "django.http",
    "django.db.transaction",
    "httpx",
    "socket",
)
ALLOWED_DJANGO = (
    "django.utils.translation",
    "django.utils.functional",
    "django.utils.html",
    "django.utils.safestring",
)
FACES = ("api", "admin", "web", "management")


def layer(module: str) -> int:
    """The position of a module's layer, counted from the bottom."""
    part = module.split(".")[1] if "." in module else "apps"
    for position, names in enumerate(LAYERS):
        if part in names:
            return position
    return 1


def test_apps_import_only_the_ones_below_them() -> None:
    wrong = [
        found
        for found in imports(*APPS)
        if APPS.index(found.imported.split(".")[0]) < APPS.index(found.importer.split(".")[0])
    ]
    assert not wrong, "\n".join(map(str, wrong))


def test_layers_import_only_the_ones_below_them() -> None:
    wrong = [
        found
        for found in imports("billing", "usage", "teams")
        if found.importer.split(".")[0] == found.imported.split(".")[0]
        and layer(found.imported) > layer(found.importer)
        and not found.typing_only
    ]
    assert not wrong, "\n".join(map(str, wrong))


def test_an_app_reaches_only_down_to_the_same_layer_or_below_in_others() -> None:
    """Models use models, services use services; nobody's model calls another app's service."""
    wrong = [
        found
        for found in imports("billing", "usage", "teams")
        if found.importer.split(".")[0] != found.imported.split(".")[0]
        and layer(found.imported) > layer(found.importer)
        and not found.typing_only
    ]
    assert not wrong, "\n".join(map(str, wrong))


def test_faces_do_not_import_each_other() -> None:
    def face(module: str) -> str:
        parts = module.split(".")
        return parts[1] if len(parts) > 1 and parts[1] in FACES else ""

    wrong = [
        found
        for found in imports("billing", "usage", "teams")
        if face(found.importer) and face(found.imported) and face(found.importer) != face(found.imported)
    ]
    assert not wrong, "\n".join(map(str, wrong))


def test_modules_do_not_import_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for found in imports(*APPS):
        if not found.typing_only and found.importer != found.imported:
            graph.setdefault(found.importer, set()).add(found.imported)
    # A package's __init__ gathers its own modules, and they may name their package.
    for name in list(graph):
        graph[name] = {target for target in graph[name] if not name.startswith(f"{target}.")}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"circle: {' → '.join(error.args[1])}")


def test_plain_modules_are_pure() -> None:
    """No ORM, no clock, no network below the models."""
    wrong = []
    for name, path in modules("billing", "usage", "teams").items():
        if "." in name and layer(name) == 1:
            wrong += [f"{name}:{line} {what}" for line, what in _impurities(path.read_text())]
    assert not wrong, "\n".join(wrong)


def _impurities(source: str) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "datetime.now",
            "date.today",
            "time.time",
        ):
            names = [ast.unparse(node.func)]
        else:
            continue
        line = getattr(node, "lineno", 0)
        found += [(line, name) for name in names if _is_impure(name)]
    return found


def _is_impure(name: str) -> bool:
    if name.startswith("django."):
        return not name.startswith(ALLOWED_DJANGO)
    return name in ("datetime.now", "date.today", "time.time") or name.startswith(IMPURE)


def test_the_reading_finds_the_arrows_that_are_there() -> None:
    """The tests above read source and look for what must not be; this one looks for what must."""
    arrows = {(found.importer, found.imported) for found in imports("usage")}
    assert ("usage.services.ingest", "usage.ledger_sql") in arrows
    assert ("usage.services.snapshots", "teams.queries.directory") in arrows
    assert _impurities("from django.utils import timezone\nx = datetime.now(UTC)") == [
        (1, "django.utils.timezone"),
        (2, "datetime.now"),
    ]
