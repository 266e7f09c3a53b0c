"""What a ledger must hold, worked out slowly in plain Python from the rules in the documents.

Nothing of the product's SQL, price arithmetic or declared rollups is used here: a mistake there cannot be repeated here
unseen. Things are called by the names that clients use, 0 and "" both being nobody. Money is exact, in fractions.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from tests.usage.ledger_prices import Charged, World, charge, reading_cost
from usage.events import Event

Key = tuple[Any, ...]
Table = dict[Key, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the ledger: an event (sign 1) or its void (sign -1), under the close number that it got."""

    event: Event
    occurred_at: datetime
    close_number: int = 1
    sign: int = 1


def latency_bucket(duration_ms: int) -> int:
    """The last of 32 buckets, each √2 wider than the one before, that begins at or below the duration."""
    return max(bucket for bucket in range(32) if 2**bucket <= duration_ms**2)


def local_day(world: World, moment: datetime) -> date:
    return moment.astimezone(world.zone).date()


def _local_hour(world: World, moment: datetime) -> datetime:
    local = moment.astimezone(world.zone)
    return moment.astimezone(UTC) - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )


def _department(world: World, event: Event, moment: datetime) -> str:
    spans = [name for start, name in world.departments.get(event.member_id, ()) if start <= moment]
    return spans[-1] if spans else event.department_id


