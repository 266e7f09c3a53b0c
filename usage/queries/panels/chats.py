"""The list of chats: what each one used, the dearest first."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from usage.breakdown import Key, Name
from usage.enums import RowKind
from usage.models import UsageEvent, UsagePeriod
from usage.panels.chats import ChatOrder, ChatRow, ChatsAnswer, consumed
from usage.panels.filters import BadFilter, one
from usage.panels.paging import (
    SEARCH,
    SORT,
    Page,
    Value,
    asked_turn,
    page_of,
    read_instant,
    read_money,
    read_number,
)
from usage.panels.search_words import has_word
from usage.panels.vocabulary import Dimension
from usage.periods import local_midnight, month_of
from usage.progress import Days
from usage.queries.names import all_names
from usage.queries.panels.chat_list import seen_chats, whole_chats
from usage.queries.panels.quiet_chats import ListedChats
from usage.queries.panels.reader import COLUMNS, PanelReader
from usage.queries.panels.request import PanelRequest

CHAT_FILTERS: Final = (Dimension.DEPARTMENT, Dimension.MEMBER)
"""What chats can be filtered by: whose events they are finds them by an index. Models and features would not."""
MOST_CHARACTERS: Final = 200
MOST_DAYS_OF_A_SHORT_SEARCH: Final = 31
"""No index finds two letters: all chats of these days may have to be looked at."""

_READ: Final[Mapping[ChatOrder, Callable[[str], Value]]] = {
    ChatOrder.COST: read_money,
    ChatOrder.TOKENS: read_number,
    ChatOrder.LAST: read_instant,
}
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def chats_panel(request: PanelRequest) -> ChatsAnswer:
    """A page of the chats with usage in the days shown. Raises ``BadFilter``."""
    order, search = _asked_order(request), _asked_search(request)
    turn = asked_turn(request.parameters, order=order.value, read=_READ[order])
    whole = sees_whole_chats(request.reader)
    start, end = _instants(request, request.spans.shown)
    asked = ListedChats(days=request.spans.shown, start=start, end=end, order=order, search=search, turn=turn)
    found = whole_chats(request.organization.pk, asked) if whole else seen_chats(request.reader, asked)
    rows, previous, following = page_of(found, turn)
    models, members = _named_users(request.reader, rows)
    chats = tuple(
        chat_row(row, models=models.get(row["id"], ()), members=members.get(row["id"], ())) for row in rows
    )
    return ChatsAnswer(
        page=Page(rows=chats, previous=previous, next=following),
        order=order,
        search=search,
        is_whole=whole,
    )


def sees_whole_chats(reader: PanelReader) -> bool:
    """Whether all usage of every chat is shown, so that the chats' own sums are the answer."""
    return reader.visible.whole_organization and not reader.chosen


def chat_row(
    row: Mapping[str, Any], *, models: tuple[str, ...] = (), members: tuple[str, ...] = ()
) -> ChatRow:
    """A chat from a row of its table, or from the sums of a part of it."""
    return ChatRow(
        id=row["id"],
        conversation_id=row["external_id"],
        title=row["title"],
        messages=row["messages"],
        models=models,
        members=members,
        **consumed(row),
    )


def events_of_chats(reader: PanelReader, chats: Iterable[Mapping[str, Any]]) -> "QuerySet[UsageEvent]":
    """The events of some chats that are seen, in the months that the chats lie in."""
    rows = list(chats)
    margin = timedelta(days=2)
    return (
        UsageEvent.objects.filter(
            reader.seen(),
            reader.filtered(COLUMNS),
            organization_id=reader.organization_id,
            chat_id__in=[row["id"] for row in rows],
            period__gte=month_of((min(row["first_at"] for row in rows) - margin).date()),
            period__lte=(max(row["last_at"] for row in rows) + margin).date(),
        ).order_by()
        if rows
        else UsageEvent.objects.none()
    )


