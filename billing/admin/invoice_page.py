"""What the page of one invoice shows: everything that stands on the paper, and what leads to it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.admin.invoice_values import (
    ABSENT,
    figure,
    is_overdue,
    open_amount,
    written_day,
    written_money,
    written_payment,
    written_status,
)
from billing.enums import ChargeCategory, LineKind, ShareDimension
from billing.line_words import charged_kind
from billing.models import BillingAccount, CreditEntry, Invoice, InvoiceLine, InvoiceShare
from teams.admin.pages import entry_url
from teams.templatetags.figures import count, month, reader_locale
from usage.admin.ledger_values import instant_text, written_cost
from usage.admin.prices import quoted_price, quoted_unit
from usage.enums import ChargeKind


def invoice_context(invoice: Invoice) -> dict[str, Any]:
    """What the template shows."""
    return {
        "title": invoice.number or _("Draft"),
        "invoice": invoice,
        "heading": _("%(organization)s, %(month)s")
        % {"organization": invoice.organization, "month": month(invoice.period)},
        "organization_url": entry_url(invoice.organization),
        "status": written_status(invoice),
        "payment": written_payment(invoice),
        "is_overdue": is_overdue(invoice),
        "total": written_money(invoice.total, invoice.currency),
        "open": written_money(open_amount(invoice), invoice.currency),
        "parties": _parties(invoice),
        "facts": _facts(invoice),
        "lines": {"headers": _line_headers(invoice), "rows": _line_rows(invoice)},
        "shares": _shares(invoice),
        "payments": {"headers": _payment_headers(), "rows": _payment_rows(invoice)},
        "credits": {
            "headers": [_("Recorded"), _("Reason"), _("Amount")],
            "rows": [_credit_row(entry) for entry in invoice.credit_entries.order_by("id")],
        },
    }


def _parties(invoice: Invoice) -> list[tuple[str, list[str]]]:
    """Who sells and who buys: as it stood when the invoice was finalized, for a draft as it stands now."""
    parties = invoice.parties or _parties_now(invoice)
    return [
        (title, _party(parties.get(side, {}))) for side, title in (("issuer", _("From")), ("buyer", _("To")))
    ]


def _party(party: dict[str, Any]) -> list[str]:
    country = Locale.parse(reader_locale()).territories.get(
        party.get("country", ""), party.get("country", "")
    )
    address = [str(value) for value in (party.get("legal_name"), party.get("address"), country) if value]
    labels = {
        "tax_id": _("Tax id"),
        "registration": _("Registration"),
        "email": _("E-mail"),
        "iban": _("IBAN or account number"),
        "bic": "BIC",
        "purchase_order": _("Purchase order"),
    }
    return address + [f"{label}: {party[name]}" for name, label in labels.items() if party.get(name)]


def _parties_now(invoice: Invoice) -> dict[str, dict[str, Any]]:
    account = BillingAccount.objects.filter(organization=invoice.organization_id).first()
    return {"issuer": vars(invoice.issuer), "buyer": vars(account) if account else {}}


def _facts(invoice: Invoice) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [
        (_("Issued"), written_day(invoice.issuing_date)),
        (_("Due"), written_day(invoice.payment_due_date)),
        (_("Days to pay"), invoice.net_payment_term),
        (_("Language"), invoice.language),
        (_("Time zone"), invoice.time_zone),
        (_("Drafted"), instant_text(invoice.created_at)),
    ]
    if invoice.currency != "USD":
        rate = f"{invoice.units_per_usd.normalize():f} {invoice.currency}"
        facts.append((_("One US dollar"), rate))
    for label, moment in (
        (_("Finalized"), invoice.finalized_at),
        (_("Sent"), invoice.sent_at),
        (_("Voided"), invoice.voided_at),
    ):
        if moment is not None:
            facts.append((label, instant_text(moment)))
    if invoice.void_reason:
        facts.append((_("Reason for voiding"), invoice.void_reason))
    closes = invoice.closes.order_by("period", "close_number").values_list("period", "close_number")
    facts.append((_("Closes"), ", ".join(f"{period:%Y-%m} #{number}" for period, number in closes) or ABSENT))
    if invoice.lines_digest:
        digest = format_html('<code class="billing-digest">{}</code>', invoice.lines_digest)
        facts.append((_("Digest of the lines"), digest))
    return facts


def _line_headers(invoice: Invoice) -> list[str]:
    return [
        "#",
        _("What for"),
        _("Service month"),
        _("Quantity"),
        _("Unit price, USD"),
        _("Cost, USD"),
        _("Tax"),
        _("Amount, %(currency)s") % {"currency": invoice.currency},
        _("Events"),
    ]


def _line_rows(invoice: Invoice) -> list[list[Any]]:
    closes: dict[Any, list[int]] = {}
    for period, number in invoice.closes.order_by("close_number").values_list("period", "close_number"):
        closes.setdefault(period, []).append(number)
    return [
        [
            line.position,
            line_title(line),
            format_html('<span class="billing-line">{}</span>', month(line.service_period)),
            figure(count(line.quantity) if line.kind != LineKind.BASE_FEE else ABSENT),
            figure(_unit_price(line)),
            figure(
                written_cost(line.cost) if line.cost is not None and line.unit_price is not None else ABSENT
            ),
            figure(f"{line.tax_rate.normalize():f} %"),
            figure(written_money(line.amount, invoice.currency)),
            _events_link(invoice, line, closes.get(line.service_period, [])),
        ]
        for line in invoice.lines.order_by("position")
    ]


def line_title(line: InvoiceLine) -> str:
    """What a line charges, in words."""
    if line.kind != LineKind.USAGE:
        title = line.get_kind_display()
        return f"{title}: {line.description}" if line.description else title
    name = line.model_name or line.description
    words = [f"{name} ({line.service_tier})" if line.service_tier else name, _of(line)]
    if line.charge_category == ChargeCategory.ADJUSTMENT:
        words.append(_("came late"))
    return ", ".join(word for word in words if word)


def _of(line: InvoiceLine) -> str:
    if not line.charge_kind:
        return ""
    kind = ChargeKind(line.charge_kind)
    return charged_kind(kind, context_threshold=line.context_threshold, locale=reader_locale())


def _unit_price(line: InvoiceLine) -> str:
    if line.kind != LineKind.USAGE:
        return ABSENT
    if line.unit_price is None:
        return _("unpriced")
    kind = ChargeKind(line.charge_kind)
    return f"{quoted_price(line.unit_price, kind=kind)} {quoted_unit(kind)}"


def _events_link(invoice: Invoice, line: InvoiceLine, closes: Iterable[int]) -> SafeString | str:
    """Leads to the very events of a line (of its model, prices, kind and closes) and, once issued, to why it is so."""
    if line.kind != LineKind.USAGE:
        return ""
    chosen = {
        "organization": invoice.organization_id,
        "month": f"{line.service_period:%Y-%m}",
        "model": line.model_id,
        "price": line.price_id,
        "rate": line.rate_id,
        "kind": line.charge_kind,
        "closes": ",".join(map(str, closes)),
    }
    url = f"{reverse('admin:usage_usageevent_changelist')}?{urlencode(chosen)}"
    events = format_html('<a class="billing-link" href="{}">{}</a>', url, _("Events"))
    if not invoice.number:
        return events
    why = reverse("why-line", args=(invoice.organization.slug, invoice.number, line.position))
    return format_html('{} <a class="billing-link" href="{}">{}</a>', events, why, _("Why"))


def _shares(invoice: Invoice) -> list[tuple[str, dict[str, Any]]]:
    """The usage by feature and by department; each adds up to what usage comes to."""
    found: dict[str, list[InvoiceShare]] = {}
    for share in invoice.shares.order_by("dimension", "position"):
        found.setdefault(share.dimension, []).append(share)
    titles = {
        ShareDimension.FEATURE: _("Usage by feature"),
        ShareDimension.DEPARTMENT: _("Usage by department"),
    }
    headers = [_("Name"), _("Cost, USD"), _("Amount, %(currency)s") % {"currency": invoice.currency}]
    return [
        (titles[dimension], {"headers": headers, "rows": _share_rows(invoice, found[dimension])})
        for dimension in ShareDimension
        if dimension in found
    ]


def _share_rows(invoice: Invoice, shares: list[InvoiceShare]) -> list[list[Any]]:
    total = sum((share.amount for share in shares), Decimal(0))
    rows = [
        [
            share.name or _("Unattributed"),
            figure(written_cost(share.cost)),
            figure(written_money(share.amount, invoice.currency)),
        ]
        for share in shares
    ]
    return [*rows, [_("Total"), "", figure(written_money(total, invoice.currency))]]


def _payment_headers() -> list[str]:
    return [_("Paid on"), _("Method"), _("Reference"), _("Recorded by"), _("Amount")]


def _payment_rows(invoice: Invoice) -> list[list[Any]]:
    return [
        [
            written_day(payment.paid_on),
            payment.method,
            payment.reference or ABSENT,
            str(payment.recorded_by or _("System")),
            figure(written_money(payment.amount, payment.currency)),
        ]
        for payment in invoice.payments.select_related("recorded_by").order_by("paid_on", "id")
    ]


def _credit_row(entry: CreditEntry) -> list[Any]:
    return [
        instant_text(entry.recorded_at),
        entry.reason,
        figure(written_money(entry.amount, entry.currency)),
    ]
