"""What a page of a panel is rendered with, in the web app and in the admin alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from usage.panels.vocabulary import COMPARE_NAMES, RANGE_NAMES
from usage.queries.panels.options import filter_choices
from usage.queries.panels.registry import Panel, panel_around
from usage.queries.panels.request import PanelRequest
from usage.queries.snapshot import one_snapshot

CURRENCY: Final = "USD"


@dataclass(frozen=True, slots=True)
class Face:
    """Where a page of panels stands: ``prefix`` begins its URLs' names, which all take the organization's slug."""

    prefix: str
    slug: str


def panel_context(panel: Panel, request: PanelRequest, *, face: Face) -> dict[str, Any] | None:
    """The context of a panel's page, read under one snapshot; None where there is no such page.

    Raises ``NotOffered`` where no table answers what the filter asks.
    """
    with one_snapshot():
        answer = panel.read(request)
        if answer is None:
            return None
        choices = filter_choices(request, panel.filters) if panel.filters else ()
    return base_context(panel, request, face=face) | {
        "answer": answer,
        "choices": choices,
        "filters_set": sum(len(choice.chosen) for choice in choices),
    }


def _basis(panel: Panel, asked: Sequence[str]) -> str:
    return next(
        (basis.value for basis in panel.bases if [basis.value] == list(asked)[-1:]), panel.bases[0].value
    )


def base_context(panel: Panel, request: PanelRequest, *, face: Face) -> dict[str, Any]:
    """What every page of panels knows, whether it has an answer or not."""
    return {
        "panel": panel,
        "within": panel_around(panel, request.access),
        "face": face,
        "request_of_panel": request,
        "organization": request.organization,
        "access": request.access,
        "asked": request.asked,
        "ranges": [
            (named.value, title, named is request.asked.range) for named, title in RANGE_NAMES.items()
        ],
        "comparisons": [
            (compare.value, title, compare is request.asked.compare)
            for compare, title in COMPARE_NAMES.items()
        ],
        "time_zone": request.time_zone,
        "now": request.now,
        "currency": CURRENCY,
        "by": _basis(panel, request.parameters.get("by", ())),
        "kept": [(name, value) for name in panel.keeps if (value := request.parameters.get(name, ("",))[-1])],
    }
