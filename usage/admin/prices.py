"""The price list in the admin: read only, because prices change by comparing lists, never row by row."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import action, display

from teams.formatting import count
from usage.admin.price_compare import compare_page
from usage.admin.price_quotes import (
    QUOTES,
    quoted_price,
    quoted_unit,
    reader_locale_name,
    written_hours,
    written_start,
)
from usage.admin.price_sync import result_page, sync_page
from usage.enums import ChargeKind
from usage.models import LlmModel, LlmProvider, Price
from usage.price_catalogue import QUOTED_PER
from usage.price_windows import DailyWindow
from usage.pricing import KINDS

__all__ = ["LlmModelAdmin", "LlmProviderAdmin", "PriceAdmin", "ReadOnlyAdmin", "quoted_price", "quoted_unit"]


def _quoted_column(kind: ChargeKind, *, heading: Any = None) -> Any:
    """A read-only field that shows the price of one kind as it is quoted, and says so in its heading."""

    @display(description=heading or format_lazy("{}, {}", kind.label, QUOTES[QUOTED_PER[kind]]))
    def shown(_admin: "PriceAdmin", price: Price) -> str:
        return quoted_price(getattr(price, kind.value), kind=kind)

    return shown


class ReadOnlyAdmin(ModelAdmin):
    """Shows rows and changes none."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LlmProvider)
class LlmProviderAdmin(ReadOnlyAdmin):
    list_display = ("title", "name", "other_names", "models")
    search_fields = ("name", "title")
    fields = ("name", "title", "aliases", "name_match", "model_match", "fallback_providers")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LlmProvider]:
        its_models = LlmModel.objects.filter(provider_name=OuterRef("name")).order_by()
        counted = its_models.values("provider_name").annotate(models=Count("id")).values("models")
        return super().get_queryset(request).annotate(model_count=Coalesce(Subquery(counted), 0))

    @display(description=_("other spellings"))
    def other_names(self, provider: LlmProvider) -> str:
        return ", ".join(provider.aliases) or "–"

    @display(description=_("models"), ordering="model_count")
    def models(self, provider: Any) -> int:
        return int(provider.model_count)


class PricedFilter(admin.SimpleListFilter):
    """Models with and without a price of any date."""

    title = _("has a price")
    parameter_name = "priced"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No: its usage is unpriced"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LlmModel]) -> QuerySet[LlmModel]:
        if self.value() not in ("yes", "no"):
            return queryset
        priced = Price.objects.filter(is_withdrawn=False).values("model_id")
        condition = Q(id__in=priced)
        return queryset.filter(condition if self.value() == "yes" else ~condition)


