"""HTML to PDF, the same bytes for the same HTML. Pure: nothing is fetched from anywhere."""

from typing import Any, NoReturn


def html_to_pdf(html: str) -> bytes:
    """A tagged PDF of a self-contained page. What it would load from elsewhere is left out, whatever the scheme."""
    import weasyprint  # Over a second of import, for those who make documents only.

    page: Any = weasyprint.HTML(string=html, url_fetcher=_refuse)
    return bytes(page.write_pdf(pdf_tags=True))


def _refuse(url: str, *_: Any, **__: Any) -> NoReturn:
    raise ValueError(f"documents load nothing: {url[:100]}")
