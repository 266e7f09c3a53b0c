"""The pages that say why an event, a message, a chat or a line of an invoice costs what it costs."""

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.models import Plan
from billing.queries.invoices import find_invoice
from billing.queries.why_line import why_line
from teams.models import Organization
from teams.permissions import Access, may_see_invoices, usage_scope
from teams.queries.access import NotVisible, access_for
from teams.queries.organizations import time_zone_on
from usage.queries.why_cost import why_chat, why_event, why_message
from usage.why_cost import WhyCost

_PAGES: Final = {"call": "why-event", "message": "why-message", "chat": "why-chat"}


@login_required
@require_safe
def look_up(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks for the id of a call, message or chat, ``?kind=call&id=…``, and leads to why it costs what it costs."""
    access = access_for(user=request.user, organization_slug=slug)
    if usage_scope(access).is_nothing:
        raise NotVisible
    name, conversation_id = request.GET.get("id", "").strip(), request.GET.get("conversation_id", "").strip()
    page = _PAGES.get(request.GET.get("kind", ""))
    if page is None or not name:
        return render(request, "billing/why/look_up.html", _context(access))
    chat = f"?{urlencode({'conversation_id': conversation_id})}" if page == "why-message" else ""
    try:
        return redirect(reverse(page, args=[slug, name]) + chat)
    except NoReverseMatch as error:  # A line break in it: no path holds that.
        raise NotVisible from error


@login_required
@require_safe
def event_cost(request: HttpRequest, slug: str, transaction_id: str) -> HttpResponse:
    """Why the event of a client's id costs what it costs."""
    access = access_for(user=request.user, organization_slug=slug)
    found = why_event(access.organization_id, transaction_id, visible=usage_scope(access))
    return _page(request, access, found, title=_("Event"), name=transaction_id)


@login_required
@require_safe
def message_cost(request: HttpRequest, slug: str, message_id: str) -> HttpResponse:
    """The same for a message; ``?conversation_id=`` names its chat."""
    access = access_for(user=request.user, organization_slug=slug)
    found = why_message(
        access.organization_id,
        message_id,
        conversation_id=request.GET.get("conversation_id", ""),
        visible=usage_scope(access),
    )
    return _page(request, access, found, title=_("Message"), name=message_id)


@login_required
@require_safe
def chat_cost(request: HttpRequest, slug: str, conversation_id: str) -> HttpResponse:
    """The same for a chat."""
    access = access_for(user=request.user, organization_slug=slug)
    found = why_chat(access.organization_id, conversation_id, visible=usage_scope(access))
    return _page(request, access, found, title=_("Chat"), name=conversation_id)


@login_required
@require_safe
def line_cost(request: HttpRequest, slug: str, number: str, position: int) -> HttpResponse:
    """Why a line of an invoice comes to what it does."""
    access = access_for(user=request.user, organization_slug=slug)
    invoice = find_invoice(access.organization_id, number) if may_see_invoices(access) else None
    line = why_line(invoice, position) if invoice is not None else None
    if line is None:
        raise NotVisible
    context = _context(access) | {"line": line}
    return render(request, "billing/why/line.html", context)


def _page(
    request: HttpRequest, access: Access, found: WhyCost | None, *, title: str, name: str
) -> HttpResponse:
    if found is None:
        raise NotVisible
    context = _context(access) | {"found": found, "title": title, "name": name}
    return render(request, "billing/why/usage.html", context)


def _context(access: Access) -> dict[str, Any]:
    organization = Organization.objects.get(pk=access.organization_id)
    return {
        "organization": organization,
        "access": access,
        "time_zone": time_zone_on(organization.pk, timezone.now().date()),
        "currency": "USD",
        # A plan writes its key where its prices and rates come from; people know it by its name.
        "plan_names": {f"plan {code}": name for code, name in Plan.objects.values_list("code", "name")},
    }