@admin.register(LlmModel)
class LlmModelAdmin(ReadOnlyAdmin):
    list_display = ("name", "title", "provider_name", "context_window", "is_placeholder", "first_seen_at")
    list_filter = (PricedFilter, "is_placeholder", "provider_name")
    search_fields = ("name", "title", "provider_name")
    actions_detail = ("rerate",)
    fields = (
        "provider_name",
        "name",
        "title",
        "context_window",
        "match",
        "is_placeholder",
        "first_seen_at",
    )

    def has_rerate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether stored usage may be priced anew."""
        return bool(request.user.has_perm("usage.add_rerating"))

    @action(description=_("Re-rate its usage"), url_path="rerate", permissions=["rerate"])
    def rerate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(f"{reverse('admin:usage_rerating_start')}?model={object_id}")


@admin.register(Price)
class PriceAdmin(ReadOnlyAdmin):
    """Every price column says what it is the price of; the stored one, of a single unit, is not shown."""

    list_display = (
        "model_name",
        "applies_to",
        "above",
        "short_input",
        "short_cache_read",
        "short_output",
        "in_force_by_source",
    )
    list_display_links = ("model_name",)
    list_filter = (
        ("valid_from", RangeDateTimeFilter),
        "service_tier",
        "is_withdrawn",
        "source",
        "model__provider_name",
    )
    list_filter_submit = True
    list_select_related = ("model", "organization")
    search_fields = ("model__name", "model__title", "model__provider_name", "source")
    ordering = ("model__provider_name", "model__name", "service_tier", "-valid_from", "context_threshold")
    list_per_page = 50

    actions_list = ("to_sync", "to_compare")

    short_input = _quoted_column(ChargeKind.INPUT, heading=_("input / million"))
    short_cache_read = _quoted_column(ChargeKind.CACHE_READ, heading=_("cached / million"))
    short_output = _quoted_column(ChargeKind.OUTPUT, heading=_("output / million"))

    quoted_input = _quoted_column(ChargeKind.INPUT)
    quoted_cache_read = _quoted_column(ChargeKind.CACHE_READ)
    quoted_cache_write_5m = _quoted_column(ChargeKind.CACHE_WRITE_5M)
    quoted_cache_write_1h = _quoted_column(ChargeKind.CACHE_WRITE_1H)
    quoted_audio_input = _quoted_column(ChargeKind.AUDIO_INPUT)
    quoted_image_input = _quoted_column(ChargeKind.IMAGE_INPUT)
    quoted_output = _quoted_column(ChargeKind.OUTPUT)
    quoted_reasoning = _quoted_column(ChargeKind.REASONING)
    quoted_audio_output = _quoted_column(ChargeKind.AUDIO_OUTPUT)
    quoted_audio_second = _quoted_column(ChargeKind.AUDIO_SECOND)
    quoted_web_search = _quoted_column(ChargeKind.WEB_SEARCH)
    quoted_code_run = _quoted_column(ChargeKind.CODE_RUN)
    quoted_call = _quoted_column(ChargeKind.CALL)

    _quoted = tuple(f"quoted_{kind.value}" for kind in KINDS)
    _described = (
        "model",
        "provider",
        "applies_to",
        "above",
        "context_counts_cache_reads",
        "in_force",
        "source",
        "created_at",
    )
    readonly_fields = (*_described, *_quoted)
    fieldsets = (
        (None, {"fields": _described}),
        (
            _("Prices in US dollars"),
            {
                "fields": _quoted,
                "description": _(
                    "A dash means that the list is silent: tokens are then priced as plain ones."
                ),
            },
        ),
    )

    def has_approve_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether prices may be changed: all finance staff may."""
        return bool(request.user.has_perm("usage.change_price"))

    def get_urls(self) -> list[URLPattern]:
        pages = (("sync/", "sync", sync_page), ("compare/", "compare", compare_page))
        return [
            *(path(url, self._page(page), name=f"usage_price_{name}") for url, name, page in pages),
            path("sync/<int:version>/", self._page(result_page), name="usage_price_synced"),
            *super().get_urls(),
        ]

    def _page(self, page: Any) -> Any:
        def guarded(request: HttpRequest, **parts: Any) -> HttpResponse:
            if not self.has_approve_permission(request):
                raise PermissionDenied
            response: HttpResponse = page(self, request, **parts)
            return response

        return self.admin_site.admin_view(guarded)

    @action(description=_("Compare with the package"), url_path="to-sync", permissions=["approve"])
    def to_sync(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:usage_price_sync")

    @action(description=_("Compare with another table"), url_path="to-compare", permissions=["approve"])
    def to_compare(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:usage_price_compare")

    @display(description=_("model"), ordering="model__name", header=True)
    def model_name(self, price: Price) -> list[str]:
        return [price.model.title or price.model.name, price.model.provider_name]

    @display(description=_("provider"), ordering="model__provider_name")
    def provider(self, price: Price) -> str:
        return price.model.provider_name

    @display(description=_("applies to"), ordering="service_tier")
    def applies_to(self, price: Price) -> str:
        tier = price.service_tier or gettext("standard")
        if price.window_end:
            tier = gettext("%(tier)s, %(hours)s") % {
                "tier": tier,
                "hours": written_hours(
                    DailyWindow(start=price.window_start, end=price.window_end, weekdays=price.window_days)
                ),
            }
        if price.organization is None:
            return tier
        return gettext("%(tier)s, %(organization)s only") % {"tier": tier, "organization": price.organization}

    @display(description=_("in force from"), ordering="valid_from")
    def in_force(self, price: Price) -> str:
        start = written_start(price.valid_from)
        return gettext("withdrawn from %s") % start if price.is_withdrawn else start

    @display(description=_("in force from, by source"), ordering="valid_from", header=True)
    def in_force_by_source(self, price: Price) -> list[str]:
        # The page that a price was noted from stands on the price's own page.
        return [self.in_force(price), price.source.partition(" from https://")[0]]

    @display(description=_("above input"), ordering="context_threshold")
    def above(self, price: Price) -> str:
        return count(price.context_threshold, locale=reader_locale_name()) if price.context_threshold else "–"
