"""Imports a public trace of model calls into an organization."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from teams.management.progress import ProgressBar
from teams.models import Organization
from teams.queries.organizations import time_zone_on
from usage.enums import Answer
from usage.services.trace_import import TraceImport, TraceOptions, import_trace
from usage.traces import TraceError, TraceFormat

_AUTO: Final = "auto"
_LONGEST_LABEL: Final = 100


class Command(BaseCommand):
    help = _("Import a trace of model calls (Azure CSV or Mooncake JSON lines, gzipped or plain).")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=_("The trace."))
        parser.add_argument(
            "--organization", required=True, metavar="SLUG", help=_("Whose usage it becomes.")
        )
        parser.add_argument(
            "--provider", type=_label, default="openai", help=_("Who ran the model. Default: openai.")
        )
        parser.add_argument(
            "--model", type=_label, default="gpt-4o", help=_("The model that answered. Default: gpt-4o.")
        )
        parser.add_argument(
            "--feature", type=_label, default="chat", help=_("What it was used for. Default: chat.")
        )
        parser.add_argument(
            "--start",
            type=_moment,
            metavar="INSTANT",
            help=_(
                "Shift the trace so that it begins then: 2026-11-02T08:00, in the organization's time zone "
                "unless one is given. Default: its own dates; a trace without dates ends now."
            ),
        )
        parser.add_argument(
            "--members", type=_count, default=0, metavar="N", help=_("Spread the requests over N members.")
        )
        parser.add_argument(
            "--format",
            choices=[_AUTO, *TraceFormat],
            default=_AUTO,
            help=_("Default: what the first line says."),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(_("There is no organization “%(slug)s”.") % {"slug": options["organization"]})
        chosen = TraceOptions(
            provider_name=options["provider"],
            model=options["model"],
            feature=options["feature"],
            start=_placed(options["start"], organization),
            members=options["members"],
        )
        try:
            with ProgressBar(
                name=options["file"].name, unit=_("requests"), shown=options["verbosity"] > 0
            ) as bar:
                result = import_trace(
                    organization_id=organization.pk,
                    path=options["file"],
                    options=chosen,
                    trace_format=None if options["format"] == _AUTO else TraceFormat(options["format"]),
                    progress=bar,
                )
        except TraceError as error:
            raise CommandError(str(error)) from error
        self._report(result, organization)

    def _report(self, result: TraceImport, organization: Organization) -> None:
        survey, answers = result.survey, result.answers
        self.stdout.write(
            _(
                "%(requests)s requests from %(start)s: %(input)s input tokens, of them %(cached)s cached, "
                "and %(output)s output tokens."
            )
            % {
                "requests": f"{survey.requests:,}",
                "start": f"{result.starts_at:%Y-%m-%d %H:%M:%S %Z}",
                "input": f"{survey.input_tokens:,}",
                "cached": f"{survey.cache_read_input_tokens:,}",
                "output": f"{survey.output_tokens:,}",
            }
        )
        self.stdout.write(
            self.style.SUCCESS(
                _(
                    "%(organization)s: %(stored)s stored, %(duplicate)s stored before, "
                    "%(quarantined)s in quarantine."
                )
                % {
                    "organization": organization,
                    "stored": f"{answers[Answer.STORED]:,}",
                    "duplicate": f"{answers[Answer.DUPLICATE]:,}",
                    "quarantined": f"{answers[Answer.QUARANTINED]:,}",
                }
            )
        )


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(
            _("“%(text)s” is not a moment such as 2026-11-02T08:00.") % {"text": text}
        ) from error


def _label(text: str) -> str:
    if not text.isprintable() or not 0 < len(text) <= _LONGEST_LABEL:
        raise ArgumentTypeError(
            _("A name has 1 to %(most)s printable characters.") % {"most": _LONGEST_LABEL}
        )
    return text


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 10_000:
        raise ArgumentTypeError(_("“%(text)s” is not a number up to 10,000.") % {"text": text})
    return int(text)


def _placed(moment: datetime | None, organization: Organization) -> datetime | None:
    """The instant that was meant; without a zone, where the organization is."""
    if moment is None or moment.tzinfo is not None:
        return moment
    day: date = moment.date()
    return moment.replace(tzinfo=ZoneInfo(time_zone_on(organization.pk, day))).astimezone(UTC)
