"""Filters that only pages on invoices need; where a script sorts, ``value`` holds the number that it sorts by."""

from datetime import date
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from billing import paper_formats
from billing.line_words import charged_kind
from teams import formatting
from teams.templatetags.figures import reader_locale
from usage.enums import ChargeKind
from usage.templatetags.prices import quoted, unit_price

register = template.Library()

register.filter("unit_price", unit_price)
register.filter("quoted", quoted)


@register.filter
def full_day(value: date) -> SafeString:
    """A day with its year: ``Nov 16, 2026``."""
    written = paper_formats.medium_date(value, locale=reader_locale())
    return format_html('<data value="{}">{}</data>', f"{value:%Y%m%d}", written)


@register.filter
def billing_month(value: date) -> SafeString:
    """A month in words."""
    written = formatting.month(value, locale=reader_locale())
    return format_html('<data value="{}">{}</data>', f"{value:%Y%m}", written)


@register.filter
def named(source: str, names: dict[str, str]) -> str:
    """Where a price comes from, by the name that people know it by."""
    return gettext("plan %(name)s") % {"name": names[source]} if source in names else source


@register.filter
def charged(kind: ChargeKind, context_threshold: int) -> str:
    """What a row charges: a kind, and the context size above which its price holds."""
    return charged_kind(kind, context_threshold=context_threshold, locale=reader_locale())


@register.filter
def plain(value: Decimal) -> str:
    """A factor or an exchange rate without needless zeros."""
    return f"{value.normalize():f}"


@register.filter
def tax_rate(value: Decimal) -> str:
    """A rate that is given in per cent: ``19%``, ``8.1%``."""
    return paper_formats.percent(value, locale=reader_locale())
