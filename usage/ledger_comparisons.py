"""What the ledger promises about itself, as comparisons: keys = events = rollups = chats = receipts. Pure."""

from collections.abc import Iterator
from datetime import datetime

from usage.comparison_sql import Comparison
from usage.derived_sql import (
    CHAT_VALUES,
    IS_FINGERPRINT,
    MESSAGE_VALUES,
    RECEIPT_KEY,
    RECEIPT_VALUES,
    chat_sums,
    chats_of,
    events_of,
    file_spans,
    in_days,
    in_months,
    message_sums,
    needs_unit_prices,
    receipt_sums,
    received_in,
)
from usage.enums import Answer, EventSource, MonthSums
from usage.identity import NIL
from usage.ledger_sql import UNIT_PRICES, rollup_select
from usage.month_sql import KEPT_TABLES
from usage.progress import Days
from usage.rollups import CHARGE_DAILY, DAILY_ROLLUPS, FILE_USE, Rollup


def comparisons(*, organization_id: int, days: Days | None, keys_since: datetime) -> Iterator[Comparison]:
    """All that is checked for an organization; ``days`` None means everything.

    Keys and messages are checked for the months that ``days`` touch, keys only of what was received since
    ``keys_since`` (older ones may be gone); chats and the files in them where they have usage in ``days``, with
    all that they ever had; receipts for the UTC days of the same dates.
    """
    yield _keys(organization_id, days, keys_since)
    for rollup in DAILY_ROLLUPS:
        yield _rollup(rollup, organization_id, days)
    yield from _month_sums(organization_id, days)
    yield _charged_cost(organization_id, days)
    yield _messages(organization_id, days)
    yield _first_members_of_messages(organization_id, days)
    yield _chats(organization_id, days)
    yield _first_members_of_chats(organization_id, days)
    yield _file_uses(organization_id, days)
    yield _files(organization_id, days)
    yield _receipts(organization_id, days)
    yield _receipt_sums(organization_id, days)


def _where(organization_id: int, *conditions: str) -> str:
    return "WHERE " + " AND ".join((f"organization_id = {int(organization_id)}", *filter(None, conditions)))


def _keys(organization_id: int, days: Days | None, since: datetime) -> Comparison:
    """Every event has its key and every key its event; the key tells when it was received and what was sent."""
    kept = f"received_at >= '{since.isoformat()}'"
    where = _where(organization_id, kept, in_months(days) if days else "")
    return Comparison(
        relation="usage_event_key",
        key=("period", "event_id", "transaction_id"),
        values=("received_at", "is_fingerprint"),
        expected=(
            "SELECT period, id AS event_id, transaction_id, received_at, true AS is_fingerprint "
            f"FROM usage_event {where}"
        ),
        found=(
            f"SELECT period, event_id, transaction_id, received_at, {IS_FINGERPRINT} AS is_fingerprint "
            f"FROM usage_event_key {where}"
        ),
    )


def _rollup(rollup: Rollup, organization_id: int, days: Days | None) -> Comparison:
    key = tuple(column.name for column in rollup.dimensions)
    labels = tuple(column.name for column in rollup.labels)
    values = tuple(column.name for column in rollup.measures)
    where = _where(organization_id, in_days(days) if days else "")
    expected = rollup_select(rollup, events=events_of(organization_id, days=days))
    is_priced = needs_unit_prices(rollup.table)
    return Comparison(
        relation=rollup.table,
        key=key,
        values=values,
        labels=labels,
        expected=expected.replace("{organization}", str(int(organization_id))),
        found=f"SELECT {', '.join((*key, *labels, *values))} FROM {rollup.table} {where}",
        zero_is_absent=True,
        ctes=UNIT_PRICES if is_priced else "",
        is_priced=is_priced,
    )


def _month_sums(organization_id: int, days: Days | None) -> Iterator[Comparison]:
    """What is kept of months is what their days and hours, which are compared themselves, add up to."""
    kept = _where(organization_id, f"sums = '{MonthSums.KEPT.value}'", in_months(days) if days else "")
    for table in KEPT_TABLES:
        yield Comparison(
            relation=table.name,
            key=table.key,
            values=table.values,
            expected=table.select(organization_id, sums=MonthSums.KEPT, days=days),
            found=f"SELECT {', '.join((*table.key, *table.values))} FROM {table.name} "
            f"WHERE organization_id = {int(organization_id)} AND period IN (SELECT period FROM usage_period {kept})",
        )


def _charged_cost(organization_id: int, days: Days | None) -> Comparison:
    """The cost put together from quantities and unit prices is the cost that the events were priced at."""
    dimensions = "local_date, close_number"
    costs = " + ".join(column.name for column in CHARGE_DAILY.measures if column.name.endswith("cost"))
    where = _where(organization_id, in_days(days) if days else "")
    return Comparison(
        relation=f"{CHARGE_DAILY.table} (cost of the day)",
        key=("local_date", "close_number"),
        values=("contracted_cost",),
        expected=(
            f"SELECT {dimensions}, coalesce(sum(contracted_cost), 0) AS contracted_cost "
            f"FROM {events_of(organization_id, days=days)} e GROUP BY {dimensions}"
        ),
        found=(
            f"SELECT {dimensions}, sum({costs}) AS contracted_cost FROM {CHARGE_DAILY.table} {where} "
            f"GROUP BY {dimensions}"
        ),
        zero_is_absent=True,
    )


