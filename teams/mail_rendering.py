"""Finished MJML to the HTML that mail programs read. Pure."""

import re
import unicodedata
from typing import Final

# What XML cannot hold; a name may hold it all the same.
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS: Final = ("Cc", "Zl", "Zp", "Cs")
_BLANK_LINES: Final = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")
REPLACEMENT: Final = "\ufffd"


def mjml_to_html(mjml: str) -> str:
    """The HTML of an MJML document. Raises ``OSError`` for MJML that is not well formed.

    No fonts and no pictures are fetched from anywhere: a mail tells nobody that it was opened.
    """
    import mrml  # Only who sends mail needs it.

    options = mrml.RenderOptions(disable_comments=True, fonts={})
    return str(mrml.to_html(mjml, render_options=options).content)


def without_control_signs(text: str) -> str:
    """``text`` with a replacement sign for each character that XML cannot hold."""
    return _NOT_IN_XML.sub(REPLACEMENT, text)


def tidy_text(text: str) -> str:
    """A rendered text part: no spaces at line ends, never two empty lines in a row, one line end at the end."""
    lines = "\n".join(line.rstrip() for line in without_control_signs(text).splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip() + "\n"


def one_line(text: str, *, longest: int) -> str:
    """``text`` as a subject: on one line, cut to ``longest`` characters with an ellipsis."""
    words = " ".join("".join(" " if ends_a_line(sign) else sign for sign in text).split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def ends_a_line(sign: str) -> bool:
    """Whether a character ends a line for somebody, or cannot be written at all: a danger in headers."""
    return unicodedata.category(sign) in _LINE_ENDS
