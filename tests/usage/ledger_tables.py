"""The tables of a ledger as they stand, in the words of ``tests.usage.ledger_model``; and worlds to fill one in."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from django.db.models import Model

from teams.models import Department, Member, Organization, Project
from teams.services.memberships import move_member
from tests.teams.factories import OrganizationFactory
from tests.usage.ledger_fixtures import FIRST, LAST
from tests.usage.ledger_model import Table
from tests.usage.ledger_prices import ListedPrice, World
from tests.usage.price_factories import LlmModelFactory
from usage import models
from usage.events import Event
from usage.identity import NIL, derived_id
from usage.models import ContractRate, Integration, LlmModel, Price
from usage.periods import months_between
from usage.price_catalogue import ALWAYS
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods

CHANGE: Final = datetime(2026, 5, 10, 7, 30, tzinfo=UTC)
"""When prices, factors and memberships change."""


def listed_prices() -> tuple[ListedPrice, ...]:
    """Odd prices: one of all kinds, one that changes, one of long contexts, one of a tier, one agreed upon."""
    odd = {"input": "0.000000010000001", "output": "0.000003333333333", "cache_read": "0.000000000000007"}
    per_call = {"audio_second": "0.000016666666667", "web_search": "0.01"}
    fees = per_call | {"code_run": "0.03", "call": "0.0001"}
    return (
        _listed("all kinds", "odd", ALWAYS, **odd, **fees, reasoning="0.000009", image_input="0.0000011"),
        _listed("old", "changing", ALWAYS, input="0.000002", output="0.00001", **per_call),
        _listed(
            "new",
            "changing",
            CHANGE,
            input="0.000004",
            output="0.00002",
            cache_write_5m="0.000005",
            **per_call,
        ),
        _listed(
            "long",
            "changing",
            CHANGE,
            above_input_tokens=1_000,
            input="0.000008",
            output="0.00003",
            **per_call,
        ),
        _listed("batch", "changing", ALWAYS, tier="batch", input="0.000001", output="0.000005", **per_call),
        _listed("listed", "agreed", ALWAYS, input="0.000003", output="0.000015", **per_call),
        _listed(
            "agreed", "agreed", CHANGE, is_own=True, input="0.000001", output="0.000000000000001", **per_call
        ),
    )


def _listed(label: str, model: str, valid_from: datetime, **fields: Any) -> ListedPrice:
    options = {name: fields.pop(name) for name in ("above_input_tokens", "tier", "is_own") if name in fields}
    unit_prices = {kind: Decimal(price) for kind, price in fields.items()}
    return ListedPrice(label=label, model=model, valid_from=valid_from, unit_prices=unit_prices, **options)


def agreed_world(time_zone: str) -> World:
    """A world in which something changes in May: prices, the factor, and Dana's department."""
    return World(
        zone=ZoneInfo(time_zone),
        prices=listed_prices(),
        factors=((CHANGE, Decimal("1.234567")),),
        departments={"dana": ((ALWAYS, "research"), (CHANGE, "sales"))},
    )


def organization_of(world: World) -> Organization:
    """A new organization, with months, prices and people as ``world`` says."""
    organization = cast(Organization, OrganizationFactory(time_zone=world.zone.key))
    ensure_partitions(months_between(FIRST, LAST))
    ensure_periods(organization.pk, first=FIRST, last=LAST)
    for row in world.prices:
        fields = {"service_tier": row.tier, "context_threshold": row.above_input_tokens}
        Price.objects.get_or_create(
            model=LlmModelFactory(name=row.model),
            organization=organization if row.is_own else None,
            valid_from=row.valid_from,
            **fields,
            defaults={"source": row.label, **row.unit_prices},
        )
    for valid_from, factor in world.factors:
        ContractRate.objects.create(
            organization=organization, valid_from=valid_from, factor=factor, source="test"
        )
    for name, spans in world.departments.items():
        member = Member.objects.create(organization=organization, external_id=name)
        for start, department in spans:
            booked = Department.objects.create(organization=organization, external_id=department)
            move_member(member=member, department=booked, from_instant=start)
    return organization


