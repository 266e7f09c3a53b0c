"""What figures and days are written with, each made once. Pure.

A page writes thousands of them, and to read a locale's name or a pattern anew takes as long as to write one.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Final

from babel import Locale, dates, numbers

_DAYS_REMEMBERED: Final = 4_096
"""The days of a table are those of the last request."""


@lru_cache
def known(locale: str) -> Locale:
    """The locale of this name."""
    return Locale.parse(locale)


@lru_cache
def pattern(text: str) -> numbers.NumberPattern:
    """How a number is written: ``#,##0.0``."""
    return numbers.parse_pattern(text)


@lru_cache
def money_pattern(digits: str, locale: str) -> numbers.NumberPattern:
    """How money is written in a locale, with other digits: ``0`` for none behind the decimal sign."""
    standard = known(locale).currency_formats["standard"].pattern
    return pattern(re.sub(r"0(\.0+)?(?![#0])", digits, standard))


@lru_cache
def between_groups(locale: str) -> re.Pattern[str]:
    """Finds the sign between groups of digits."""
    return re.compile(rf"(?<=\d){re.escape(numbers.get_group_symbol(locale))}(?=\d)")


@lru_cache(_DAYS_REMEMBERED)
def day_as(skeleton: str, value: date, locale: str) -> str:
    """A day in the locale's order of what ``skeleton`` names, such as ``MMMd``."""
    return dates.format_skeleton(skeleton, value, locale=locale)


@lru_cache(_DAYS_REMEMBERED)
def days_as(skeleton: str, first: date, last: date, locale: str) -> str:
    """From the first to the last day, in the same way."""
    return dates.format_interval(first, last, skeleton, locale=locale)
