"""Proves keys = events = rollups = chats = receipts = invoices, and prints where that is not so."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.queries.books_check import BooksCheck, check_books, missing_invoice_numbers
from teams.models import Organization
from usage.ledger_findings import Finding
from usage.management.ranges import add_range_arguments, chosen_days, chosen_organizations
from usage.progress import Days
from usage.queries.ledger_check import RelationCheck


class Command(BaseCommand):
    help = _(
        "Compare keys, rollups, messages, chats, files and receipts with the events, and invoices with what "
        "they charge. Changes nothing. Exit code 1 when anything differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_range_arguments(parser)
        parser.add_argument(
            "--limit", type=int, help=_("How many differences to print per table. Without it: each.")
        )
        parser.add_argument("--json", action="store_true", help=_("Print one JSON object, for programs."))

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 1 when anything differs."""
        days, is_json = chosen_days(options), options["json"]
        organizations = chosen_organizations(options)
        checks = {}
        for number, organization in enumerate(organizations, start=1):
            if not is_json:
                self.stdout.write(f"[{number}/{len(organizations)}] {organization.slug} … ", ending="")
                self.stdout.flush()
            checks[organization] = check_books(organization.pk, days=days, limit=options["limit"])
            if not is_json:
                self._show(organization, checks[organization])
        numbers = missing_invoice_numbers()
        differing = sum(check.differing for check in checks.values()) + len(numbers)
        if is_json:
            self.stdout.write(json.dumps(_document(checks, numbers, days), indent=2, ensure_ascii=False))
        else:
            self._show_numbers(numbers)
        facts = {
            "organizations": len(checks),
            "rows": f"{sum(check.rows for check in checks.values()):,}",
            "differences": f"{differing:,}",
        }
        if differing:
            raise CommandError(
                _("Differences: %(differences)s. Rows compared: %(rows)s. Organizations: %(organizations)s.")
                % facts
            )
        if not is_json:
            said = _("No difference. Rows compared: %(rows)s. Organizations: %(organizations)s.") % facts
            self.stdout.write(self.style.SUCCESS(said))

    def _show(self, organization: Organization, check: BooksCheck) -> None:
        found = ngettext("%d difference", "%d differences", check.differing) % check.differing
        compared = ngettext("%d row compared", "%d rows compared", check.rows) % check.rows
        self.stdout.write(f"{compared}, {found}")
        for relation in check.ledger.relations:
            if relation.differing:
                self._show_relation(organization, relation)
        for difference in check.invoices:
            ids = f"organization_id={difference.organization_id} invoice_id={difference.invoice_id}"
            self.stdout.write(self.style.WARNING(f"  {organization.slug}, {ids} {difference}"))

    def _show_relation(self, organization: Organization, relation: RelationCheck) -> None:
        self.stdout.write(
            self.style.WARNING(
                _("  %(relation)s: %(differing)d of %(rows)d rows differ")
                % {"relation": relation.relation, "differing": relation.differing, "rows": relation.rows}
            )
        )
        for difference in relation.differences:
            finding = difference.finding(organization.pk)
            self.stdout.write(f"    {finding.where}: {finding.what}")
        hidden = relation.differing - len(relation.differences)
        if hidden > 0:
            self.stdout.write("    " + ngettext("… and %d more", "… and %d more", hidden) % hidden)

    def _show_numbers(self, numbers: list[Finding]) -> None:
        for finding in numbers:
            self.stdout.write(
                self.style.WARNING(_("  number %(number)s stands on no invoice") % dict(finding.key))
            )


def _document(
    checks: dict[Organization, BooksCheck], numbers: list[Finding], days: Days | None
) -> dict[str, Any]:
    return {
        "from": days and days.first.isoformat(),
        "to": days and days.last.isoformat(),
        "rows": sum(check.rows for check in checks.values()),
        "differences": sum(check.differing for check in checks.values()) + len(numbers),
        "organizations": [
            {
                "id": organization.pk,
                "organization": organization.slug,
                "relations": {
                    relation.relation: {"rows": relation.rows, "differences": relation.differing}
                    for relation in check.ledger.relations
                },
                "differences": [finding.as_json() for finding in check.findings()],
            }
            for organization, check in checks.items()
        ],
        "invoice_numbers": [finding.as_json() for finding in numbers],
    }
