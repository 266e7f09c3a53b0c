"""Whether an organization's ledger and invoices say the same, at one instant."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from billing.models import Issuer
from billing.queries.invoice_check import InvoiceDifference, invoice_differences, missing_numbers
from usage.ledger_findings import Finding, FindingKind
from usage.progress import Days
from usage.queries.ledger_check import LedgerCheck, check_ledger
from usage.queries.snapshot import one_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksCheck:
    """One organization's ledger compared with itself, and its invoices with the ledger."""

    ledger: LedgerCheck
    invoices: tuple[InvoiceDifference, ...]

    @property
    def rows(self) -> int:
        return self.ledger.rows

    @property
    def differing(self) -> int:
        return self.ledger.differing + len(self.invoices)

    def findings(self, limit: int | None = None) -> Iterator[Finding]:
        """The differences that are described, or the first of them."""
        return islice(self._findings(), limit)

    def _findings(self) -> Iterator[Finding]:
        yield from self.ledger.findings()
        for difference in self.invoices:
            yield difference.finding()


def check_books(organization_id: int, *, days: Days | None = None, limit: int | None = 20) -> BooksCheck:
    """Compare an organization's ledger and invoices for some local days, by default all, under one snapshot.

    Right while events come in, months are closed and payments are recorded. ``limit``: as ``check_ledger``.
    """
    with one_snapshot():
        return BooksCheck(
            ledger=check_ledger(organization_id, days=days, limit=limit),
            invoices=tuple(invoice_differences(organization_id, days=days)),
        )


def missing_invoice_numbers() -> list[Finding]:
    """The numbers of all issuers that were given out and stand on no invoice."""
    with one_snapshot():
        return [
            Finding(
                relation="invoice number",
                key={"issuer_id": issuer_id, "number": number},
                kind=FindingKind.MISSING,
                columns={},
            )
            for issuer_id in Issuer.objects.order_by("pk").values_list("pk", flat=True)
            for number in missing_numbers(issuer_id)
        ]
