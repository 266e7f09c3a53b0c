"""Names of the lines that breakdowns are made of."""

from django import template
from django.utils.translation import gettext, ngettext

from usage.enums import RowKind
from usage.figures import Row

register = template.Library()


@register.filter
def row_title(row: Row) -> str:
    """What a breakdown's line is called."""
    if row.kind is RowKind.OTHER:
        return ngettext("%(count)s other", "%(count)s others", row.entries) % {"count": row.entries}
    if row.kind is RowKind.UNATTRIBUTED:
        return gettext("Unattributed")
    return row.name or row.external_id


@register.filter
def is_rest(row: Row) -> bool:
    """Whether the line stands for no single entry."""
    return row.kind is not RowKind.NAMED
