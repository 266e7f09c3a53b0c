"""The overview of one organization's billing period, as one viewer may see it. Read from rollups only."""

from dataclasses import dataclass
from datetime import date, datetime

from teams.models import Organization
from usage.overview import Overview


@dataclass(frozen=True, slots=True)
class VisibleUsage:
    """The usage a viewer may see: all of it, or that of some departments, or that of one member.

    With ``is_whole_organization`` the ids do not matter; otherwise usage counts that matches any id.
    """

    is_whole_organization: bool = False
    department_ids: frozenset[int] = frozenset()
    member_ids: frozenset[int] = frozenset()


def usage_overview(
    *, organization: Organization, visible: VisibleUsage, now: datetime, month: date | None = None, top: int = 10
) -> Overview | None:
    """The period that begins on ``month`` (the one containing ``now`` if None), as far as ``visible`` goes.

    None when the organization has no such period, or it lies in the future. Members, departments and projects
    beyond the ``top`` ones by cost are one row of kind OTHER. At most 12 queries.
    """
    raise NotImplementedError