def _messages(organization_id: int, days: Days | None) -> Comparison:
    where = _where(organization_id, in_months(days) if days else "")
    events = f"(SELECT * FROM usage_event {where})"
    return Comparison(
        relation="usage_message",
        key=("period", "id"),
        values=MESSAGE_VALUES,
        expected=message_sums(events),
        found=f"SELECT period, id, {', '.join(MESSAGE_VALUES)} FROM usage_message {where}",
    )


def _first_members_of_messages(organization_id: int, days: Days | None) -> Comparison:
    where = _where(organization_id, in_months(days) if days else "")
    first = (
        f"SELECT DISTINCT m.period, m.id FROM (SELECT * FROM usage_message {where}) m "
        f"JOIN (SELECT * FROM usage_event {where}) e "
        "ON e.period = m.period AND e.message_id = m.id AND e.occurred_at = m.first_at"
    )
    return _first_members("usage_message", ("period", "id"), first, "m")


def _first_members(
    relation: str, key: tuple[str, ...], first: str, alias: str, *, ctes: str = ""
) -> Comparison:
    """The member is that of an event at the first instant; of several at one instant, it is the one that came first."""
    return Comparison(
        relation=f"{relation} (member of the first event)",
        key=key,
        values=(),
        expected=first,
        found=f"{first} AND e.member_id = {alias}.member_id",
        ctes=ctes,
    )


def _touched(organization_id: int, days: Days | None) -> tuple[str, str]:
    """A CTE of the chats that ``days`` touch, and where to look for an id among them; empty for all chats."""
    if days is None:
        return "", ""
    return f"touched AS MATERIALIZED ({chats_of(organization_id, days)})", "IN (SELECT id FROM touched)"


def _chats(organization_id: int, days: Days | None) -> Comparison:
    ctes, among = _touched(organization_id, days)
    events = events_of(organization_id, condition=among and f"chat_id {among}")
    where = _where(organization_id, among and f"id {among}")
    return Comparison(
        relation="usage_chat",
        key=("id",),
        values=CHAT_VALUES,
        expected=chat_sums(events),
        found=f"SELECT id, {', '.join(CHAT_VALUES)} FROM usage_chat {where}",
        ctes=ctes,
    )


def _first_members_of_chats(organization_id: int, days: Days | None) -> Comparison:
    ctes, among = _touched(organization_id, days)
    chats = f"(SELECT * FROM usage_chat {_where(organization_id, among and f'id {among}')}) c"
    first = (
        f"SELECT DISTINCT c.id FROM {chats} JOIN usage_event e ON e.organization_id = c.organization_id "
        "AND e.chat_id = c.id AND e.occurred_at = c.first_at"
    )
    return _first_members("usage_chat", ("id",), first, "c", ctes=ctes)


def _file_uses(organization_id: int, days: Days | None) -> Comparison:
    """Files in the chats that ``days`` touch, and those outside of chats if ``days`` have such."""
    whole = _rollup(FILE_USE, organization_id, None)
    if days is None:
        return whole
    ctes, among = _touched(organization_id, days)
    outside = events_of(organization_id, days=days, condition="chat_id IS NULL AND files IS NOT NULL")
    is_asked = f"EXISTS (SELECT FROM {outside} e)"
    events = events_of(organization_id, condition=f"(chat_id {among} OR chat_id IS NULL AND {is_asked})")
    expected = rollup_select(FILE_USE, events=events)
    return Comparison(
        relation=whole.relation,
        key=whole.key,
        values=whole.values,
        expected=expected.replace("{organization}", str(int(organization_id))),
        found=f"{whole.found} AND (chat_id {among} OR chat_id = '{NIL}' AND {is_asked})",
        zero_is_absent=True,
        ctes=ctes,
    )


def _files(organization_id: int, days: Days | None) -> Comparison:
    """Every file that was read is known; a file without use may stand."""
    used = f"SELECT id FROM ({file_spans(events_of(organization_id, days=days))}) used"
    return Comparison(
        relation="usage_file",
        key=("id",),
        values=(),
        expected=used,
        found=f"SELECT id FROM usage_file {_where(organization_id)} AND id IN (SELECT id FROM expected_rows)",
    )


def _receipts(organization_id: int, days: Days | None) -> Comparison:
    """What was counted as stored at each door and day; corrections are made inside and pass none."""
    where = _where(
        organization_id,
        f"source <> '{EventSource.CORRECTION}'",
        f"received_on BETWEEN '{days.first}' AND '{days.last}'" if days else "",
    )
    columns = ", ".join((*RECEIPT_KEY, *RECEIPT_VALUES, "last_occurred_at"))
    events = events_of(organization_id, condition=received_in(days) if days else "")
    return Comparison(
        relation="receipt_daily",
        key=RECEIPT_KEY,
        values=tuple(RECEIPT_VALUES),
        labels=("last_occurred_at",),
        expected=receipt_sums(events),
        found=f"SELECT {columns} FROM receipt_daily {where}",
        zero_is_absent=True,
    )


def _receipt_sums(organization_id: int, days: Days | None) -> Comparison:
    """Nothing that came in is without an answer."""
    where = _where(organization_id, f"received_on BETWEEN '{days.first}' AND '{days.last}'" if days else "")
    key, answers = ", ".join(RECEIPT_KEY), " + ".join(answer.value for answer in Answer)
    return Comparison(
        relation="receipt_daily (sum of answers)",
        key=RECEIPT_KEY,
        values=("received",),
        expected=f"SELECT {key}, {answers} AS received FROM receipt_daily {where}",
        found=f"SELECT {key}, received FROM receipt_daily {where}",
    )
