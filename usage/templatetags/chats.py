"""Tags of the pages on chats and messages: small drawings, and ways to other pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django import template
from django.urls import NoReverseMatch, reverse

from usage.panels.chats import MessageRow

register = template.Library()

WIDEST: Final = 4
"""Per cent of a drawing that a column takes at most: a few stand apart from each other over its whole width."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a drawing: its input and the cached part of it, in per cent of width and height, for SVG."""

    message: MessageRow
    x: str
    width: str
    top: str
    height: str
    cached_top: str
    cached: str


@register.simple_tag(takes_context=True)
def why_url(context: dict[str, Any], kind: str, name: str, **query: str) -> str:
    """Where it is said why a chat or message costs what it costs; empty in a face without such a page."""
    if context["face"].prefix != "panel":
        return ""
    try:
        url = reverse(f"why-{kind}", args=[context["face"].slug, name])
    except NoReverseMatch:
        return ""
    return f"{url}?{urlencode(query)}" if any(query.values()) else url


@register.filter
def columns(messages: Sequence[MessageRow]) -> Iterable[Column]:
    """The messages of a page as columns of a drawing, as high as their input."""
    highest = max((message.input_tokens for message in messages), default=0)
    if highest <= 0:
        return ()
    slot = 100 / len(messages)
    width = min(slot * 0.8, WIDEST)
    return [
        Column(
            message,
            x=_percent(slot * (index + 0.5) - width / 2),
            width=_percent(width),
            top=_percent(100 - _height(message.input_tokens, highest)),
            height=_percent(_height(message.input_tokens, highest)),
            cached_top=_percent(100 - _height(message.cache_read_input_tokens, highest)),
            cached=_percent(_height(message.cache_read_input_tokens, highest)),
        )
        for index, message in enumerate(messages)
    ]


@register.filter
def highest(drawn: Iterable[Column]) -> int:
    """The input that the highest of some columns stands for."""
    return max((column.message.input_tokens for column in drawn), default=0)


def _height(tokens: int, highest: int) -> float:
    return max(tokens, 0) * 100 / highest


def _percent(value: float) -> str:
    return f"{value:.2f}%"
