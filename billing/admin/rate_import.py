"""The page that brings exchange rates in: a file or the one of the library, seen as a difference first."""

from typing import Any, Final
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminFileFieldWidget

from billing.admin.invoice_values import figure, written_count
from billing.rate_file import RateFileFault
from billing.services.rate_import import (
    RateDiff,
    default_first_day,
    import_rates,
    in_words,
    packaged_rates,
    preview_rates,
)
from teams.admin.audited import actor_of
from teams.admin.pages import DayInput, ReasonForm

LARGEST: Final = 5_000_000
KEPT_SECONDS: Final = 1800
SHOWN: Final = 100
LIST: Final = "admin:billing_exchangerate_changelist"


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy(
            "eurofxref-hist.zip of the European Central Bank, or its csv file. Empty: the file that comes with "
            "the product."
        ),
    )
    since = forms.DateField(label=gettext_lazy("From day"), widget=DayInput)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None and file.size > LARGEST:
            raise ValidationError(_("The file is larger than 5 MB."))
        return file


def rate_import_page(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Choose a file, look at what it would change, and store it; what was looked at is kept for half an hour."""
    token = request.POST.get("token", "")
    if request.method == "POST" and token:
        return _confirmed(model_admin, request, token)
    today = timezone.now().date()
    form = FileForm(request.POST or None, request.FILES or None, initial={"since": default_first_day(today)})
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content = file.read() if file else packaged_rates()
        since = form.cleaned_data["since"]
        try:
            diff = preview_rates(content, since=since)
        except RateFileFault as fault:
            form.add_error("file", str(fault))
        else:
            token = uuid4().hex
            cache.set(_key(token), (content, since), KEPT_SECONDS)
            return _render(model_admin, request, form=ReasonForm(), token=token, **_shown(diff))
    return _render(model_admin, request, form=form)


def _confirmed(model_admin: ModelAdmin, request: HttpRequest, token: str) -> HttpResponse:
    kept = cache.get(_key(token))
    if kept is None:
        messages.warning(request, _("This was looked at too long ago. Choose the file again."))
        return redirect(request.path)
    content, since = kept
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _render(
            model_admin, request, form=form, token=token, **_shown(preview_rates(content, since=since))
        )
    diff = import_rates(content, since=since, actor=actor_of(request), reason=form.cleaned_data["reason"])
    cache.delete(_key(token))
    messages.success(request, _("Stored: %(counts)s.") % {"counts": in_words(diff, written=written_count)})
    return redirect(reverse(LIST))


def _key(token: str) -> str:
    return f"rate-import:{token[:32]}"


def _shown(diff: RateDiff) -> dict[str, Any]:
    changes = [(change, _("Changed")) for change in diff.changed]
    changes += [(change, _("Kept: a month was fixed at it")) for change in diff.kept]
    rows = [
        [
            change.now.currency,
            change.now.rate_date.isoformat(),
            figure(f"{change.stands.units_per_usd.normalize():f}"),
            figure(f"{change.now.units_per_usd.normalize():f}"),
            word,
        ]
        for change, word in changes[:SHOWN]
    ]
    return {
        "diff": diff,
        "words": in_words(diff, written=written_count),
        "hidden": len(changes) - len(rows),
        "table": {
            "headers": [_("Currency"), _("Day"), _("Stands"), _("In the file"), _("What happens")],
            "rows": rows,
        },
    }


def _render(model_admin: ModelAdmin, request: HttpRequest, **context: Any) -> HttpResponse:
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Import exchange rates"),
        "opts": model_admin.opts,
        "list_url": reverse(LIST),
        **context,
    }
    return TemplateResponse(request, "admin/billing/rate_import.html", context)
