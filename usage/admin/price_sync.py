"""The installed package's prices beside ours: looked at, ticked, approved."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from teams.admin.audited import actor_of
from teams.admin.pages import ReasonForm
from usage.admin.price_sync_page import RESULT, SYNC, SyncForm, key_of, page_context, sync_url
from usage.price_catalogue import ModelKey
from usage.price_diff import PriceDiff
from usage.price_review import EntryState, matching, price_entries
from usage.queries.price_list import applied_sync
from usage.services.price_list import (
    PastPriceChange,
    StalePriceDiff,
    approve_price_sync,
    preview_price_sync,
)


def sync_page(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """The difference, by state, provider and name; a POST approves a part of what was seen."""
    asked = request.POST if request.method == "POST" else request.GET
    form = SyncForm(asked)
    is_valid = form.is_valid()
    valid_from = form.cleaned_data.get("valid_from")
    diff = preview_price_sync(valid_from=valid_from, withdraw_removed=True)
    reason = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and is_valid and reason.is_valid():
        response = _approve(request, form=form, diff=diff, reason=reason.cleaned_data["reason"])
        if response is not None:
            return response
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Compare with the package"),
        "opts": model_admin.opts,
        "media": model_admin.media + form.media,
        "form": form,
        "reason": reason,
        "list_url": reverse("admin:usage_price_changelist"),
        **page_context(diff, form, asked),
    }
    return TemplateResponse(request, "usage/admin/price_sync.html", context)


def _approve(request: HttpRequest, *, form: SyncForm, diff: PriceDiff, reason: str) -> HttpResponse | None:
    """Approve what was asked for and lead to what became of it; None, with a message, where there is nothing."""
    asked = request.POST
    chosen = _chosen(asked, form=form, diff=diff)
    names = bool(asked.get("names"))
    if not chosen and not names:
        messages.warning(request, _("Tick the models that you mean first."))
        return None
    try:
        applied = approve_price_sync(
            seen=asked.get("seen", ""),
            chosen=chosen,
            names=names,
            valid_from=form.cleaned_data["valid_from"],
            actor=actor_of(request),
            reason=reason,
        )
    except (StalePriceDiff, PastPriceChange) as error:
        messages.error(request, str(error))
        return redirect(sync_url(form))
    return redirect(reverse(RESULT, args=(applied.version,)))


def _chosen(asked: QueryDict, *, form: SyncForm, diff: PriceDiff) -> frozenset[ModelKey]:
    """Those ticked; with "all" also those that the filter names, apart from what is marked or withdrawn."""
    chosen = {key for text in asked.getlist("chosen") if (key := key_of(text))}
    if asked.get("act") == "all":
        chosen |= {
            entry.key
            for entry in matching(price_entries(diff), **form.which())
            if not entry.is_marked and entry.state != EntryState.REMOVED
        }
    return frozenset(chosen)


def result_page(model_admin: ModelAdmin, request: HttpRequest, *, version: int) -> HttpResponse:
    """What an approval wrote, from the audit history."""
    entry = applied_sync(version)
    if entry is None:
        raise Http404
    facts: dict[str, Any] = entry.facts
    counts = (
        (_("New models and tiers"), facts.get("new_models", 0)),
        (_("Changed prices"), facts.get("changed_prices", 0)),
        (_("Of them jumps"), facts.get("jumps", 0)),
        (_("Price rows written"), facts.get("price_rows", 0)),
    )
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Price list version %(version)s") % {"version": version},
        "opts": model_admin.opts,
        "media": model_admin.media,
        "entry": entry,
        "counts": counts,
        "valid_from": facts.get("valid_from", ""),
        "changed": facts.get("changed_models", []),
        "sync_url": reverse(SYNC),
        "list_url": reverse("admin:usage_price_changelist"),
    }
    return TemplateResponse(request, "usage/admin/price_synced.html", context)
