"""Models whose usage has no price, and the form that gives a model one."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from teams.admin.audited import actor_of
from teams.admin.pages import DayInput, ReasonForm, ask
from usage.admin.prices import quoted_unit
from usage.enums import ChargeKind
from usage.models import LlmModel, Price
from usage.price_catalogue import ALWAYS, QUOTED_PER
from usage.pricing import KINDS
from usage.queries.unpriced import unpriced_models
from usage.services.unpriced_price import give_price

START: Final = "admin:usage_rerating_start"
LIST: Final = "admin:usage_rerating_changelist"


def start_url(model: LlmModel) -> str:
    """Where the re-rating of a model begins."""
    return f"{reverse(START)}?model={model.pk}"


def unpriced_page(request: HttpRequest) -> HttpResponse:
    """Every model with unpriced usage, the most tokens first."""
    _check(request, "usage.view_price")
    context = admin.site.each_context(request) | {
        "title": _("Usage without a price"),
        "rows": unpriced_models(),
        "can_price": request.user.has_perm("usage.add_price"),
        "reratings_url": reverse(LIST),
        "models_url": reverse("admin:usage_llmmodel_changelist"),
    }
    return TemplateResponse(request, "usage/admin/unpriced.html", context)


class PriceForm(ReasonForm):
    """Prices as they are quoted; the fields are those of ``KINDS``, in their order."""

    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy(
            "The day by UTC; calls from before it have no price. Empty: it was always valid."
        ),
    )
    field_order = (*(kind.value for kind in KINDS), "valid_from", "reason")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for kind in KINDS:
            self.fields[kind.value] = forms.DecimalField(
                label=format_lazy("{}, {}", kind.label, quoted_unit(kind)),
                required=False,
                min_value=Decimal(0),
                max_digits=18,
                decimal_places=9,
                widget=UnfoldAdminDecimalFieldWidget,
            )
        self.order_fields(self.field_order)

    def quoted(self) -> dict[ChargeKind, Decimal]:
        return {kind: found for kind in KINDS if (found := self.cleaned_data.get(kind.value)) is not None}


def price_page(request: HttpRequest, model_id: int) -> HttpResponse:
    """Give one model a price, filled in with what it cost last; then on to the preview of re-rating its usage."""
    _check(request, "usage.add_price")
    model = get_object_or_404(LlmModel, pk=model_id)
    form = PriceForm(request.POST or None, initial=_latest(model))

    def act(values: dict[str, Any]) -> HttpResponse:
        day = values["valid_from"]
        valid_from = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else ALWAYS
        give_price(
            model=model,
            quoted=form.quoted(),
            valid_from=valid_from,
            reason=values["reason"],
            actor=actor_of(request),
        )
        messages.success(request, _("The price stands. What comes in from now on is priced by it."))
        return redirect(start_url(model))

    return ask(
        admin.site.get_model_admin(Price),
        request,
        form=form,
        title=_("Give %(model)s a price") % {"model": f"{model.provider_name}/{model.name}"},
        summary=_(
            "In US dollars, for everyone and the ordinary tier. An empty price falls back as the price list "
            "says: cached input to input, reasoning to output. From its day on it stands for all of the model's "
            "ordinary prices, those of long contexts and of hours of the day too. What is stored stays as it is: "
            "the next page previews what re-rating it would change."
        ),
        submit_text=_("Add this price"),
        back_url=reverse("unpriced"),
        act=act,
    )


def _latest(model: LlmModel) -> dict[str, Decimal]:
    prices = Price.objects.filter(
        model=model, organization=None, service_tier="", context_threshold=0, window_end=0
    )
    price = prices.filter(is_withdrawn=False).order_by("-valid_from").first()
    if price is None:
        return {}
    stored = {kind: getattr(price, kind.value) for kind in KINDS}
    return {
        kind.value: (unit_price * QUOTED_PER[kind]).normalize() + 0
        for kind, unit_price in stored.items()
        if unit_price is not None
    }


def _check(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
