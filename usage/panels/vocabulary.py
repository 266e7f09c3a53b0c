"""The words in which panels are asked for: dimensions, ranges, comparisons, buckets. Pure."""

from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Dimension(StrEnum):
    """What usage can be filtered and broken down by. Tools overlap, the others partition the total."""

    MODEL = "model"
    PROVIDER = "provider"
    FEATURE = "feature"
    TOOL = "tool"
    DEPARTMENT = "department"
    PROJECT = "project"
    MEMBER = "member"
    PLATFORM = "platform"
    INTEGRATION = "integration"


class Range(StrEnum):
    """Days by name, counted where the organization is. The year is the organization's fiscal year."""

    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    LAST_90_DAYS = "last_90_days"
    THIS_QUARTER = "this_quarter"
    THIS_YEAR = "this_year"
    LAST_12_MONTHS = "last_12_months"
    CUSTOM = "custom"


class Compare(StrEnum):
    """What the days shown stand beside."""

    PREVIOUS = "previous"
    YEAR = "year"
    NONE = "none"


class Bucket(StrEnum):
    """How long one step of a series is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


UNATTRIBUTED: Final = "unattributed"
"""In place of a name: usage that named none."""

IDENTIFIED: Final = (
    Dimension.MODEL,
    Dimension.DEPARTMENT,
    Dimension.PROJECT,
    Dimension.MEMBER,
    Dimension.INTEGRATION,
)
"""Dimensions whose values are entries with an id of ours; those of the others are words as they were sent."""

SCOPED: Final = (Dimension.DEPARTMENT, Dimension.PROJECT, Dimension.MEMBER)
"""Dimensions that ``spend_daily`` has a scope of its own for."""

DIMENSION_NAMES: Final[dict[Dimension, Promise]] = {
    Dimension.MODEL: _("Model"),
    Dimension.PROVIDER: _("Provider"),
    Dimension.FEATURE: _("Feature"),
    Dimension.TOOL: _("Tool"),
    Dimension.DEPARTMENT: _("Department"),
    Dimension.PROJECT: _("Project"),
    Dimension.MEMBER: _("Member"),
    Dimension.PLATFORM: _("Platform"),
    Dimension.INTEGRATION: _("Integration"),
}

PART_TITLES: Final[dict[Dimension, Promise]] = {
    Dimension.MODEL: _("Models"),
    Dimension.PROVIDER: _("Providers"),
    Dimension.FEATURE: _("Features"),
    Dimension.TOOL: _("Tools"),
    Dimension.DEPARTMENT: _("Departments"),
    Dimension.PROJECT: _("Projects"),
    Dimension.MEMBER: _("Members"),
    Dimension.PLATFORM: _("Platforms"),
    Dimension.INTEGRATION: _("Integrations"),
}

RANGE_NAMES: Final[dict[Range, Promise]] = {
    Range.THIS_MONTH: _("This month"),
    Range.LAST_MONTH: _("Last month"),
    Range.LAST_7_DAYS: _("Last 7 days"),
    Range.LAST_30_DAYS: _("Last 30 days"),
    Range.LAST_90_DAYS: _("Last 90 days"),
    Range.THIS_QUARTER: _("This quarter"),
    Range.THIS_YEAR: _("This fiscal year"),
    Range.LAST_12_MONTHS: _("Last 12 months"),
    Range.CUSTOM: _("Days of your own"),
}

COMPARE_NAMES: Final[dict[Compare, Promise]] = {
    Compare.PREVIOUS: _("The days before"),
    Compare.YEAR: _("The same days a year ago"),
    Compare.NONE: _("Nothing"),
}
