"""What the ledger promises about itself, as comparisons: keys = events = rollups = chats = receipts. Pure."""

from collections.abc import Iterator
from datetime import datetime

from usage.comparison_sql import Comparison
from usage.derived_sql import (
    CHAT_VALUES,
    MESSAGE_VALUES,
    chat_sums,
    events_of,
    file_spans,
    in_days,
    in_months,
    message_sums,
    needs_unit_prices,
)
from usage.enums import EventSource
from usage.ledger_sql import UNIT_PRICES, rollup_select
from usage.progress import Days
from usage.rollups import CHARGE_DAILY, DAILY_ROLLUPS, FILE_USE, Rollup


def comparisons(*, organization_id: int, days: Days | None, keys_since: datetime) -> Iterator[Comparison]:
    """All that is checked for an organization; ``days`` None means everything.

    Keys and messages are checked for the months that ``days`` touch, keys only of what was received since
    ``keys_since`` (older ones may be gone). What carries no day is checked whole, whatever the days.
    """
    yield _keys(organization_id, days, keys_since)
    for rollup in DAILY_ROLLUPS:
        yield _rollup(rollup, organization_id, days)
    yield _charged_cost(organization_id, days)
    yield _messages(organization_id, days)
    yield _chats(organization_id)
    yield _rollup(FILE_USE, organization_id, None)
    yield _files(organization_id)
    yield _receipts(organization_id)


def _where(organization_id: int, condition: str = "") -> str:
    return f"WHERE organization_id = {int(organization_id)}" + (f" AND {condition}" if condition else "")


def _keys(organization_id: int, days: Days | None, since: datetime) -> Comparison:
    kept = f"received_at >= '{since.isoformat()}'"
    where = _where(organization_id, f"{kept} AND {in_months(days)}" if days else kept)
    return Comparison(
        relation="usage_event_key",
        key=("period", "event_id", "transaction_id"),
        values=(),
        expected=f"SELECT period, id AS event_id, transaction_id FROM usage_event {where}",
        found=f"SELECT period, event_id, transaction_id FROM usage_event_key {where}",
    )


def _rollup(rollup: Rollup, organization_id: int, days: Days | None) -> Comparison:
    key = tuple(column.name for column in rollup.dimensions)
    labels = tuple(column.name for column in rollup.labels)
    values = tuple(column.name for column in rollup.measures)
    where = _where(organization_id, in_days(days) if days else "")
    expected = rollup_select(rollup, events=events_of(organization_id, days=days))
    return Comparison(
        relation=rollup.table,
        key=key,
        values=values,
        labels=labels,
        expected=expected.replace("{organization}", str(int(organization_id))),
        found=f"SELECT {', '.join((*key, *labels, *values))} FROM {rollup.table} {where}",
        zero_is_absent=True,
        ctes=UNIT_PRICES if needs_unit_prices(rollup.table) else "",
    )


def _charged_cost(organization_id: int, days: Days | None) -> Comparison:
    """The cost put together from quantities and unit prices is the cost that the events were priced at."""
    dimensions = "local_date, close_number"
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
            f"SELECT {dimensions}, sum(contracted_cost) AS contracted_cost "
            f"FROM {CHARGE_DAILY.table} {where} GROUP BY {dimensions}"
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


def _chats(organization_id: int) -> Comparison:
    return Comparison(
        relation="usage_chat",
        key=("id",),
        values=CHAT_VALUES,
        expected=chat_sums(events_of(organization_id)),
        found=f"SELECT id, {', '.join(CHAT_VALUES)} FROM usage_chat {_where(organization_id)}",
    )


def _files(organization_id: int) -> Comparison:
    """Every file that was read is known; a file without use may stand."""
    used = f"SELECT id FROM ({file_spans(events_of(organization_id))}) used"
    return Comparison(
        relation="usage_file",
        key=("id",),
        values=(),
        expected=used,
        found=f"SELECT id FROM usage_file {_where(organization_id)} AND id IN (SELECT id FROM expected_rows)",
    )


def _receipts(organization_id: int) -> Comparison:
    """What was counted as stored at each door and day; corrections are made inside and pass none."""
    where = _where(organization_id, f"source <> '{EventSource.CORRECTION}'")
    return Comparison(
        relation="receipt_daily",
        key=("received_on", "source", "api_key_id"),
        values=("stored",),
        expected=(
            "SELECT (received_at AT TIME ZONE 'UTC')::date AS received_on, source, api_key_id, count(*) AS stored "
            f"FROM usage_event {where} GROUP BY 1, 2, 3"
        ),
        found=f"SELECT received_on, source, api_key_id, stored FROM receipt_daily {where}",
        zero_is_absent=True,
    )