def shown_name(names: Mapping[Key, Name], key: Key) -> str:
    """What people read for an entry of a directory, or for none."""
    if not key[1]:
        return str(RowKind.UNATTRIBUTED.label)
    return names[key].name if key in names else f"#{key[1]}"


def _instants(request: PanelRequest, days: Days) -> tuple[datetime, datetime]:
    """Where the days begin and end, as the ledger books them."""
    months = {month_of(days.first), month_of(days.last)}
    rows = UsagePeriod.objects.filter(organization_id=request.organization.pk, period__in=months)
    periods = {row.period: row for row in rows}

    def midnight(day: date, month: date) -> datetime:
        period = periods.get(month)
        if period is None:
            return local_midnight(day, ZoneInfo(request.time_zone))
        if day == month:
            return period.starts_at
        if month_of(day) != month:
            return period.ends_at
        return local_midnight(day, ZoneInfo(period.time_zone))

    return midnight(days.first, month_of(days.first)), midnight(
        days.last + timedelta(days=1), month_of(days.last)
    )


def _named_users(
    reader: PanelReader, chats: list[Mapping[str, Any]]
) -> tuple[dict[UUID, tuple[str, ...]], dict[UUID, tuple[str, ...]]]:
    """Per chat the names of its models and of its members, most cost first."""
    one = [chat for chat in chats if chat["model_id"] and not chat["is_shared"]]
    grouped: list[Any] = [
        {
            "chat_id": chat["id"],
            "model_id": chat["model_id"],
            "member_id": chat["member_id"],
            "cost": chat["contracted_cost"],
            "used": chat["calls"],
        }
        for chat in one
    ]
    if several := [chat for chat in chats if not chat["model_id"] or chat["is_shared"]]:
        grouped += (
            events_of_chats(reader, several)
            .values("chat_id", "model_id", "member_id")
            .annotate(cost=Sum("contracted_cost", default=0), used=Sum("calls"))
        )
    used = [row for row in grouped if row["used"] or row["cost"]]
    used.sort(key=lambda row: (-row["cost"], -row["used"], row["model_id"], row["member_id"]))
    for row in used:
        row["member_id"] = reader.merged.shown_as(("member", row["member_id"]))[1]
    keys = [(by, row[f"{by}_id"]) for row in used for by in ("model", "member")]
    names = all_names(reader.organization_id, keys)
    found_models: dict[UUID, dict[str, None]] = {}
    found_members: dict[UUID, dict[str, None]] = {}
    for row in used:
        model = shown_name(names, ("model", row["model_id"]))
        member = shown_name(names, ("member", row["member_id"]))
        found_models.setdefault(row["chat_id"], {})[model] = None
        found_members.setdefault(row["chat_id"], {})[member] = None
    return (
        {id_: tuple(names) for id_, names in found_models.items()},
        {id_: tuple(names) for id_, names in found_members.items()},
    )


def _asked_order(request: PanelRequest) -> ChatOrder:
    text = one(request.parameters, SORT)
    try:
        return ChatOrder(text or ChatOrder.COST)
    except ValueError:
        known = ", ".join(order.value for order in ChatOrder)
        raise BadFilter(SORT, _("Choose one of: %(known)s.") % {"known": known}) from None


def _asked_search(request: PanelRequest) -> str:
    text = one(request.parameters, SEARCH).strip()
    if len(text) > MOST_CHARACTERS or _CONTROL.search(text):
        raise BadFilter(SEARCH, _("No title or conversation id holds this."))
    is_long = request.spans.shown.length > MOST_DAYS_OF_A_SHORT_SEARCH and not request.is_own_only
    if text and is_long and not has_word(text):
        reason = _(
            "What has no three letters or digits in a row is looked for in at most %(days)d days: type more of it, or "
            "choose fewer days."
        )
        raise BadFilter(SEARCH, reason % {"days": MOST_DAYS_OF_A_SHORT_SEARCH})
    return text
