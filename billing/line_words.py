"""What a line of an invoice charges, in words. Pure."""

from django.utils.translation import gettext as _

from billing import paper_formats as formats
from usage.enums import ChargeKind


def charged_kind(kind: ChargeKind, *, context_threshold: int, locale: str) -> str:
    """A kind, and from which context size on its price holds: ``Output, above 200,000 tokens``.

    ``context_threshold`` is 0 for the ordinary price, and on lines from before it was kept with them.
    """
    if not context_threshold:
        return str(kind.label)
    return _("%(kind)s, above %(tokens)s tokens") % {
        "kind": kind.label,
        "tokens": formats.decimal(context_threshold, locale=locale),
    }