class StandingTables:
    """Reads an organization's rows; ``events`` are those that may be in them, for the names behind derived ids."""

    def __init__(self, organization: Organization, events: Iterable[Event]) -> None:
        self.organization = organization
        self.names: dict[str, dict[Any, str]] = {
            "member_id": self._directory(Member),
            "department_id": self._directory(Department),
            "project_id": self._directory(Project),
            "integration_id": self._directory(Integration),
            "model_id": {0: "", **dict(LlmModel.objects.values_list("id", "name"))},
            "price_id": {0: "", **dict(Price.objects.values_list("id", "source"))},
            "rate_id": {0: ""}
            | {rate.pk: f"{rate.factor.normalize():f}" for rate in ContractRate.objects.all()},
        }
        self.messages: dict[str, tuple[str, str]] = {}
        self.chats = {NIL.hex: ""}
        self.files: dict[str, str] = {}
        for event in events:
            chat, message = event.conversation_id, event.message_id or f"\0{event.transaction_id}"
            self.chats[self._id("chat", chat)] = chat
            self.messages[self._id("message", f"{chat}\0{message}")] = chat, message
            self.files |= {self._id("file", file.file_id): file.file_id for file in event.files}

    def _directory(self, model: Any) -> dict[Any, str]:
        rows = model._default_manager.filter(organization=self.organization)
        return {0: "", **dict(rows.values_list("id", "external_id"))}

    def _id(self, kind: str, name: str) -> str:
        return derived_id(self.organization.pk, kind, name)

    def rollup(self, model: type[Model], *key: str) -> Table:
        """The rows of a rollup that are not all zeros, by the names behind its key."""
        rows = model._default_manager.filter(organization=self.organization).values()
        return without_zeros({self._key(row, key): _measures(row, key) for row in rows})

    def _key(self, row: dict[str, Any], key: Iterable[str]) -> tuple[Any, ...]:
        named: list[Any] = []
        for column in key:
            names = (
                self.names["member_id"] if column == "scope_id" and row["scope_kind"] == "member" else None
            )
            if column == "scope_id":
                names = self.names.get(f"{row['scope_kind']}_id", {self.organization.pk: ""})
            elif column in self.names:
                names = self.names[column]
            elif column in ("file_id", "chat_id"):
                named.append((self.files if column == "file_id" else self.chats)[row[column].hex])
                continue
            named.append(row[column] if names is None else names[row[column]])
        return tuple(named)

    def all(self) -> dict[str, Table]:
        """Every table, under the names that the model uses."""
        who = ("department_id", "project_id")
        where = ("model_id", "feature", "integration_id", "platform")
        charges = ("local_date", "close_number", *who, "feature", "model_id", "price_id", "rate_id", "kind")
        charge_table = getattr(models, "ChargeByKind", models.ChargeDaily)
        return {
            "usage_hourly": self.rollup(models.UsageHourly, "hour_start", "department_id", *where),
            "usage_daily": self.rollup(models.UsageDaily, "local_date", "member_id", *who, *where),
            "spend_daily": self.rollup(
                models.SpendDaily, "scope_kind", "scope_id", "local_date", "model_id", "feature"
            ),
            "tool_daily": self.rollup(models.ToolDaily, "local_date", "tool", *who, "model_id"),
            "charges": self.rollup(charge_table, *charges),
            "usage_file_use": self.rollup(models.FileUse, "file_id", "chat_id"),
            "usage_message": self._message_rows(),
            "usage_chat": self._chat_rows(),
        }

    def _message_rows(self) -> Table:
        rows = models.Message.objects.filter(organization=self.organization).values()
        return {
            (row["period"], *self.messages[row["id"].hex]): self._whole(row, "period", "chat_id", "xid")
            for row in rows
        }

    def _chat_rows(self) -> Table:
        rows = models.Chat.objects.filter(organization=self.organization).values()
        return {
            (self.chats[row["id"].hex],): self._whole(row, "title", "department_id", "model_id", "is_quiet")
            | {
                "department": self.names["department_id"][row["department_id"]],
                "model": self.names["model_id"][row["model_id"]],
            }
            for row in rows
        }

    def _whole(self, row: Mapping[str, Any], *left_out: str) -> dict[str, Any]:
        measures = _measures(row, ("id", "external_id", "member_id", *left_out))
        return measures | {"members": self.names["member_id"][row["member_id"]]}


def _measures(row: Mapping[str, Any], key: Iterable[str]) -> dict[str, Any]:
    """The other columns; costs as fractions, a histogram as one column per bucket that counts something."""
    measures = {name: value for name, value in row.items() if name not in (*key, "organization_id")}
    for bucket, count in enumerate(measures.pop("latency_histogram", ())):
        if count:
            measures[f"bucket_{bucket}"] = count
    return {
        name: Fraction(value) if isinstance(value, Decimal) else value for name, value in measures.items()
    }


def without_zeros(table: Table) -> Table:
    """``table`` without the rows and buckets in which everything has been taken back."""
    return {
        key: {name: value for name, value in row.items() if value or not name.startswith("bucket_")}
        for key, row in table.items()
        if any(value for name, value in row.items() if name != "local_date")
    }


def differences(expected: dict[str, Table], found: dict[str, Table]) -> list[str]:
    """One line per row that is not as expected."""
    lines = []
    for table, standing in found.items():
        is_rollup = table not in ("usage_message", "usage_chat")
        wanted = without_zeros(expected.get(table, {})) if is_rollup else expected.get(table, {})
        for key in {**wanted, **standing}:
            one, other = dict(wanted.get(key, {})), dict(standing.get(key, {}))
            if not is_rollup and one and other and other["members"] in one["members"]:
                one["members"] = other["members"]
            if one != other:
                columns = {
                    name: (one.get(name), other.get(name))
                    for name in {**one, **other}
                    if one.get(name) != other.get(name)
                }
                lines.append(f"{table} {key}: expected and found {columns}")
    return lines