class LedgerModel:
    """The tables that some entries add up to: table → key → column → value, by the names that clients use."""

    def __init__(self, world: World, entries: Iterable[Entry]) -> None:
        self.world = world
        self.tables: dict[str, Table] = defaultdict(dict)
        for entry in entries:
            self._add(entry)
        for row in self.tables["usage_chat"].values():
            row["messages"] = len(row.pop("message_ids"))
            users = row.pop("users")
            row["is_shared"] = len(users) > 1
            row["department"] = "" if row["is_shared"] else users.pop()[1]
            models = row.pop("models")
            row["model"] = "" if len(models) > 1 else models.pop()

    def _sum(self, table: str, key: Key, measures: Mapping[str, Any], sign: int) -> dict[str, Any]:
        row = self.tables[table].setdefault(key, {})
        for name, value in measures.items():
            row[name] = row.get(name, 0) + sign * value
        return row

    def _add(self, entry: Entry) -> None:
        event, moment, sign = entry.event, entry.occurred_at, entry.sign
        day, charged = local_day(self.world, moment), charge(self.world, event, moment)
        measures = self._measures(event, charged)
        model = event.response_model or event.request_model
        department, project = _department(self.world, event, moment), event.project_id
        hour = _local_hour(self.world, moment)
        where = (model, event.feature, event.integration_id, event.platform)
        counts = (
            Counter({f"bucket_{latency_bucket(event.duration_ms)}": event.calls}) if event.duration_ms else {}
        )
        self._sum("usage_hourly", (hour, department, *where), measures | counts, sign)["local_date"] = day
        self._sum("usage_daily", (day, event.member_id, department, project, *where), measures, sign)
        scopes = {"organization": "", "department": department, "project": project, "member": event.member_id}
        spent = {
            name: value for name, value in measures.items() if name not in ("duration_ms", *_NOT_IN_SPEND)
        }
        for kind, name in scopes.items():
            self._sum("spend_daily", (kind, name, day, model, event.feature), spent, sign)
        charges = (day, entry.close_number, department, project, event.feature, model)
        for kind, quantity in charged.quantities.items():
            cost = charged.costs.get(kind, Fraction(0))
            key = (*charges, charged.price, charged.factor, kind)
            self._sum("charges", key, {"quantity": quantity, "contracted_cost": cost}, sign)
        self._add_tools(entry, charged, (department, project, model))
        self._add_files(entry, charged)
        self._add_chat(entry, measures, department)

    def _measures(self, event: Event, charged: Charged) -> dict[str, Any]:
        unpriced = int(charged.is_unpriced)
        return {
            "calls": event.calls,
            "failures": event.calls if event.error_type else 0,
            "input_tokens": event.input_tokens,
            "cache_read_input_tokens": event.cache_read_input_tokens,
            "cache_creation_input_tokens": event.cache_creation_input_tokens,
            "output_tokens": event.output_tokens,
            "reasoning_output_tokens": event.reasoning_output_tokens,
            "list_cost": charged.list_cost,
            "contracted_cost": charged.cost,
            "unpriced": unpriced,
            "unpriced_tokens": unpriced * (event.input_tokens + event.output_tokens),
            "duration_ms": event.duration_ms,
        }

    def _add_tools(self, entry: Entry, charged: Charged, where: Key) -> None:
        for tool in entry.event.tools:
            measures = {
                "events": entry.event.calls,
                "tool_calls": tool.calls,
                "tool_tokens": tool.tokens,
                "input_tokens": entry.event.input_tokens,
                "output_tokens": entry.event.output_tokens,
                "contracted_cost": charged.cost,
                "unpriced": int(charged.is_unpriced),
            }
            day = local_day(self.world, entry.occurred_at)
            self._sum("tool_daily", (day, tool.name, *where), measures, entry.sign)

    def _add_files(self, entry: Entry, charged: Charged) -> None:
        event = entry.event
        processed = [file for file in event.files if file.processed]
        weights = [file.tokens for file in processed]
        if not sum(weights):
            weights = [1] * len(processed)
        steps = charged.cost * 10**15
        shares = [steps * weight // sum(weights) for weight in weights]
        if shares:
            shares[0] += int(steps) - sum(shares)
        for file in event.files:
            measures: dict[str, Any] = dict.fromkeys(_FILE_MEASURES, 0)
            if file.processed:
                measures["processing_cost"] = Fraction(shares[processed.index(file)], 10**15)
            else:
                measures |= {
                    "uses": event.calls,
                    "input_tokens": file.tokens,
                    "cache_read_input_tokens": file.cache_read_tokens,
                    "contracted_cost": reading_cost(
                        self.world, event, entry.occurred_at, file.tokens, file.cache_read_tokens
                    ),
                }
            self._sum("usage_file_use", (file.file_id, event.conversation_id), measures, entry.sign)

    def _add_chat(self, entry: Entry, measures: Mapping[str, Any], department: str) -> None:
        event, moment = entry.event, entry.occurred_at
        if not event.conversation_id and not event.message_id:
            return
        own = {name: value for name, value in measures.items() if name != "unpriced_tokens"}
        month = local_day(self.world, moment).replace(day=1)
        message = event.message_id or f"\0{event.transaction_id}"
        row = self._sum(
            "usage_message",
            (month, event.conversation_id, message),
            own | {name: getattr(event, name) for name in _MESSAGE_TOKENS} | _composition(event),
            entry.sign,
        )
        row["events"] = row.get("events", 0) + 1
        first_token = [row.get("time_to_first_token_ms"), event.time_to_first_token_ms]
        row["time_to_first_token_ms"] = min((one for one in first_token if one is not None), default=None)
        _span(row, entry)
        if event.conversation_id:
            chat = self._sum("usage_chat", (event.conversation_id,), own, entry.sign)
            chat.setdefault("message_ids", set()).add((month, message))
            chat.setdefault("users", set()).add((event.member_id, department))
            chat.setdefault("models", set()).add(event.response_model or event.request_model)
            _span(chat, entry)


_NOT_IN_SPEND: Final = ("cache_creation_input_tokens", "reasoning_output_tokens")
_MESSAGE_TOKENS: Final = ("audio_input_tokens", "audio_output_tokens", "audio_seconds", "tool_call_tokens")
_FILE_MEASURES: Final = (
    "uses",
    "input_tokens",
    "cache_read_input_tokens",
    "contracted_cost",
    "processing_cost",
)


def _composition(event: Event) -> dict[str, int]:
    parts = event.composition
    return {
        "user_text_tokens": parts.user_text if parts else 0,
        "context_tokens": parts.context if parts else 0,
        "file_tokens": parts.files if parts else 0,
        "system_tokens": parts.system if parts else 0,
        "tool_result_tokens": parts.tool_results if parts else 0,
    }


def _span(row: dict[str, Any], entry: Entry) -> None:
    """First and last moment, and whose event may have been the first: of several at one moment, any."""
    moment = entry.occurred_at
    if moment < row.get("first_at", moment + timedelta(1)):
        row["first_at"], row["members"] = moment, set()
    if moment == row["first_at"]:
        row["members"].add(entry.event.member_id)
    row["last_at"] = max(row.get("last_at", moment), moment)
