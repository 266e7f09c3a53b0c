"""Filters for prices; where a script sorts, ``value`` holds the number that it sorts by."""

from decimal import Decimal
from typing import Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from teams import formatting
from teams.templatetags.figures import reader_locale
from usage.enums import ChargeKind
from usage.price_catalogue import QUOTED_PER

register = template.Library()

_QUOTES: Final = {1: _("per call"), 60: _("per minute"), 1_000_000: _("per million tokens")}
_COUNTED_IN: Final = {
    1: ngettext_lazy("call", "calls"),
    60: ngettext_lazy("second", "seconds"),
    1_000_000: ngettext_lazy("token", "tokens"),
}
_DIGITS: Final = 4


@register.filter
def unit_price(value: Decimal, currency: str) -> SafeString:
    """A price with every decimal that it has."""
    written = formatting.money_exact(value, currency=currency, locale=reader_locale())
    return format_html('<data value="{}">{}</data>', value, written)


@register.filter
def quoted(value: Decimal, kind: ChargeKind) -> SafeString:
    """A price of one unit, in US dollars, as it is quoted: ``$2.50 per million tokens``."""
    return _quote(value * QUOTED_PER[kind], value, kind)


@register.filter
def quoted_mean(value: Decimal, kind: ChargeKind) -> SafeString:
    """The same of a mean, which may have decimals without end: to four digits."""
    price = value * QUOTED_PER[kind]
    places = max(_DIGITS - price.adjusted() - 1, 2) if price else 2
    return _quote(round(price, min(places, 15)), value, kind)


@register.filter
def counted_in(quantity: int, kind: ChargeKind) -> str:
    """What a quantity of a kind is: tokens, seconds or calls."""
    return str(_COUNTED_IN[QUOTED_PER[kind]] % quantity)


def _quote(price: Decimal, value: Decimal, kind: ChargeKind) -> SafeString:
    written = formatting.money_exact(price.normalize(), currency="USD", locale=reader_locale())
    quote = _QUOTES[QUOTED_PER[kind]]
    return format_html('<data value="{}">{}</data> <span class="quiet">{}</span>', value, written, quote)
