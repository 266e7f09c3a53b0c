"""What finance staff do with an invoice. Each act says first what will happen; the services keep the history."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from billing.admin.invoice_values import open_amount, today, written_day, written_money
from billing.enums import InvoiceStatus
from billing.models import Invoice
from billing.queries.billing_contacts import invoice_recipients
from billing.rounding import rounded, smallest
from billing.services.invoice_mail import send_invoice
from billing.services.invoice_paper import PDF, pdf_filename, preview_invoice_pdf, render_invoice_pdf
from billing.services.invoices import discard_draft, finalize_invoice, void_invoice
from billing.services.payments import record_payment
from teams.admin.audited import actor_of
from teams.admin.pages import DayInput, ReasonForm, ask, entry_url, find_entry
from teams.queries.documents import read_document
from teams.templatetags.figures import month


class PaymentForm(forms.Form):
    """Money that came in; a negative amount is money that went back."""

    amount = forms.DecimalField(label=gettext_lazy("Amount"), max_digits=24, decimal_places=4)
    paid_on = forms.DateField(label=gettext_lazy("Paid on"), widget=DayInput)
    method = forms.CharField(
        label=gettext_lazy("Method"),
        max_length=40,
        initial="bank transfer",
        widget=UnfoldAdminTextInputWidget,
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy(
            "As it stands on the bank statement. The same reference is not recorded twice."
        ),
    )

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].widget = UnfoldAdminDecimalFieldWidget(
            attrs={"step": str(smallest(invoice.currency)), "inputmode": "decimal"}
        )
        self.fields["amount"].initial = rounded(max(open_amount(invoice), Decimal(0)), invoice.currency)
        self.fields["amount"].label = _("Amount, %(currency)s") % {"currency": invoice.currency}
        self.today = today(invoice.issuer.time_zone)
        self.fields["paid_on"].initial = self.today
        self.fields["amount"].help_text = _("Negative for a refund.")

    def clean_paid_on(self) -> date:
        day: date = self.cleaned_data["paid_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day is yet to come."))
        return day


class InvoiceActions:
    """The buttons of an invoice's page. Which ones stand there follows from its status."""

    actions_detail = ("pdf", "finalize", "send", "pay", "void", "discard")

    def _stands(self, request: HttpRequest, object_id: str | None, *statuses: InvoiceStatus) -> bool:
        if not request.user.has_perm("billing.change_invoice"):
            return False
        return object_id is None or Invoice.objects.filter(pk=object_id, status__in=statuses).exists()

    def has_draft_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether this is a draft that can go on or go away."""
        return self._stands(request, object_id, InvoiceStatus.DRAFT)

    def has_finalized_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether this is in force: sent, paid, voided."""
        return self._stands(request, object_id, InvoiceStatus.FINALIZED)

    def has_paper_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether there is something to show as a PDF: always."""
        return self._stands(request, object_id, *InvoiceStatus)

    @action(description=gettext_lazy("PDF"), url_path="pdf", permissions=["paper"], icon="picture_as_pdf")
    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The PDF: kept from when it is first asked for; a draft's is made anew. ``?download=1`` saves it."""
        invoice = find_entry(self, request, object_id)
        if invoice.status == InvoiceStatus.DRAFT:
            content, filename = preview_invoice_pdf(invoice), pdf_filename(invoice)
        else:
            document = read_document(invoice.pdf_id or render_invoice_pdf(invoice).pk)
            content, filename = document.content, document.filename
        return HttpResponse(
            content,
            content_type=PDF,
            headers={
                "Content-Disposition": content_disposition_header("download" in request.GET, filename),
                "Cache-Control": "private, no-store",
            },
        )

    @action(
        description=gettext_lazy("Finalize"),
        url_path="finalize",
        permissions=["draft"],
        variant=ActionVariant.PRIMARY,
    )
    def finalize(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invoice = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            done = finalize_invoice(invoice_id=invoice.pk, actor=actor_of(request))
            messages.success(
                request,
                _("Invoice %(number)s is finalized; it is due on %(day)s.")
                % {"number": done.number, "day": written_day(done.payment_due_date)},
            )
            return redirect(entry_url(invoice))

        return ask(
            self,
            request,
            entry=invoice,
            form=forms.Form(request.POST or None),
            title=_("Finalize the draft of %(month)s for %(name)s") % _named(invoice),
            summary=ngettext(
                "%(lines)d line, %(total)s. It gets the next number of %(issuer)s and stays as it is for good.",
                "%(lines)d lines, %(total)s. It gets the next number of %(issuer)s and stays as it is for good.",
                invoice.lines.count(),
            )
            % (_named(invoice) | {"lines": invoice.lines.count(), "issuer": invoice.issuer}),
            submit_text=_("Finalize"),
            act=act,
        )

    @action(
        description=gettext_lazy("Send"), url_path="send", permissions=["finalized"], icon="forward_to_inbox"
    )
    def send(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invoice = find_entry(self, request, object_id)
        recipients = invoice_recipients(invoice.organization_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            send_invoice(invoice_id=invoice.pk, actor=actor_of(request), again=invoice.sent_at is not None)
            messages.success(request, _("The invoice goes out within seconds."))
            return redirect(entry_url(invoice))

        return ask(
            self,
            request,
            entry=invoice,
            form=forms.Form(request.POST or None),
            title=(_("Send %(number)s again") if invoice.sent_at else _("Send %(number)s")) % _named(invoice),
            summary=_("It goes as an e-mail with the PDF to: %(recipients)s.")
            % {"recipients": ", ".join(recipients) or _("nobody yet")},
            submit_text=_("Send"),
            act=act,
        )

    @action(
        description=gettext_lazy("Record payment"),
        url_path="payment",
        permissions=["finalized"],
        icon="payments",
    )
    def pay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invoice = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            payment = record_payment(invoice_id=invoice.pk, **values, actor=actor_of(request))
            messages.success(
                request,
                _("%(amount)s recorded.") % {"amount": written_money(payment.amount, payment.currency)},
            )
            return redirect(entry_url(invoice))

        return ask(
            self,
            request,
            entry=invoice,
            form=PaymentForm(request.POST or None, invoice=invoice),
            title=_("Record a payment of %(number)s") % _named(invoice),
            summary=_(
                "%(paid)s of %(total)s is paid, %(open)s is open. A recorded payment stays; a mistake is recorded back."
            )
            % (
                _named(invoice)
                | {
                    "paid": written_money(invoice.paid_total, invoice.currency),
                    "open": written_money(open_amount(invoice), invoice.currency),
                }
            ),
            submit_text=_("Record payment"),
            act=act,
        )

    @action(description=gettext_lazy("Void"), url_path="void", permissions=["finalized"])
    def void(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invoice = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            void_invoice(invoice_id=invoice.pk, reason=values["reason"], actor=actor_of(request))
            messages.success(request, _("Invoice %(number)s is void.") % _named(invoice))
            return redirect(entry_url(invoice))

        return ask(
            self,
            request,
            entry=invoice,
            form=ReasonForm(request.POST or None),
            title=_("Void %(number)s") % _named(invoice),
            summary=_(
                "%(total)s is no longer asked for. The number stays taken, and what the invoice charged is charged "
                "anew when %(month)s is closed again. Credit that it used goes back to the balance. Nobody is told by "
                "e-mail."
            )
            % _named(invoice),
            submit_text=_("Void the invoice"),
            act=act,
            is_dangerous=True,
        )

    @action(description=gettext_lazy("Discard draft"), url_path="discard", permissions=["draft"])
    def discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invoice = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            discard_draft(invoice_id=invoice.pk, actor=actor_of(request))
            messages.success(request, _("The draft is gone. Closing the month drafts it anew."))
            return redirect("admin:billing_invoice_changelist")

        return ask(
            self,
            request,
            entry=invoice,
            form=forms.Form(request.POST or None),
            title=_("Discard the draft of %(month)s for %(name)s") % _named(invoice),
            summary=_(
                "The draft of %(total)s is deleted. No usage is lost: closing the month again drafts it anew, with "
                "what has come in since."
            )
            % _named(invoice),
            submit_text=_("Discard the draft"),
            act=act,
            is_dangerous=True,
        )


def _named(invoice: Invoice) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "name": invoice.organization,
        "month": month(invoice.period),
        "total": written_money(invoice.total, invoice.currency),
    }
