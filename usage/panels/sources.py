"""Which rollup answers what: dimensions × who asks → table. One place; what has no table here is not offered. Pure."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _

from teams.permissions import Visible
from usage.panels.vocabulary import SCOPED, Dimension


class Source(StrEnum):
    """The tables that panels are read from."""

    SPEND = "spend_daily"
    USAGE = "usage_daily"
    TOOLS = "tool_daily"
    HOURS = "usage_hourly"
    CHARGES = "charge_by_kind"
    EVENTS = "usage_event"


class NotOffered(Exception):
    """No table answers this; ``dimension`` is what stands in the way, ``reason`` a sentence."""

    def __init__(self, dimension: Dimension, reason: str) -> None:
        super().__init__(reason)
        self.dimension = dimension
        self.reason = reason


_SPEND: Final = frozenset({Dimension.MODEL, Dimension.PROVIDER, Dimension.FEATURE, *SCOPED})
_USAGE: Final = frozenset(Dimension) - {Dimension.TOOL}
_TOOLS: Final = frozenset(
    {Dimension.TOOL, Dimension.DEPARTMENT, Dimension.PROJECT, Dimension.MODEL, Dimension.PROVIDER}
)
_CHARGES: Final = frozenset(
    {Dimension.MODEL, Dimension.PROVIDER, Dimension.FEATURE, Dimension.DEPARTMENT, Dimension.PROJECT}
)
_HOURS: Final = frozenset(
    {
        Dimension.DEPARTMENT,
        Dimension.MODEL,
        Dimension.PROVIDER,
        Dimension.FEATURE,
        Dimension.INTEGRATION,
        Dimension.PLATFORM,
    }
)


NOT_BY_SCOPE: Final = frozenset({"cache_creation_input_tokens", "reasoning_output_tokens", "duration_ms"})
"""The measures that ``spend_daily`` does not have."""


def daily_source(
    dimensions: Collection[Dimension], *, visible: Visible, measures: Collection[str] = ()
) -> Source:
    """The table for sums by day that filter or break down by ``dimensions``; tools have ``tool_source``.

    A whole organization reads what is summed up per scope as far as one scope will do, and has the ``measures``.
    Raises ``NotOffered``.
    """
    asked = frozenset(dimensions)
    if Dimension.TOOL in asked:
        raise NotOffered(
            Dimension.TOOL, _("Tools overlap: they have a panel of their own and add up to no total.")
        )
    is_by_scope = asked <= _SPEND and len(asked & set(SCOPED)) <= 1 and NOT_BY_SCOPE.isdisjoint(measures)
    return Source.SPEND if visible.whole_organization and is_by_scope else Source.USAGE


def tool_source(dimensions: Collection[Dimension], *, visible: Visible) -> Source:
    """The table for sums by tool. Raises ``NotOffered`` for other dimensions, and for who sees only their own usage."""
    for dimension in dimensions:
        if dimension not in _TOOLS:
            raise NotOffered(dimension, _("Usage by tool is not kept by this."))
    if not (visible.whole_organization or visible.department_ids):
        raise NotOffered(Dimension.TOOL, _("Usage by tool is kept for departments, not for single members."))
    return Source.TOOLS


def hourly_source(dimensions: Collection[Dimension], *, visible: Visible) -> Source:
    """The table for sums by hour: events for who sees only their own. Raises ``NotOffered``.

    A lead sees the hours of their departments; what they used elsewhere has no hours among them, only events.
    """
    if not (visible.whole_organization or visible.department_ids):
        for dimension in dimensions:
            if dimension is Dimension.TOOL:
                raise NotOffered(dimension, _("Hours are not kept by tool."))
        return Source.EVENTS
    for dimension in dimensions:
        if dimension not in _HOURS:
            raise NotOffered(dimension, _("Hours are not kept by this."))
    return Source.HOURS


def charge_sources(dimensions: Collection[Dimension], *, visible: Visible) -> frozenset[Source]:
    """The tables for sums by kind of charge: charges have no members, so one's own are read from events.

    A lead's are in both: the charges of their departments, and their own events elsewhere. Raises ``NotOffered``.
    """
    for dimension in dimensions:
        if dimension not in _CHARGES:
            raise NotOffered(dimension, _("Kinds of charges are not kept by this."))
    if visible.whole_organization:
        return frozenset({Source.CHARGES})
    return frozenset({Source.CHARGES, Source.EVENTS} if visible.department_ids else {Source.EVENTS})


def offered(source: Source) -> frozenset[Dimension]:
    """What a panel that reads ``source`` can be filtered by."""
    return {
        Source.SPEND: _SPEND,
        Source.USAGE: _USAGE,
        Source.TOOLS: _TOOLS,
        Source.HOURS: _HOURS,
        Source.EVENTS: _USAGE,
        Source.CHARGES: _CHARGES,
    }[source]
