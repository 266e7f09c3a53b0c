"""Renders e-mails from templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from teams.mail_rendering import mjml_to_html, one_line, tidy_text, without_control_signs

_LONGEST_SUBJECT: Final = 200


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A finished mail in two forms that say the same."""

    subject: str
    text: str
    html: str


def render_mail(*, template: str, context: Mapping[str, Any], language: str, time_zone: str) -> RenderedMail:
    """Fill in ``mail/<template>.subject.txt``, ``.txt`` and ``.mjml`` in a language and time zone of the reader's.

    The templates extend ``mail/base.txt`` and ``mail/base.mjml``, and see ``context``, ``subject``, ``language`` and
    ``site_url`` (without a slash at its end). MJML is escaped, text is not: neither needs to be told. A language
    that is none of ``DOCUMENT_LANGUAGES`` is written as English. Raises ``TemplateDoesNotExist``, and ``OSError``
    for broken MJML.
    """
    known = language if language in dict(settings.DOCUMENT_LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(known), timezone.override(ZoneInfo(time_zone)):
        values = {**context, "language": known, "site_url": settings.SITE_URL.rstrip("/")}
        subject = one_line(_fill(f"{template}.subject.txt", values), longest=_LONGEST_SUBJECT)
        values["subject"] = subject
        text = tidy_text(_fill(f"{template}.txt", values))
        mjml = without_control_signs(_fill(f"{template}.mjml", values))
    return RenderedMail(subject=subject, text=text, html=mjml_to_html(mjml))


def _fill(name: str, values: Mapping[str, Any]) -> str:
    # Beneath the loader's own render(), which would escape text files too: nobody reads "&amp;" gladly.
    template: Any = get_template(f"mail/{name}")
    return str(template.template.render(Context(dict(values), autoescape=name.endswith(".mjml"))))
