"""A page of the admin that asks before it acts."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget


class DayInput(UnfoldAdminTextInputWidget):
    """A day, by the browser's own picker."""

    input_type = "date"


class ReasonForm(forms.Form):
    """What every act with consequences asks for; the reason stands in the audit history."""

    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


def find_entry(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> Any:
    """The entry that a page of ``model_admin`` is about; 404 when there is none."""
    entry = model_admin.get_object(request, object_id)
    if entry is None:
        raise Http404
    return entry


def entry_url(entry: Any) -> str:
    """The admin page of an entry."""
    return reverse(f"admin:{entry._meta.app_label}_{entry._meta.model_name}_change", args=(entry.pk,))


def ask(
    model_admin: ModelAdmin,
    request: HttpRequest,
    *,
    form: forms.Form,
    entry: Any = None,
    back_url: str = "",
    title: str,
    summary: str,
    submit_text: str,
    act: Callable[[dict[str, Any]], HttpResponse],
    is_dangerous: bool = False,
    in_transaction: bool = True,
) -> HttpResponse:
    """Show ``form``; once it is filled in well, ``act`` on it in a transaction and give its response.

    A ``ValidationError`` from ``act`` undoes it and is shown above the form. Cancelling leads to ``back_url``,
    or to the page of ``entry``. What has transactions of its own says ``in_transaction=False``.
    """
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic() if in_transaction else nullcontext():
                return act(form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
    context = model_admin.admin_site.each_context(request) | {
        "title": title,
        "summary": summary,
        "form": form,
        "media": model_admin.media + form.media,
        "opts": model_admin.opts,
        "submit_text": submit_text,
        "variant": "danger" if is_dangerous else "primary",
        "back_url": back_url or entry_url(entry),
    }
    return TemplateResponse(request, "teams/admin/form_page.html", context)
