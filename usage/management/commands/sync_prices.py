"""Brings the price list up to date with the installed price package, after showing what would change."""

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from usage.enums import ChargeKind
from usage.price_catalogue import QUOTED_PER
from usage.price_diff import PriceChange, PriceDiff
from usage.price_table import InvalidTable, installed_table, read_table
from usage.queries.price_comparison import Disagreement, price_comparison
from usage.services.price_list import StalePriceDiff, apply_price_sync, preview_price_sync

_SHOWN = 200


class Command(BaseCommand):
    help = _("Compare the price list with the installed price package and apply what changed.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help=_("Apply without asking."))
        parser.add_argument("--dry-run", action="store_true", help=_("Show what would change and stop."))
        parser.add_argument(
            "--valid-from",
            metavar="INSTANT",
            help=_("From when changed prices are valid: 2026-12-01 or 2026-12-01T08:00+01:00. Default: now."),
        )
        parser.add_argument(
            "--withdraw-removed",
            action="store_true",
            help=_("Take the price of models that the package no longer lists."),
        )
        parser.add_argument(
            "--compare",
            metavar="FILE",
            help=_(
                "Compare our prices with another table and stop: the JSON file of the LiteLLM package, or “installed”."
            ),
        )
        parser.add_argument("--reason", default="", help=_("Why, for the audit history."))

    def handle(self, *args: Any, **options: Any) -> None:
        if options["compare"]:
            self._compare(options["compare"])
            return
        diff = preview_price_sync(
            valid_from=_instant(options["valid_from"]), withdraw_removed=options["withdraw_removed"]
        )
        self._show(diff)
        if diff.is_empty:
            self.stdout.write(_("Nothing has changed."))
            return
        if options["dry_run"]:
            self.stdout.write(_("Dry run: nothing was written."))
            return
        if not options["yes"] and not self._confirmed():
            self.stdout.write(_("Nothing was written."))
            return
        try:
            applied = apply_price_sync(diff=diff, reason=options["reason"])
        except StalePriceDiff as stale:
            raise CommandError(str(stale)) from stale
        self.stdout.write(
            self.style.SUCCESS(
                _("Price list version %(version)s: %(rows)s prices of %(models)s models written.")
                % {
                    "version": applied.version,
                    "rows": applied.price_rows,
                    "models": applied.models + len({change.model_id for change in diff.changed}),
                }
            )
        )

    def _compare(self, place: str) -> None:
        try:
            data = installed_table() if place == "installed" else Path(place).read_bytes()
            if data is None:
                raise CommandError(_("The package is not installed here: name a file."))
            found = price_comparison(read_table(data), at=timezone.now())
        except (OSError, InvalidTable) as error:
            raise CommandError(_("This is not such a price table: %(why)s.") % {"why": error}) from error
        self.stdout.write(
            _("%(models)d models that both name, %(prices)d prices, %(different)d of them different")
            % {
                "models": found.models,
                "prices": found.unit_prices,
                "different": len(found.disagreements),
            }
        )
        head = (_("model"), _("there"), _("kind"), _("above"), _("ours"), _("theirs"), _("ratio"))
        self._table(head, [_compared(entry) for entry in found.disagreements], shown=len(found.disagreements))

    def _confirmed(self) -> bool:
        try:
            answer = input(_("Apply these changes? Type yes: "))
        except EOFError:
            raise CommandError(_("Nobody is there to confirm; use --yes or --dry-run.")) from None
        return answer.strip().lower() in ("yes", _("yes"))

    def _show(self, diff: PriceDiff) -> None:
        counts = (
            (_("new models"), len(diff.new)),
            (_("changed prices"), len(diff.changed)),
            (_("of them jumps"), len(diff.jumps)),
            (_("no longer listed"), len(diff.removed)),
            (_("other titles or rules"), len(diff.renamed) + len(diff.providers)),
            (_("unchanged"), diff.unchanged),
        )
        self.stdout.write(diff.source)
        for label, count in counts:
            self.stdout.write(f"  {count:>6}  {label}")
        head = (_("model"), _("from"), _("kind"), _("above"), _("at, UTC"), _("old"), _("new"), "")
        self._table(head, [line for change in diff.changed for line in _lines(change)], shown=_SHOWN)
        for key in diff.removed:
            self.stdout.write(_("No longer listed: %(model)s") % {"model": _model(*key)})

    def _table(self, head: tuple[str, ...], lines: list[tuple[str, ...]], *, shown: int) -> None:
        if not lines:
            return
        rows = [head, *lines[:shown]]
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        hidden = len(lines) - shown
        if hidden > 0:
            self.stdout.write(ngettext("… and %d more line", "… and %d more lines", hidden) % hidden)


def _instant(text: str | None) -> datetime | None:
    """An instant from the command line; without an offset it is UTC."""
    if not text:
        return None
    try:
        instant = parse_datetime(text)
        if instant is None and (day := parse_date(text)):
            instant = datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        instant = None
    if instant is None:
        raise CommandError(_("“%s” is not a date or an instant, such as 2026-12-01T08:00+01:00.") % text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _model(provider_name: str, model_name: str, service_tier: str) -> str:
    model = f"{provider_name} / {model_name}"
    return f"{model}, {service_tier}" if service_tier else model


def _lines(change: PriceChange) -> Iterable[tuple[str, ...]]:
    model = _model(*change.key)
    valid_from = f"{change.valid_from:%Y-%m-%d %H:%M}" if change.valid_from else _("now")
    for unit_price in change.unit_prices:
        yield (
            model,
            valid_from,
            str(unit_price.kind.label),
            f"{unit_price.context_threshold:,}" if unit_price.context_threshold else "",
            unit_price.window.hours if unit_price.window else "",
            _quoted(unit_price.kind, unit_price.old),
            _quoted(unit_price.kind, unit_price.new),
            _("jump") if unit_price.is_jump else "",
        )


def _compared(entry: Disagreement) -> tuple[str, ...]:
    return (
        _model(entry.provider_name, entry.model_name, entry.service_tier),
        entry.their_name,
        str(entry.kind.label),
        f"{entry.context_threshold:,}" if entry.context_threshold else "",
        _quoted(entry.kind, entry.ours),
        _quoted(entry.kind, entry.theirs),
        f"{round(entry.ratio, 3).normalize():f}" if entry.ratio is not None else "–",
    )


def _quoted(kind: ChargeKind, unit_price: Decimal | None) -> str:
    """A unit price as people quote it: per million tokens, per minute of audio, per call."""
    if unit_price is None:
        return "–"
    units = QUOTED_PER[kind]
    return f"${(unit_price * units).normalize():f}{_UNIT_TEXT[units]}"


_UNIT_TEXT = {1: "", 60: "/min", 1_000_000: "/M"}
