"""Reads the words back out of a PDF."""

from io import BytesIO

from pypdf import PdfReader


def pages_of(content: bytes) -> list[str]:
    """The text of each page, its lines as they are read, with plain spaces only."""
    return [_plain(page.extract_text()) for page in PdfReader(BytesIO(content)).pages]


def lines_of(content: bytes) -> list[str]:
    """All lines of all pages."""
    return [line for page in pages_of(content) for line in page.splitlines()]


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2009", " ")
