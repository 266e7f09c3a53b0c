"""Our prices beside another table's: shows, changes nothing."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminFileFieldWidget

from teams.formatting import count
from usage.admin.price_quotes import QUOTES, quoted_price, reader_locale_name
from usage.price_catalogue import QUOTED_PER
from usage.price_table import MAX_BYTES, InvalidTable, installed_table, read_table
from usage.queries.price_comparison import Comparison, Disagreement, price_comparison

_SHOWN: Final = 500


class TableForm(forms.Form):
    """A file with another price list, or none for that of the installed package."""

    file = forms.FileField(
        label=gettext_lazy("Price table"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".json"}),
        help_text=gettext_lazy(
            "model_prices_and_context_window_backup.json of the LiteLLM package, up to 20 MB. Without a file the "
            "installed package's, if there is one."
        ),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        file = values.get("file")
        if file is not None and file.size > MAX_BYTES:
            raise ValidationError(_("The file is larger than 20 MB."))
        data = installed_table() if file is None else file.read()
        if data is None:
            raise ValidationError(_("The package is not installed here: give a file."))
        try:
            values["table"] = read_table(data)
        except InvalidTable as error:
            raise ValidationError(_("This is not such a price table: %(why)s.") % {"why": error}) from error
        return values


def compare_page(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Ask for the table; then show where it differs from our prices of now."""
    form = TableForm(request.POST, request.FILES) if request.method == "POST" else TableForm()
    found: Comparison | None = None
    if request.method == "POST" and form.is_valid():
        found = price_comparison(form.cleaned_data["table"], at=timezone.now())
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Compare with another table"),
        "opts": model_admin.opts,
        "media": model_admin.media + form.media,
        "form": form,
        "list_url": reverse("admin:usage_price_changelist"),
        **(_result(found) if found else {}),
    }
    return TemplateResponse(request, "usage/admin/price_compare.html", context)


def _result(found: Comparison) -> dict[str, Any]:
    disagreements = found.disagreements
    return {
        "found": found,
        "counts": [
            (_("Models that both name"), _number(found.models)),
            (_("Prices compared"), _number(found.unit_prices)),
            (_("Of these different"), _number(len(disagreements))),
        ],
        "rows": [_row(entry) for entry in disagreements[:_SHOWN]],
        "hidden_rows": _number(len(disagreements) - _SHOWN) if len(disagreements) > _SHOWN else "",
    }


def _row(entry: Disagreement) -> dict[str, Any]:
    where = [
        entry.service_tier,
        _("above %(tokens)s") % {"tokens": _number(entry.context_threshold)}
        if entry.context_threshold
        else "",
    ]
    difference = entry.theirs - entry.ours if entry.ours is not None else None
    return {
        "model": entry.model_name,
        "provider": entry.provider_name,
        "their_name": entry.their_name,
        "kind": ", ".join(filter(None, [str(entry.kind.label), *where])),
        "unit": QUOTES[QUOTED_PER[entry.kind]],
        "ours": quoted_price(entry.ours, kind=entry.kind),
        "theirs": quoted_price(entry.theirs, kind=entry.kind),
        "difference": quoted_price(difference, kind=entry.kind),
        "ratio": _ratio(entry.ratio),
    }


def _ratio(ratio: Decimal | None) -> str:
    return f"× {round(ratio, 3).normalize():f}" if ratio is not None else "–"


def _number(value: int) -> str:
    return count(value, locale=reader_locale_name())
