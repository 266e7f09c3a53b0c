"""The guided month close: blockers → preview and close → finalize → send, for one organization or for many.

Every step first says what it is about to do, with counts and sums, and can be done again.
"""

from collections.abc import Iterable
from datetime import date
from math import ceil
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.admin.month_close_page import board_context, last_month
from billing.admin.month_close_result import result_context
from billing.admin.month_close_step_page import step_context
from billing.enums import CloseStage, CloseStep
from billing.queries.close_board import CloseRow, PreviewRow, close_rows, previews, rows_at, stage_sums
from billing.services.close_run import run_step
from teams.admin.audited import actor_of
from teams.models import Organization
from usage.admin.ledger import MonthInput

PER_PAGE: Final = 50
AT_ONCE: Final = 50
"""Organizations that one confirmation is about: as many as people can look over."""
SECONDS: Final = 20
"""How long one answer may take; what is left is gone on with by another click."""

STAGE_OF: Final = {
    CloseStep.CLOSE: CloseStage.OPEN,
    CloseStep.FINALIZE: CloseStage.DRAFT,
    CloseStep.SEND: CloseStage.FINALIZED,
}
"""Where organizations stand that a step is for."""


class MonthForm(forms.Form):
    month = forms.DateField(
        label=gettext_lazy("Billing month"), required=False, input_formats=["%Y-%m"], widget=MonthInput
    )


def month_close(request: HttpRequest) -> HttpResponse:
    """The board of one month: ``?month=2026-10``, ``?stage=open``, ``?page=2``."""
    _check(request)
    month = _month(request.GET.get("month", ""))
    stages: list[str] = CloseStage.values
    stage = CloseStage(request.GET["stage"]) if request.GET.get("stage") in stages else None
    sums = stage_sums(month)
    count = sums[stage].count if stage else sum(found.count for found in sums.values())
    pages = max(ceil(count / PER_PAGE), 1)
    page = min(max(_number(request.GET.get("page", "")) or 1, 1), pages)
    rows = close_rows(month, stage=stage, limit=PER_PAGE, offset=(page - 1) * PER_PAGE, now=timezone.now())
    context = board_context(period=month, stage=stage, sums=sums, rows=rows)
    form = MonthForm(initial={"month": f"{month:%Y-%m}"})
    return _render(request, "month_close.html", form=form, page=page, pages=pages, **context)


def close_step(request: HttpRequest, step: str) -> HttpResponse:
    """What a step would do (GET), and doing it (POST), for one organization or the next ones of a stage."""
    _check(request)
    if step not in CloseStep.values:
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    month = _month(asked.get("month", ""))
    ids = [found for text in asked.getlist("organization") if (found := _number(text))][:AT_ONCE]
    if request.method == "POST":
        return _run(request, CloseStep(step), month, ids)
    return _confirm(request, CloseStep(step), month, ids)


def _confirm(request: HttpRequest, step: CloseStep, month: date, ids: list[int]) -> HttpResponse:
    stage = STAGE_OF[step]
    after = Organization.objects.filter(pk=_number(request.GET.get("after", ""))).first()
    rows = rows_at(month, stage, limit=AT_ONCE, among=ids or None, after=after)
    looked: Iterable[CloseRow | PreviewRow] = rows
    if step is CloseStep.CLOSE:
        looked = previews([row.organization for row in rows], month, now=timezone.now())
    more = stage_sums(month)[stage].count - len(rows) if not ids else 0
    context = step_context(step=step, period=month, rows=list(looked), more=more)
    return _render(request, "month_close_step.html", **context)


def _run(request: HttpRequest, step: CloseStep, month: date, ids: list[int]) -> HttpResponse:
    organizations = list(Organization.objects.filter(pk__in=ids, twin_of=None).order_by("name", "pk"))
    run = run_step(
        step=step, organizations=organizations, period=month, actor=actor_of(request), seconds=SECONDS
    )
    context = result_context(step=step, period=month, run=run, stage_of=STAGE_OF, sums=stage_sums(month))
    return _render(request, "month_close_result.html", **context)


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("billing.change_invoice"):
        raise PermissionDenied


def _month(written: str) -> date:
    """The month that is asked for; without one, the last that is over."""
    form = MonthForm({"month": written})
    asked: date | None = form.cleaned_data["month"] if form.is_valid() else None
    return asked or last_month()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _render(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": _("Month close")} | context
    return TemplateResponse(request, f"admin/billing/{template}", context)
