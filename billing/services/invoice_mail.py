"""Sends invoices by e-mail."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from billing import paper_formats as formats
from billing.enums import InvoiceStatus
from billing.invoice_facts import InvoiceFacts
from billing.invoice_paper import amount_due, is_to_pay
from billing.models import Invoice
from billing.queries.billing_contacts import invoice_recipients
from billing.queries.invoice_paper import invoice_facts
from billing.services.invoice_paper import render_invoice_pdf
from teams.formatting import short_day
from teams.models import OutboxMessage, User
from teams.services.audit import record_audit
from teams.services.mail import RenderedMail, render_mail
from teams.services.outbox import queue_email


def send_invoice(*, invoice_id: int, actor: User | None = None, again: bool = False) -> list[OutboxMessage]:
    """Queue a finalized invoice's e-mail, its PDF attached, to everyone who receives the organization's invoices.

    Renders and stores the PDF if that was not done yet. Each address gets it once, however often this is called,
    unless ``again`` says to send it once more. Gives what was queued. Raises ``ValidationError`` for a draft or
    voided invoice, and when nobody would receive it.
    """
    invoice = Invoice.objects.select_related("organization", "pdf").get(pk=invoice_id)
    _check_may_be_sent(invoice)
    recipients = invoice_recipients(invoice.organization_id)
    if not recipients:
        raise ValidationError(_("There is no billing contact, and no owner with an e-mail address."))
    document = render_invoice_pdf(invoice)
    mail = render_invoice_mail(invoice)
    with transaction.atomic():
        # Voiding takes the same lock: what is void is not sent any more.
        locked = Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk)
        _check_may_be_sent(locked)
        queued = [
            queue_email(
                to=address,
                kind="invoice.finalized",
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                organization=invoice.organization,
                documents=[document],
                reference=f"invoice:{invoice.pk}",
                dedupe_key=None if again else f"invoice:{invoice.pk}:{address.lower()}",
            )
            for address in recipients
        ]
        messages = [message for message in queued if message is not None]
        if messages:
            _note_sent(locked, messages, actor=actor)
    return messages


def render_invoice_mail(invoice: Invoice) -> RenderedMail:
    """The e-mail that goes out with an invoice, in the invoice's language."""
    facts = invoice_facts(invoice)
    return render_mail(
        template="invoice",
        context=_context(facts) | {"slug": invoice.organization.slug},
        language=facts.language,
        time_zone=invoice.time_zone,
    )


def _check_may_be_sent(invoice: Invoice) -> None:
    if invoice.status != InvoiceStatus.FINALIZED:
        raise ValidationError(_("Only a finalized invoice can be sent."))


def _note_sent(invoice: Invoice, messages: list[OutboxMessage], *, actor: User | None) -> None:
    if invoice.sent_at is None:
        invoice.sent_at = timezone.now()
        invoice.save(update_fields=["sent_at"])
    record_audit(
        action="invoice.sent",
        subject=invoice,
        actor=actor,
        organization=invoice.organization,
        facts={"to": [message.recipient for message in messages]},
    )


def _context(facts: InvoiceFacts) -> dict[str, Any]:
    with translation.override(facts.language):
        amount = amount_due(facts)
        due = facts.payment_due_date if is_to_pay(facts) else None
        details = [
            (_("Invoice"), facts.number),
            (_("Month"), formats.month(facts.period, locale=facts.language)),
        ]
        if due:
            details.append((_("Due on"), formats.medium_date(due, locale=facts.language)))
        if facts.buyer.purchase_order:
            details.append((_("Purchase order"), facts.buyer.purchase_order))
    return {
        "number": facts.number,
        "issuer": facts.issuer.legal_name,
        "buyer": facts.buyer.legal_name,
        "month": formats.month(facts.period, locale=facts.language),
        "amount": amount.value,
        "amount_label": amount.label,
        "due_short": short_day(due, locale=facts.language) if due else "",
        "is_paid": facts.total == facts.paid_total,
        "is_credit": facts.total < facts.paid_total,
        "details": details,
    }
