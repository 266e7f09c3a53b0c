"""A plan's own prices. People type them as they are quoted (per million tokens, per minute, per call); what is
stored is the price of one unit. The two never stand in the same field."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.functional import lazystr
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from billing.models import PlanPrice
from teams.admin.audited import ReadOnlyInline
from usage.admin.prices import quoted_price, quoted_unit
from usage.enums import ChargeKind
from usage.price_catalogue import QUOTED_PER, per_unit
from usage.pricing import KINDS

_STORED_DECIMALS: Final = 15


def quoted_name(kind: ChargeKind) -> str:
    """The form field of a kind's quoted price."""
    return f"quoted_{kind.value}"


class QuotedPriceField(forms.DecimalField):
    """US dollars for as many units as prices of a kind are quoted for."""

    def __init__(self, kind: ChargeKind) -> None:
        units = QUOTED_PER[kind]
        # A price per minute need not divide into seconds; one per million tokens does, and must not lose a digit.
        decimals = _STORED_DECIMALS - len(str(units)) + 1 if units != 60 else 12
        super().__init__(
            label=format_lazy("{}, {}", kind.label, lazystr(quoted_unit(kind))),
            required=False,
            min_value=Decimal(0),
            max_digits=20,
            decimal_places=decimals,
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        )


class PlanPriceForm(forms.ModelForm):
    class Meta:
        model = PlanPrice
        fields = ("model",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in KINDS:
            self.initial[quoted_name(kind)] = _quoted(getattr(self.instance, kind.value), kind)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not any(values.get(quoted_name(kind)) is not None for kind in KINDS) and not self.errors:
            # Beside a field, because a row's own errors have no place on the page.
            self.add_error(quoted_name(ChargeKind.INPUT), _("Name at least one price; 0 makes it free."))
        return values

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for kind in KINDS:
            quoted = self.cleaned_data.get(quoted_name(kind))
            unit_price = None if quoted is None else per_unit(quoted, units=QUOTED_PER[kind])
            setattr(self.instance, kind.value, unit_price)

    def audit_facts(self) -> dict[str, Any]:
        """Quoted prices before and after, under a name that says so."""
        return {
            f"{kind.value}, {quoted_unit(kind)}": {
                "before": self.initial.get(quoted_name(kind)),
                "after": self.cleaned_data.get(quoted_name(kind)),
            }
            for kind in KINDS
            if quoted_name(kind) in self.changed_data
        }


for _kind in KINDS:
    PlanPriceForm.base_fields[quoted_name(_kind)] = QuotedPriceField(_kind)
    PlanPriceForm.declared_fields[quoted_name(_kind)] = PlanPriceForm.base_fields[quoted_name(_kind)]


def _quoted(unit_price: Decimal | None, kind: ChargeKind) -> Decimal | None:
    """Without an exponent, as people would type it."""
    return None if unit_price is None else Decimal(f"{(unit_price * QUOTED_PER[kind]).normalize():f}")


_USUAL: Final = (ChargeKind.INPUT, ChargeKind.CACHE_READ, ChargeKind.OUTPUT)


class PlanPriceInline(StackedInline):
    model = PlanPrice
    form = PlanPriceForm
    extra = 0
    autocomplete_fields = ("model",)
    verbose_name = gettext_lazy("own price, US dollars")
    verbose_name_plural = gettext_lazy("own prices, US dollars")
    fieldsets = (
        (None, {"fields": ("model", tuple(quoted_name(kind) for kind in _USUAL))}),
        (
            gettext_lazy("Other kinds"),
            {
                "fields": tuple(quoted_name(kind) for kind in KINDS if kind not in _USUAL),
                "classes": ["collapse"],
                "description": gettext_lazy("Left empty, tokens are priced as plain ones and fees are none."),
            },
        ),
    )


def _column(kind: ChargeKind) -> Any:
    """The quoted price of a kind, with its unit beside it."""

    @display(description=kind.label)
    def shown(_inline: "PublishedPriceInline", price: PlanPrice) -> str:
        unit_price = getattr(price, kind.value)
        quoted = quoted_price(unit_price, kind=kind)
        return quoted if unit_price is None else f"{quoted} {quoted_unit(kind)}"

    return shown


class PublishedPriceInline(ReadOnlyInline):
    """Prices that were published to whoever has the plan: they stay."""

    model = PlanPrice
    verbose_name_plural = PlanPriceInline.verbose_name_plural
    # Not by the fields' own names: those hold the price of one unit.
    fields = ("model", *(quoted_name(kind) for kind in _USUAL), "others")
    readonly_fields = fields

    quoted_input = _column(ChargeKind.INPUT)
    quoted_cache_read = _column(ChargeKind.CACHE_READ)
    quoted_output = _column(ChargeKind.OUTPUT)

    @display(description=gettext_lazy("other kinds"))
    def others(self, price: PlanPrice) -> str:
        """All that is not usual, in words."""
        priced = [kind for kind in KINDS if kind not in _USUAL and getattr(price, kind.value) is not None]
        parts = (
            f"{kind.label}: {quoted_price(getattr(price, kind.value), kind=kind)} {quoted_unit(kind)}"
            for kind in priced
        )
        return "; ".join(parts) or "–"
