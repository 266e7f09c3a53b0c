"""HTML to PDF, the same bytes for the same HTML. Pure: nothing is fetched from anywhere."""

from functools import lru_cache
from typing import Any, Final, NoReturn

# Signs that turn the direction of what follows around: in a name they would turn the figures beside it, too.
_TURNING: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def html_to_pdf(html: str) -> bytes:
    """A tagged PDF of a self-contained page. What it would load from elsewhere is left out, whatever the scheme."""
    import weasyprint  # Over a second of import, for those who make documents only.

    page = weasyprint.HTML(string=html.translate(_TURNING), url_fetcher=_refusing_fetcher())
    return bytes(page.write_pdf(pdf_tags=True))


@lru_cache(maxsize=1)
def _refusing_fetcher() -> Any:
    from weasyprint.urls import URLFetcher

    class RefusingFetcher(URLFetcher):  # type: ignore[misc]  # untyped
        """Serves nothing: pages that become documents carry all they need."""

        def fetch(self, url: str, headers: Any = None) -> NoReturn:
            raise ValueError("documents load nothing")

    return RefusingFetcher()
