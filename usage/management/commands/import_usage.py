"""Brings a usage file into an organization: the same steps as in the admin, one after another."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from teams.formatting import money_exact
from teams.models import Organization
from teams.queries.organizations import time_zone_on
from usage.enums import FileImportStatus
from usage.imports.estimate import dollars
from usage.imports.findings import Findings, read_findings
from usage.imports.mapping import FieldMapping, suggest_mapping
from usage.imports.safe_csv import safe_csv
from usage.imports.unstored import unstored_table
from usage.models import FileImport
from usage.queries.file_imports import earlier_imports, file_format, saved_mapping, unstored_rows
from usage.services.file_import_run import run_import
from usage.services.file_imports import cancel_import, confirm_import, save_mapping, upload_file

_PIECE: Final = 1024 * 1024
_SHOWN: Final = 20
_PAUSE: Final = 0.5


class Command(BaseCommand):
    help = _(
        "Import a usage file (CSV or JSON lines, plain or gzipped). The same file again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=_("The file."))
        parser.add_argument(
            "--organization", required=True, metavar="SLUG", help=_("Whose usage it becomes.")
        )
        parser.add_argument(
            "--mapping",
            type=Path,
            metavar="JSON",
            help=_(
                "A file that says what the columns mean, such as "
                '{"columns": {"occurred_at": "Date"}, "constants": {"provider_name": "openai"}, '
                '"time_zone": "Europe/Berlin"}. Default: as for the last file with these columns, or by their names.'
            ),
        )
        parser.add_argument(
            "--dry-run", action="store_true", help=_("Say what it would do, and store nothing.")
        )
        parser.add_argument("--reason", default="import_usage", help=_("For the audit history."))
        parser.add_argument(
            "--unstored",
            type=Path,
            metavar="CSV",
            help=_("Where to write the rows that are not stored, with reasons."),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(_("There is no organization “%(slug)s”.") % {"slug": options["organization"]})
        try:
            job = upload_file(
                organization=organization, filename=options["file"].name, chunks=_pieces(options["file"])
            )
            self._check(job, options["mapping"])
            if not options["dry_run"]:
                self._store(job, options["reason"])
            if options["unstored"]:
                options["unstored"].write_text(
                    "".join(safe_csv(unstored_table(unstored_rows(job)))), encoding="utf-8", newline=""
                )
            if options["dry_run"]:
                cancel_import(job, reason=_("Dry run"))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def _check(self, job: FileImport, path: Path | None) -> None:
        for earlier in earlier_imports(job)[:1]:
            self.stdout.write(
                _(
                    "These very bytes were imported on %(day)s as %(name)s; storing them again changes nothing."
                )
                % {"day": earlier.stored_at.date().isoformat(), "name": earlier.filename}
            )
        save_mapping(job, _mapping(job, path))
        _work_off(job)
        self._report(read_findings(job.findings or {}))
        for row in unstored_rows(job, limit=_SHOWN):
            self.stderr.write(f"{job.filename}:{row.line}: {row.answer}: {row.field} {row.reason}")

    def _store(self, job: FileImport, reason: str) -> None:
        confirm_import(job, reason=reason)
        _work_off(job)
        self.stdout.write(self.style.SUCCESS(_("Stored: %(counts)s.") % {"counts": _counted(job.answers)}))
        if job.void_answers:
            self.stdout.write(_("Voids: %(counts)s.") % {"counts": _counted(job.void_answers)})

    def _report(self, found: Findings) -> None:
        self.stdout.write(
            _("%(rows)s rows: %(counts)s.") % {"rows": f"{found.rows:,}", "counts": _counted(found.answers)}
        )
        if found.void_answers:
            self.stdout.write(_("Voids: %(counts)s.") % {"counts": _counted(found.void_answers)})
        if found.opened_months:
            self.stdout.write(_("Months to open: %(months)s.") % {"months": ", ".join(found.opened_months)})
        self.stdout.write(
            _(
                "To be stored: %(input)s input tokens, %(output)s output tokens, %(cost)s; %(unpriced)s rows unpriced."
            )
            % {
                "input": f"{found.input_tokens:,}",
                "output": f"{found.output_tokens:,}",
                "cost": money_exact(dollars(found.contracted_cost), currency="USD", locale="en"),
                "unpriced": f"{found.unpriced_rows:,}",
            }
        )


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        raise CommandError(
            _("The file %(path)s cannot be read: %(reason)s")
            % {"path": path, "reason": error.strerror or error}
        ) from error


def _mapping(job: FileImport, path: Path | None) -> FieldMapping:
    """The mapping of a file, else the one that was saved, else the one that the names suggest."""
    columns = file_format(job).columns
    zone = time_zone_on(job.organization_id, timezone.now().date())
    if path is None:
        return saved_mapping(job.organization_id, columns) or suggest_mapping(columns, time_zone=zone)
    try:
        given = msgspec.json.decode(path.read_bytes())
        return msgspec.convert({"time_zone": zone} | given, FieldMapping)
    except (OSError, msgspec.MsgspecError, TypeError) as error:
        raise CommandError(
            _("The mapping %(path)s cannot be read: %(reason)s") % {"path": path, "reason": error}
        ) from error


def _work_off(job: FileImport) -> None:
    """Have the file checked or stored: by this process, or by the worker that was quicker."""
    while not run_import(job) and job.status in (FileImportStatus.CHECKING, FileImportStatus.STORING):
        time.sleep(_PAUSE)
        job.refresh_from_db()
    if job.status == FileImportStatus.FAILED:
        raise CommandError(job.error)
    if job.status in (FileImportStatus.CHECKING, FileImportStatus.STORING):
        raise CommandError(_("The import was interrupted; a worker goes on with it in some minutes."))


def _counted(answers: dict[str, int]) -> str:
    return (
        ", ".join(f"{count:,} {answer.replace('_', ' ')}" for answer, count in sorted(answers.items())) or "0"
    )
