"""Template tags and filters that write figures the way ``teams.formatting`` says, in the reader's language.

What a short form leaves out stands in its ``title``, and the plain number in ``value``, where scripts sort by it.
"""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, gettext_lazy, to_locale

from teams import formatting
from teams.formatting import Direction
from teams.templatetags.icons import icon

register = template.Library()

_SPOKEN = {
    Direction.UP: gettext_lazy("up"),
    Direction.DOWN: gettext_lazy("down"),
    Direction.SAME: gettext_lazy("unchanged"),
}


def reader_locale() -> str:
    """The locale of whoever reads the page."""
    return to_locale(get_language() or "en")


@register.filter
def count(value: int | Decimal) -> SafeString:
    """A whole number in full."""
    return _written(value, formatting.count(value, locale=reader_locale()))


@register.simple_tag
def count_short(value: int | Decimal, of: int | Decimal | None = None) -> SafeString:
    """A whole number for a card, on the scale of ``of``; in full in its title."""
    locale = reader_locale()
    short = formatting.count_short(value, of=of, locale=locale)
    return _written(value, short, full=formatting.count(value, locale=locale))


@register.filter
def money(value: Decimal, currency: str) -> SafeString:
    """Money in the currency's places; with every decimal in its title."""
    locale = reader_locale()
    return _written(
        value,
        formatting.money(value, currency=currency, locale=locale),
        full=formatting.money_exact(value, currency=currency, locale=locale),
    )


@register.filter
def money_short(value: Decimal, currency: str) -> SafeString:
    """Money for a card; with every decimal in its title."""
    locale = reader_locale()
    return _written(
        value,
        formatting.money_short(value, currency=currency, locale=locale),
        full=formatting.money_exact(value, currency=currency, locale=locale),
    )


@register.simple_tag
def share(per_cent: Decimal | int | None, part: int | Decimal) -> SafeString:
    """A share, per cent with one decimal; ``part`` tells a rounded zero from none."""
    if per_cent is None:
        return format_html('<span class="quiet">{}</span>', "–")
    smallest = per_cent == 0 and part > 0
    ratio = Decimal("0.0001") if smallest else Decimal(per_cent) / 100
    return _written(per_cent, formatting.percent(ratio, locale=reader_locale()))


@register.simple_tag
def ratio(value: Decimal) -> SafeString:
    """A part of a whole as per cent; more than the whole is more than 100."""
    return _written(value, formatting.percent(value, locale=reader_locale()))


@register.filter
def whole_percent(value: int) -> str:
    """A number of per cent that somebody set."""
    return formatting.whole_percent(value, locale=reader_locale())


@register.simple_tag
def change(now: int | Decimal, before: int | Decimal) -> SafeString:
    """The change from ``before`` to ``now`` with arrow, sign and per cent."""
    written = formatting.change(now=now, before=before, locale=reader_locale())
    if written.direction is Direction.NEW:
        return format_html('<span class="change">{}</span>', gettext("new"))
    return format_html(
        '<span class="change">{} <span class="visually-hidden">{}</span> {}</span>',
        icon(written.direction.value),
        _SPOKEN[written.direction],
        written.text,
    )


@register.filter
def day(value: date) -> str:
    """A day with its weekday."""
    return formatting.day(value, locale=reader_locale())


@register.filter
def short_day(value: date) -> str:
    """A day without its year."""
    return formatting.short_day(value, locale=reader_locale())


@register.filter
def month(value: date) -> str:
    """A month in words."""
    return formatting.month(value, locale=reader_locale())


@register.simple_tag
def day_range(first: date, last: date) -> str:
    """From the first to the last day, both included."""
    return formatting.day_range(first, last, locale=reader_locale())


@register.simple_tag
def short_range(first: date, last: date) -> str:
    """From the first to the last day, without the year."""
    return formatting.short_range(first, last, locale=reader_locale())


@register.simple_tag
def instant(value: datetime, time_zone: str) -> SafeString:
    """An instant in a zone, to the minute."""
    written = formatting.instant(value, time_zone=time_zone, locale=reader_locale())
    return format_html('<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), written)


@register.filter
def duration(milliseconds: int) -> SafeString:
    """How long something took."""
    return _written(milliseconds, formatting.duration(milliseconds, locale=reader_locale()))


def _written(value: int | Decimal, text: str, *, full: str = "") -> SafeString:
    if not full or full == text:
        return format_html('<data value="{}">{}</data>', value, text)
    return format_html('<data value="{}" title="{}">{}</data>', value, full, text)
