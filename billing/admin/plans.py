"""What organizations pay: plans, whose terms stay once somebody has them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from billing.admin.audited import AuditedRowsAdmin
from billing.admin.invoice_values import written_money
from billing.admin.plan_prices import PlanPriceInline, PublishedPriceInline
from billing.admin.subscriptions import subscribe_url
from billing.models import Plan
from teams.admin.pages import find_entry
from teams.services.organizations import check_currency
from teams.templatetags.figures import count

_TERMS = ("currency", "base_fee", "included_tokens", "markup_factor")
_SHOWN = ("fee", "included", "markup")


class PlanForm(forms.ModelForm):
    class Meta:
        model = Plan
        fields = ("name", "code", *_TERMS, "is_active")

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        try:
            check_currency(code)
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from error
        return code


@admin.register(Plan)
class PlanAdmin(AuditedRowsAdmin):
    form = PlanForm
    list_display = ("name", "code", "fee", "included", "markup", "own_prices", "subscribers", "is_active")
    list_filter = ("is_active", "currency")
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}
    actions_detail = ("subscribe",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super()
            .get_queryset(request)
            .annotate(
                subscriber_count=Count(
                    "subscriptions", filter=Q(subscriptions__valid_until=None), distinct=True
                ),
                price_count=Count("prices", distinct=True),
            )
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        stays = _(
            "This plan has subscribers, so its terms stay. For other terms make another plan and subscribe them to it."
        )
        prices = _(
            "A factor of 1 is the list price, 1.2 adds 20 %, 0.9 takes 10 % off. It does not touch own prices."
        )
        return (
            (None, {"fields": ("name", "code", "is_active")}),
            (_("Terms"), {"fields": _SHOWN, "description": stays})
            if _is_taken(obj)
            else (_("Terms"), {"fields": _TERMS, "description": prices}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", *_SHOWN) if _is_taken(obj) else ()

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        return (PublishedPriceInline,) if _is_taken(obj) else (PlanPriceInline,)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else self.prepopulated_fields

    @display(description=gettext_lazy("base fee a month"), ordering="base_fee")
    def fee(self, plan: Plan) -> str:
        return written_money(plan.base_fee, plan.currency)

    @display(description=gettext_lazy("included tokens a month"), ordering="included_tokens")
    def included(self, plan: Plan) -> str:
        return count(plan.included_tokens)

    @display(description=gettext_lazy("factor on list prices"), ordering="markup_factor")
    def markup(self, plan: Plan) -> str:
        return f"× {plan.markup_factor.normalize():f}"

    @display(description=gettext_lazy("own prices"), ordering="price_count")
    def own_prices(self, plan: Any) -> int:
        return int(plan.price_count)

    @display(description=gettext_lazy("subscribers"), ordering="subscriber_count")
    def subscribers(self, plan: Any) -> int:
        return int(plan.subscriber_count)

    @action(
        description=gettext_lazy("Subscribe an organization"), url_path="subscribe", permissions=["change"]
    )
    def subscribe(self, request: HttpRequest, object_id: str) -> HttpResponse:
        plan = find_entry(self, request, object_id)
        if not plan.is_active:
            messages.warning(request, _("This plan is no longer offered."))
        return redirect(subscribe_url(plan=plan.pk))


def _is_taken(plan: Any) -> bool:
    return plan is not None and plan.subscriptions.exists()
