"""What stands on an invoice, word for word: facts in, text in the reader's language out. Pure.

Words come from gettext in the language that is active; formats follow ``InvoiceFacts.language``.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from billing import paper_formats as formats
from billing.enums import InvoiceStatus
from billing.invoice_facts import InvoiceFacts, Party
from billing.paper_summary import PaymentRow, SummaryRow, notes, payment_rows, summary_rows
from billing.paper_usage import Split, UsageTable, splits, usage_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A fact with its name."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyBlock:
    """Issuer or buyer as an address."""

    name: str
    address: tuple[str, ...]
    facts: tuple[Labelled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The whole invoice as text. ``due`` and ``bank`` are empty where nothing is to be paid.

    ``running`` stands on top of every page but the first, ``legal`` and ``contact`` at the foot of each.
    """

    language: str
    currency: str
    title: str
    running: str
    legal: str
    contact: str
    author: str
    issued_on: str
    is_draft: bool
    is_voided: bool
    amount: Labelled
    due: Labelled | None
    issuer: PartyBlock
    buyer: PartyBlock
    facts: tuple[Labelled, ...]
    summary: tuple[SummaryRow, ...]
    bank: tuple[Labelled, ...]
    payments: tuple[PaymentRow, ...]
    usage: tuple[UsageTable, ...]
    splits: tuple[Split, ...]
    notes: tuple[str, ...]


def compose_paper(facts: InvoiceFacts) -> Paper:
    """Everything that stands on the invoice's paper; in a draft what is not known yet is left out."""
    tax_id = facts.issuer.tax_id and _("Tax id %(number)s") % {"number": facts.issuer.tax_id}
    return Paper(
        language=facts.language,
        currency=facts.currency,
        title=_title(facts),
        running=_dotted(facts.issuer.legal_name, _title(facts)),
        legal=_dotted(facts.issuer.legal_name, tax_id, facts.issuer.registration),
        contact=_dotted(facts.issuer.email, facts.issuer.website),
        author=facts.issuer.legal_name,
        issued_on=facts.issuing_date.isoformat() if facts.issuing_date else "",
        is_draft=facts.status == InvoiceStatus.DRAFT,
        is_voided=facts.status == InvoiceStatus.VOIDED,
        amount=amount_due(facts),
        due=_due(facts),
        issuer=_party(facts.issuer, facts),
        buyer=_party(facts.buyer, facts),
        facts=_facts(facts),
        summary=summary_rows(facts),
        bank=_bank(facts),
        payments=payment_rows(facts),
        usage=usage_tables(facts),
        splits=splits(facts),
        notes=notes(facts),
    )


def amount_due(facts: InvoiceFacts) -> Labelled:
    """What is still to be paid, and what to call it; what the buyer is owed stands as a credit."""
    left = facts.total - facts.paid_total
    label = _("Credit to your balance") if left < 0 else _("Amount due")
    return Labelled(
        label=label, value=formats.money(abs(left), currency=facts.currency, locale=facts.language)
    )


def is_to_pay(facts: InvoiceFacts) -> bool:
    """Whether money is still expected."""
    return facts.total > facts.paid_total


def _title(facts: InvoiceFacts) -> str:
    return _("Invoice %(number)s") % {"number": facts.number} if facts.number else _("Draft invoice")


def _due(facts: InvoiceFacts) -> Labelled | None:
    if not is_to_pay(facts):
        return None
    if facts.payment_due_date:
        day = formats.medium_date(facts.payment_due_date, locale=facts.language)
        return Labelled(label=_("Due on"), value=day)
    return Labelled(label=_("Due"), value=_("%(days)s days after issue") % {"days": facts.net_payment_term})


def _facts(facts: InvoiceFacts) -> tuple[Labelled, ...]:
    day = formats.medium_date(facts.issuing_date, locale=facts.language) if facts.issuing_date else ""
    return _known(
        (_("Invoice number"), facts.number),
        (_("Issued on"), day),
        (_("Service period"), formats.month_days(facts.period, locale=facts.language)),
        (_("Purchase order"), facts.buyer.purchase_order),
    )


def _party(party: Party, facts: InvoiceFacts) -> PartyBlock:
    land = formats.country(party.country, locale=facts.language) if party.country else ""
    return PartyBlock(
        name=party.legal_name,
        address=(*formats.lines_of(party.address), *((land,) if land else ())),
        facts=_known((_("Tax id"), party.tax_id)),
    )


def _bank(facts: InvoiceFacts) -> tuple[Labelled, ...]:
    if not (facts.issuer.iban and is_to_pay(facts)):
        return ()
    return _known(
        (_("Account holder"), facts.issuer.legal_name),
        (_("Bank"), facts.issuer.bank_name),
        (_("IBAN"), formats.account_number(facts.issuer.iban)),
        (_("BIC"), facts.issuer.bic),
        (_("Reference"), facts.number),
    )


def _dotted(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _known(*pairs: tuple[str, str]) -> tuple[Labelled, ...]:
    return tuple(Labelled(label=label, value=value) for label, value in pairs if value)
