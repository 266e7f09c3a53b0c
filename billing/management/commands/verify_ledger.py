"""Proves keys = events = rollups = chats = receipts = invoices, and prints where that is not so."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Issuer
from billing.queries.invoice_check import invoice_differences, missing_numbers
from teams.models import Organization
from usage.management.ranges import add_range_arguments, chosen_days, chosen_organizations
from usage.progress import Days
from usage.queries.ledger_check import Difference, LedgerCheck, RelationCheck, check_ledger


class Command(BaseCommand):
    help = _(
        "Compare keys, rollups, messages, chats, files and receipts with the events, and invoices with what "
        "they charge. Changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_range_arguments(parser)
        parser.add_argument(
            "--limit", type=int, default=20, help=_("How many differences to print per table. Default: 20.")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 1 when anything differs."""
        days = chosen_days(options)
        organizations = chosen_organizations(options)
        checks = [
            self._check(organization, number, len(organizations), days, options["limit"])
            for number, organization in enumerate(organizations, start=1)
        ]
        invoices = sum(self._check_invoices(organization) for organization in organizations)
        invoices += self._check_numbers()
        differing = sum(check.differing for check in checks) + invoices
        rows = sum(check.rows for check in checks)
        facts = {"organizations": len(checks), "rows": f"{rows:,}", "differences": f"{differing:,}"}
        if differing:
            raise CommandError(
                _("Differences: %(differences)s. Rows compared: %(rows)s. Organizations: %(organizations)s.")
                % facts
            )
        self.stdout.write(
            self.style.SUCCESS(
                _("No difference. Rows compared: %(rows)s. Organizations: %(organizations)s.") % facts
            )
        )

    def _check(
        self, organization: Organization, number: int, count: int, days: Days | None, limit: int
    ) -> LedgerCheck:
        self.stdout.write(f"[{number}/{count}] {organization.slug} … ", ending="")
        self.stdout.flush()
        check = check_ledger(organization.pk, days=days, limit=limit)
        found = ngettext("%d difference", "%d differences", check.differing) % check.differing
        compared = ngettext("%d row compared", "%d rows compared", check.rows) % check.rows
        self.stdout.write(f"{compared}, {found}")
        for relation in check.relations:
            if relation.differing:
                self._show(relation)
        return check

    def _check_invoices(self, organization: Organization) -> int:
        """How many facts about an organization's invoices do not hold; each is printed. Ranges do not matter here."""
        found = list(invoice_differences(organization.pk))
        for difference in found:
            self.stdout.write(self.style.WARNING(f"  {organization.slug}, {difference}"))
        return len(found)

    def _check_numbers(self) -> int:
        """How many numbers were given out that stand on no invoice."""
        missing = [
            number for issuer in Issuer.objects.order_by("pk") for number in missing_numbers(issuer.pk)
        ]
        for number in missing:
            self.stdout.write(self.style.WARNING(_("  number %s stands on no invoice") % number))
        return len(missing)

    def _show(self, relation: RelationCheck) -> None:
        self.stdout.write(
            self.style.WARNING(
                _("  %(relation)s: %(differing)d of %(rows)d rows differ")
                % {"relation": relation.relation, "differing": relation.differing, "rows": relation.rows}
            )
        )
        for difference in relation.differences:
            self.stdout.write(f"    {_key_text(difference)}: {_what(difference)}")
        hidden = relation.differing - len(relation.differences)
        if hidden > 0:
            self.stdout.write("    " + ngettext("… and %d more", "… and %d more", hidden) % hidden)


def _key_text(difference: Difference) -> str:
    return " ".join(f"{name}={_text(value)}" for name, value in difference.key.items())


def _what(difference: Difference) -> str:
    if difference.is_stray:
        return _("stands without events")
    if difference.is_missing:
        return _("is missing")
    return "; ".join(
        _("%(column)s is %(found)s, the events say %(expected)s")
        % {"column": item.column, "found": _text(item.found), "expected": _text(item.expected)}
        for item in difference.discrepancies
    )


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else repr(value) if value == "" else str(value)
