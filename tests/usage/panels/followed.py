"""A series that comes in pages, followed from its first to its last."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

STEPWISE = ("steps", "totals", "series", "page")
"""What a page tells of its own steps; it says the same as the others of all else."""


def whole_series(get: Callable[..., dict[str, Any]], **asked: Any) -> dict[str, Any]:
    """The answer of ``timeseries`` with the steps of all its pages, which have the same lines, and lead back as they
    lead on."""
    pages = [get("timeseries", **asked)]
    assert pages[0]["page"]["previous"] is None
    while onward := cursor_of(pages[-1], "next"):
        pages.append(get("timeseries", cursor=onward, **asked))
        before = get("timeseries", cursor=cursor_of(pages[-1], "previous"), **asked)
        assert apart_from_time(before) | {"page": None} == apart_from_time(pages[-2]) | {"page": None}
    for page in pages:
        assert {name: value for name, value in apart_from_time(page).items() if name not in STEPWISE} == {
            name: value for name, value in apart_from_time(pages[0]).items() if name not in STEPWISE
        }
        assert [line["row"] for line in page["series"]] == [line["row"] for line in pages[0]["series"]]
    return pages[-1] | {
        "steps": [step for page in pages for step in page["steps"]],
        "totals": [step for page in pages for step in page["totals"]],
        "series": [
            {
                "row": line["row"],
                "measures": [step for page in pages for step in page["series"][place]["measures"]],
            }
            for place, line in enumerate(pages[0]["series"])
        ],
        "page": {"next": None, "previous": None},
    }


def cursor_of(page: dict[str, Any], way: str) -> str:
    """The cursor of the page ``next`` or ``previous`` to this one, empty at the end."""
    return parse_qs(urlsplit(page["page"][way] or "").query).get("cursor", [""])[0]


def apart_from_time(page: dict[str, Any]) -> dict[str, Any]:
    """What an answer says apart from when it was asked."""
    return {name: value for name, value in page.items() if name != "as_of"}
