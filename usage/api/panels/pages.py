"""Pages of lists, told the same by every endpoint that lists something."""

from typing import Any, Final, Protocol

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from usage.panels.paging import CURSOR, MOST_ROWS, PAGE_SIZE, ROWS

IN_PAGES: Final = OpenApiParameter(CURSOR, str, description="As it stands in the addresses of `page`.")
PAGES: Final = (
    IN_PAGES,
    OpenApiParameter(PAGE_SIZE, int, description=f"Rows of a page, 1 to {MOST_ROWS}; {ROWS} if left out."),
)


class PageSerializer(serializers.Serializer[Any]):
    """Addresses of the neighbouring pages, to be followed as they are."""

    next = serializers.URLField(allow_null=True, help_text="The next page; null at the end.")
    previous = serializers.URLField(allow_null=True, help_text="The page before; null at the beginning.")


class Neighbours(Protocol):
    """A page that knows the cursors of those beside it, empty at the ends."""

    @property
    def previous(self) -> str: ...

    @property
    def next(self) -> str: ...


def page_addresses(request: Request, page: Neighbours) -> dict[str, str | None]:
    """The addresses of the neighbouring pages, with all that was asked for."""
    here = request.build_absolute_uri()
    return {
        "next": replace_query_param(here, CURSOR, page.next) if page.next else None,
        "previous": replace_query_param(here, CURSOR, page.previous) if page.previous else None,
    }
