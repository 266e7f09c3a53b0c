"""Catalogues are collected from the sources and compiled without gettext's own programs."""

import gettext
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from config import translations
from config.translations import (
    LOCALE_DIR,
    collect_messages,
    compile_catalogues,
    read_catalogue,
    update_catalogues,
)

HEADER = """msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project of one app, with a German catalogue."""
    (tmp_path / "app" / "templates").mkdir(parents=True)
    (tmp_path / "app" / "words.py").write_text(
        "_('Plain'); gettext_lazy('Late'); ngettext('%(n)s day', '%(n)s days', 2); pgettext('verb', 'Close')\n"
    )
    (tmp_path / "app" / "templates" / "page.mjml").write_text(
        "{% load i18n %}\n<a>\n"
        "    {% translate 'On a page' %}\n  {{ x|default:_('Default') }}\n"
        "{% blocktranslate count n=n trimmed %}\n  One %\n{% plural %}\n  Many {{ n }}\n{% endblocktranslate %}\n"
        '{% translate "Open" context "door" %}</a> it\'s "quoted"\n'
    )
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        HEADER + 'msgid "Plain"\nmsgstr "Schlicht"\n\nmsgid "Gone"\nmsgstr "Fort"\n'
    )
    monkeypatch.setattr(translations, "BASE_DIR", tmp_path)
    monkeypatch.setattr(translations, "LOCALE_DIR", tmp_path / "locale")
    monkeypatch.setattr(translations, "APPS", ("app",))
    return tmp_path


def german(project: Path) -> gettext.GNUTranslations:
    with (project / "locale/de/LC_MESSAGES/django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_messages_are_found_in_python_and_templates(project: Path) -> None:
    found = {(message.context, message.id) for message in collect_messages(("app",)) if message.id}
    assert found == {
        (None, "Plain"),
        (None, "Late"),
        (None, ("%(n)s day", "%(n)s days")),
        ("verb", "Close"),
        (None, "On a page"),
        (None, "Default"),
        (None, ("One %%", "Many %(n)s")),
        ("door", "Open"),
    }


def test_a_catalogue_gains_what_is_new_and_loses_what_is_gone(project: Path) -> None:
    (path,) = update_catalogues()
    catalogue = read_catalogue(path)
    assert catalogue["Plain"].string == "Schlicht"
    assert catalogue["On a page"].string == ""
    assert "Gone" not in path.read_text()
    before = path.read_bytes()
    update_catalogues()
    assert path.read_bytes() == before


def test_only_what_has_changed_is_compiled(project: Path) -> None:
    path = project / "locale/de/LC_MESSAGES/django.po"
    assert compile_catalogues() == [path]
    assert german(project).gettext("Plain") == "Schlicht"
    os.utime(path, (1, 1))
    assert compile_catalogues() == []
    path.write_text(path.read_text().replace("Schlicht", "Einfach"))
    os.utime(path)
    os.utime(path.with_suffix(".mo"), (1, 1))
    assert compile_catalogues() == [path]
    assert german(project).gettext("Plain") == "Einfach"
    assert [file.name for file in path.parent.iterdir() if file.suffix == ".part"] == []


def test_what_organizations_receive_is_complete_in_every_language() -> None:
    """A mail half in German reads worse than one in English."""
    sent = {
        (message.context, message.id)
        for message in collect_messages()
        if any("/templates/mail/" in path for path, _line in message.locations)
    }
    assert (None, "Token Ledger") in sent
    for path in LOCALE_DIR.glob("*/LC_MESSAGES/django.po"):
        catalogue = read_catalogue(path)
        missing = [
            (context, text)
            for context, text in sent
            if (found := catalogue.get(text, context)) is None or not _is_translated(found.string)
        ]
        assert not missing, f"{path.parent.parent.name} lacks {missing}"


def _is_translated(string: str | Sequence[str] | None) -> bool:
    return all([string] if isinstance(string, str) else string or [""])
