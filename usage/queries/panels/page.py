"""What a page of a panel is rendered with, in the web app and in the admin alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from teams.models import Organization
from teams.permissions import Access
from usage.panels.basis import Basis, asked_basis
from usage.panels.filters import Parameters
from usage.panels.parameters import check_taken
from usage.panels.vocabulary import COMPARE_NAMES, RANGE_NAMES
from usage.queries.panels.options import filter_choices
from usage.queries.panels.registry import Panel, panel_around
from usage.queries.panels.request import PanelRequest, panel_request
from usage.queries.snapshot import one_snapshot

CURRENCY: Final = "USD"


@dataclass(frozen=True, slots=True)
class Face:
    """Where a page of panels stands: ``prefix`` begins its URLs' names, which all take the organization's slug."""

    prefix: str
    slug: str


def panel_context(
    panel: Panel,
    *,
    organization: Organization,
    access: Access,
    parameters: Parameters,
    now: datetime,
    face: Face,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """The context of a panel's page, read under one snapshot; None where there is no such page.

    Raises ``BadFilter``, and ``NotOffered`` where no table answers what the filter asks.
    """
    check_taken(parameters, panel.takes)
    with one_snapshot():
        request = panel_request(
            organization=organization,
            access=access,
            parameters=parameters,
            dimensions=panel.filters,
            own=panel.own,
            now=now,
            names=names,
        )
        basis = asked_basis(parameters, panel.bases) if panel.bases else Basis.TOKENS
        answer = panel.read(request)
        if answer is None:
            return None
        choices = filter_choices(request, panel.filters) if panel.filters else ()
    return base_context(panel, request, face=face) | {
        "answer": answer,
        "by": basis.value,
        "choices": choices,
        "filters_set": sum(len(choice.chosen) for choice in choices),
    }


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
        "kept": [(name, value) for name in panel.keeps if (value := request.parameters.get(name, ("",))[-1])],
    }
