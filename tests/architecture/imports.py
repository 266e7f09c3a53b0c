"""Reads which module imports which, from the source alone."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("config", "billing", "usage", "teams")
"""From the top down: an app may import itself and those behind it."""


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """One import: who, of what, where, and whether only the type checker does it."""

    importer: str
    imported: str
    line: int
    typing_only: bool = False

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def modules(*folders: str) -> dict[str, Path]:
    """Dotted name → file of every module below ``folders``, migrations left out."""
    found = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                parts = path.relative_to(ROOT).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(*folders: str) -> list[Import]:
    """Every import among our own modules below ``folders``, wherever in the file it stands."""
    known = modules(*APPS)
    found = []
    for name, path in modules(*folders).items():
        tree = ast.parse(path.read_text())
        guarded = _typing_lines(tree)
        for node in ast.walk(tree):
            for target in _targets(node, known):
                line = getattr(node, "lineno", 0)
                found.append(Import(name, target, line, line in guarded))
    return sorted(found)


def _targets(node: ast.AST, known: dict[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        # "from usage.services import ingest" names a module, "from usage.events import Event" a thing in one.
        names = [
            full if (full := f"{node.module}.{alias.name}") in known else node.module for alias in node.names
        ]
    else:
        names = []
    yield from (name for name in names if name.split(".")[0] in APPS)


def _typing_lines(tree: ast.Module) -> set[int]:
    """Lines below ``if TYPE_CHECKING:``."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for inner in node.body:
                lines.update(range(inner.lineno, (inner.end_lineno or inner.lineno) + 1))
    return lines
