"""Mails read well in two forms and two languages, and carry no markup that a name brought along."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.utils.html import escape
from pytest_django.fixtures import Settings

from teams.mail_rendering import mjml_to_html, one_line, tidy_text
from teams.services.mail import RenderedMail, render_mail
from teams.services.outbox import queue_email
from teams.services.outbox_delivery import deliver_due
from tests.mail_peer import Peer
from tests.real_data import REAL_DATA, needs_real_data

NEW_YEAR = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def example_templates(settings: Settings) -> None:
    templates = dict(settings.TEMPLATES[0]) | {"DIRS": [Path(__file__).parent / "templates"]}
    settings.TEMPLATES = [templates]
    settings.SITE_URL = "https://ledger.example/"


def render(language: str = "en", time_zone: str = "UTC", **context: Any) -> RenderedMail:
    values = {"name": "Research", "when": NEW_YEAR, "share": 1234.5, "figure": "$4,980.10"} | context
    return render_mail(template="example", context=values, language=language, time_zone=time_zone)


class Reader(HTMLParser):
    """The words and tags of a page, as a mail program sees them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background")]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_both_forms_say_the_same() -> None:
    mail = render()
    assert mail.subject == "Sent: Research"
    assert mail.text == (
        "Research, Monday, 31 December 2025 23:30, 1234.5\n\n"
        "Budget: $4,980.10\n\n"
        "Open:\nhttps://ledger.example/budgets?a=1&b=2\n\n"
        "--\nYou receive this e-mail because it concerns your organization.\n"
        "Token Ledger · https://ledger.example/\n"
    )
    page = Reader(mail.html)
    for words in (
        "Research, Monday, 31 December 2025 23:30, 1234.5",
        "Budget",
        "$4,980.10",
        "Sent: Research",
    ):
        assert words in page.words
    assert set(page.links) == {"https://ledger.example/", "https://ledger.example/budgets?a=1&b=Research"}
    assert page.tags.count("a") == 2


def test_language_and_zone_are_the_readers() -> None:
    mail = render(language="de", time_zone="Europe/Berlin")
    assert mail.subject == "Gesendet: Research"
    assert "Montag, 1. Januar 2026 00:30, 1234,5" in mail.text.replace("1 Januar", "1. Januar")
    assert "Sie erhalten diese E-Mail, weil sie Ihre Organisation betrifft." in mail.text
    assert 'lang="de"' in mail.html
    assert "Sie erhalten diese E-Mail" in mail.html


def test_a_language_without_translations_reads_in_english() -> None:
    assert render(language="fr") == render(language="xx/../y") == render()


def test_nothing_is_fetched_when_a_mail_is_opened() -> None:
    html = render().html
    assert not re.search(r"<(img|link|iframe|script|object|embed)\b|@import|url\(", html)
    assert "prefers-color-scheme: dark" in html


def test_plain_text_is_not_escaped() -> None:
    assert render(name="R&D <x>").text.startswith("R&D <x>,")


@needs_real_data
def test_naughty_names_stay_names() -> None:
    tags = Reader(render().html).tags
    for name in json.loads((REAL_DATA / "blns.json").read_text()):
        mail = render(name=name, figure=name)
        assert Reader(mail.html).tags == tags, name
        assert Reader(mail.html).links[0].startswith("https://ledger.example/"), name
        written = escape(re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", name))
        assert f"{written}, Monday" in mail.html, name
        # Whatever the name, its mail can be queued.
        assert mail.subject.startswith("Sent:")
        assert mail.subject == one_line(mail.subject, longest=200)


@needs_real_data
@pytest.mark.django_db
def test_naughty_names_arrive(peer: Peer) -> None:
    names = json.loads((REAL_DATA / "blns.json").read_text())[::12]
    for name in names:
        mail = render(name=name)
        queue_email(to="a@example.com", kind="x", subject=mail.subject, text=mail.text, html=mail.html)
    assert deliver_due(limit=1000).sent == len(names)
    for name, arrived in zip(names, peer.received, strict=True):
        mail = render(name=name)
        assert arrived["Subject"].split() == mail.subject.split()
        assert arrived.get_body(("plain",)).get_content().split() == mail.text.split()
        assert arrived["Bcc"] is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n Two\r\n words \x0b\u2028here\n", "Two words here"),
        ("x" * 20, "x" * 9 + "…"),
        ("Bcc:\x00\x85 a", "Bcc: a"),
        ("", ""),
    ],
)
def test_a_subject_is_one_line(text: str, line: str) -> None:
    assert one_line(text, longest=10 if "x" in text else 200) == line


def test_text_is_tidied() -> None:
    assert tidy_text("\n\na  \n \n\n\nb\x01\n\nc") == "a\n\nb\ufffd\n\nc\n"


def test_broken_markup_is_an_error() -> None:
    with pytest.raises(OSError):
        mjml_to_html("<mjml><mj-body><mj-section>")
