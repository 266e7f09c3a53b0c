"""Translations without gettext's own programs: collecting messages for ``locale/`` and compiling them, by Babel.

    python -m config.translations           compile what has changed
    python -m config.translations collect   bring every catalogue up to date with the sources, then compile

``make translations`` does the latter. Needs neither settings nor a database.
"""

import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

BASE_DIR: Final = Path(__file__).resolve().parent.parent
LOCALE_DIR: Final = BASE_DIR / "locale"
APPS: Final = ("teams", "usage", "billing", "config")
_METHODS: Final = [
    ("**/migrations/**", "ignore"),
    ("**.py", "python"),
    ("**/templates/**", "config.translations:extract_template"),
]
_KEYWORDS: Final = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def extract_template(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[Any, ...]]:
    """Babel's way to read a Django template, which Django itself turns into something like Python first."""
    from django.utils.translation.template import templatize

    source = templatize(file.read().decode())
    # What was text stays as words at any indentation, which Python's reader would stumble over.
    lines = "\n".join(line.strip() for line in source.split("\n"))
    yield from extract_python(io.BytesIO(lines.encode()), keywords, comment_tags, options)


def collect_messages(folders: Sequence[str] = ()) -> Catalog:
    """Every message of the sources below ``folders``, by default of all our packages."""
    found = Catalog(project="Token Ledger", fuzzy=False)
    for folder in folders or APPS:
        messages = extract_from_dir(
            BASE_DIR / folder, method_map=_METHODS, keywords=_KEYWORDS, comment_tags=("Translators:",)
        )
        for path, _line, message, comments, context in messages:
            # Without line numbers: they would change with every edit of a source.
            found.add(message, locations=[(f"{folder}/{path}", 0)], auto_comments=comments, context=context)
    return found


def read_catalogue(path: Path) -> Catalog:
    """A ``.po`` file; ``path`` is ``…/<language>/LC_MESSAGES/django.po``."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def update_catalogues() -> list[Path]:
    """Add new messages to every catalogue and drop those that are gone; translations that fit stay."""
    messages = collect_messages()
    paths = sorted(LOCALE_DIR.glob("*/LC_MESSAGES/django.po"))
    for path in paths:
        catalogue = read_catalogue(path)
        catalogue.update(messages, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        text = io.BytesIO()
        write_po(text, catalogue, width=100, sort_output=True, include_lineno=False, ignore_obsolete=True)
        path.write_bytes(text.getvalue())
    return paths


def compile_catalogues() -> list[Path]:
    """Compile every catalogue that is newer than its compiled form, and give the ones that were."""
    stale = [path for path in sorted(LOCALE_DIR.glob("*/LC_MESSAGES/django.po")) if _is_stale(path)]
    for path in stale:
        # Another process may be reading, or doing the same.
        part = path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            write_mo(file, read_catalogue(path))
        part.replace(path.with_suffix(".mo"))
    return stale


def _is_stale(path: Path) -> bool:
    compiled = path.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime <= path.stat().st_mtime


if __name__ == "__main__":
    if sys.argv[1:] == ["collect"]:
        update_catalogues()
    compile_catalogues()
