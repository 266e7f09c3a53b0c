"""What the commands over the ledger have in common: which organizations and which days."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from teams.models import Organization
from usage.progress import Days

_EARLIEST: Final = date(1970, 1, 1)
_LATEST: Final = date(9999, 12, 1)


def add_range_arguments(parser: ArgumentParser) -> None:
    """``--organization``, ``--from`` and ``--to``."""
    parser.add_argument("--organization", metavar="SLUG", help=_("One organization only, by its short name."))
    parser.add_argument(
        "--from", dest="first", type=_day, metavar="DAY", help=_("First local day, YYYY-MM-DD.")
    )
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help=_("Last local day, YYYY-MM-DD."))


def chosen_days(options: Mapping[str, Any]) -> Days | None:
    """The days asked for; None when no end of the range was given."""
    if options["first"] is None and options["last"] is None:
        return None
    days = Days(options["first"] or _EARLIEST, options["last"] or _LATEST)
    if days.first > days.last:
        raise CommandError(_("The first day lies after the last."))
    return days


def chosen_organizations(options: Mapping[str, Any]) -> list[Organization]:
    """The organization asked for, or all of them in the order of their ids."""
    if not options["organization"]:
        return list(Organization.objects.order_by("id"))
    found = Organization.objects.filter(slug=options["organization"]).first()
    if found is None:
        raise CommandError(_("There is no organization “%s”.") % options["organization"])
    return [found]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(_("“%s” is not a day, such as 2026-11-30.") % text) from None
