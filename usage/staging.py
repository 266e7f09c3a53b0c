"""Validated events → lines of ``COPY`` text for the staging table. Pure, and the hottest code there is.

Plain f-strings and dictionary look-ups on purpose: no ORM object, no ``Decimal``, no call per field.
The pieces below stand in the order of ``staged_columns.EVENT_COLUMNS``; a test holds the two together.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from usage.contract_rates import ContractRates
from usage.events import Event
from usage.identity import derived_id
from usage.latency import latency_bucket
from usage.periods import Slot
from usage.pricing import PriceList, PriceRow, Quantities, cost, decimal_text
from usage.staged_json import files_json, tools_json

NULL: Final = r"\N"
_VARIANT: Final = "89ab"
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class WhoIsWho(Protocol):
    """The ids of one organization's people and things, by the ids that clients use."""

    members: dict[str, int]
    departments: dict[str, int]
    projects: dict[str, int]
    integrations: dict[str, int]

    def department_at(self, member_id: int, instant: datetime) -> int:
        """The member's department at an instant, 0 when there was none."""
        ...


@dataclass(slots=True)
class Batch:
    """What all events of one batch share, and what their lines collect on the way.

    ``prices_used`` gathers the price rows whose unit prices the statement needs for the charges of the batch,
    ``unpriced`` the transaction ids of events without a price; ``columns`` are those that are the same on every line.
    """

    organization_id: int
    source: str
    api_key_id: int
    received_at: datetime
    directory: WhoIsWho
    models: Mapping[tuple[str, str], int]
    price_list: PriceList
    contract_rates: ContractRates
    prices_used: dict[tuple[int, int], PriceRow] = field(default_factory=dict)
    unpriced: set[str] = field(default_factory=set)
    columns: str = field(init=False)

    def __post_init__(self) -> None:
        door = f"{self.source}\t{self.api_key_id}"
        self.columns = f"{self.organization_id}\t{door}\t{NULL}\t\t{self.received_at.isoformat()}"


class Placed(NamedTuple):
    """An event with its place in time: ``occurred_at`` is what was sent, bounded by when it was received."""

    event: Event
    fingerprint: bytes
    occurred_at: datetime
    slot: Slot


class _Priced(NamedTuple):
    """Costs in 10**-15 US dollars, None where unpriced; ``row`` is the price row of the contracted cost."""

    list_cost: int | None
    contracted_cost: int | None
    list_price_id: int
    row: PriceRow | None


def new_event_ids(*, count: int, received_at: datetime) -> list[str]:
    """``count`` new UUIDv7 (at most 16,384) as 32 hex digits, ascending within the batch.

    RFC 9562, section 6.2, method 1: twelve bits after the version and two after the variant count on.
    """
    head = f"{int(received_at.timestamp() * 1000):012x}7"
    noise = os.urandom(8 * count).hex()
    return [
        f"{head}{i >> 2:03x}{_VARIANT[i & 3]}{noise[start : start + 15]}"
        for i, start in enumerate(range(0, 16 * count, 16))
    ]


def staged_line(placed: Placed, event_id: str, batch: Batch) -> str:
    """The ``COPY`` line of an event, ending in a line feed.

    The caller has validated the event and made placeholders for the unknown ids that it names.
    """
    event, fingerprint, occurred_at, slot = placed
    model_id, scope = _scope(event, occurred_at, batch)
    quantities = _quantities(event)
    priced = _price(event, model_id, occurred_at, quantities, batch)
    sent_at = NULL if occurred_at is event.occurred_at else event.occurred_at.isoformat()
    transaction_id, names, error_type, facts = _texts(event)
    chat_id, message_id = _chat_ids(event, batch.organization_id)
    files = (
        files_json(event, batch.organization_id, priced.row, priced.contracted_cost)
        if event.files
        else _NO_FILES
    )
    return (
        f"{batch.columns}\t{slot.columns}\t{event_id}\t{transaction_id}\t{occurred_at.isoformat()}\t{sent_at}\t"
        f"{scope}\t{names}\t{chat_id}\t{message_id}\t{event.hold_id or NULL}\t"
        f"{event.calls}\t{event.calls if error_type else 0}\t{error_type}\t{_measures(event, quantities)}\t"
        f"{_money(priced)}\t{tools_json(event) if event.tools else NULL}\t{files[0]}\t"
        f"\\\\x{fingerprint.hex()}\t{facts}\t{files[1]}\n"
    )


_NO_FILES: Final = (NULL, NULL)


def _scope(event: Event, occurred_at: datetime, batch: Batch) -> tuple[int, str]:
    directory = batch.directory
    member_id = directory.members[event.member_id] if event.member_id else 0
    department_id = directory.department_at(member_id, occurred_at) if member_id else 0
    if not department_id and event.department_id:
        department_id = directory.departments[event.department_id]
    project_id = directory.projects[event.project_id] if event.project_id else 0
    integration_id = directory.integrations[event.integration_id] if event.integration_id else 0
    model_id = _model_id(event, batch)
    return model_id, f"{member_id}\t{department_id}\t{project_id}\t{integration_id}\t{model_id}"


def _model_id(event: Event, batch: Batch) -> int:
    """The model that answered, else the one asked for; 0 when the event names none."""
    name = event.response_model or event.request_model
    if not name:
        return 0
    return (
        batch.price_list.resolve_model(event.provider_name, name) or batch.models[event.provider_name, name]
    )


def _quantities(event: Event) -> Quantities:
    """``pricing.charge_quantities``, spelled out for speed; a test holds the two together."""
    one_hour = event.cache_creation_1h_input_tokens
    created = event.cache_creation_input_tokens
    cached, audio, image = event.cache_read_input_tokens, event.audio_input_tokens, event.image_input_tokens
    reasoning, audio_output = event.reasoning_output_tokens, event.audio_output_tokens
    return (
        event.input_tokens - cached - created - audio - image,
        cached,
        created - one_hour,
        one_hour,
        audio,
        image,
        event.output_tokens - reasoning - audio_output,
        reasoning,
        audio_output,
        event.audio_seconds,
        event.web_search_calls,
        event.code_run_calls,
        event.calls,
    )


def _price(
    event: Event, model_id: int, occurred_at: datetime, quantities: Quantities, batch: Batch
) -> _Priced:
    find = batch.price_list.find
    tier, size, cached = event.service_tier, event.input_tokens, event.cache_read_input_tokens
    found = find(model_id, batch.organization_id, tier, occurred_at, size, cached)
    listed = found
    if found is not None and found.organization_id:
        listed = find(model_id, 0, tier, occurred_at, size, cached)
    list_cost = None if listed is None else cost(listed, quantities)
    list_price_id = 0 if listed is None or list_cost is None else listed.id
    if found is None:
        batch.unpriced.add(event.transaction_id)
        return _Priced(list_cost, None, list_price_id, None)
    own = batch.contract_rates.contracted(found, batch.organization_id, occurred_at)
    contracted_cost = list_cost if own is listed else cost(own, quantities)
    if contracted_cost is None:
        batch.unpriced.add(event.transaction_id)
        return _Priced(list_cost, None, list_price_id, None)
    batch.prices_used[own.id, own.rate_id] = own
    return _Priced(list_cost, contracted_cost, list_price_id, own)


def _chat_ids(event: Event, organization_id: int) -> tuple[str, str]:
    """Ids of the event's chat and message. In a conversation an event without a message id is a message itself."""
    conversation = event.conversation_id
    if not conversation and not event.message_id:
        return NULL, NULL
    chat_id = derived_id(organization_id, "chat", conversation) if conversation else NULL
    message = event.message_id or f"\0{event.transaction_id}"
    return chat_id, derived_id(organization_id, "message", f"{conversation}\0{message}")


def _texts(event: Event) -> tuple[str, str, str, str]:
    """Transaction id, the run of name columns, error type, and the facts for chats and messages; escaped."""
    names = (
        f"{event.provider_name}\t{event.request_model}\t{event.response_model}\t{event.response_id}\t"
        f"{event.operation_name}\t{event.service_tier}\t{event.feature}\t{event.platform}"
    )
    facts = f"{event.conversation_id}\t{event.conversation_title}\t{event.message_id}"
    everything = f"{event.transaction_id}{names}{event.error_type}{facts}"
    # Nine tabs are the separators just written; any other special character sends the row the slow way.
    if "\\" in everything or "\n" in everything or "\r" in everything or everything.count("\t") != 9:
        return _escaped_texts(event)
    return event.transaction_id, names, event.error_type, facts


def _escaped_texts(event: Event) -> tuple[str, str, str, str]:
    def joined(*texts: str) -> str:
        return "\t".join(text.translate(_ESCAPES) for text in texts)

    names = joined(
        event.provider_name,
        event.request_model,
        event.response_model,
        event.response_id,
        event.operation_name,
        event.service_tier,
        event.feature,
        event.platform,
    )
    facts = joined(event.conversation_id, event.conversation_title, event.message_id)
    return joined(event.transaction_id), names, joined(event.error_type), facts


def _measures(event: Event, quantities: Quantities) -> str:
    parts = event.composition
    composition = (
        "0\t0\t0\t0\t0"
        if parts is None
        else f"{parts.user_text}\t{parts.context}\t{parts.files}\t{parts.system}\t{parts.tool_results}"
    )
    first_token = event.time_to_first_token_ms
    return (
        f"{event.duration_ms}\t{NULL if first_token is None else first_token}\t{latency_bucket(event.duration_ms)}\t"
        f"{event.input_tokens}\t{quantities[1]}\t{quantities[2]}\t{quantities[3]}\t{quantities[4]}\t{quantities[5]}\t"
        f"{event.output_tokens}\t{quantities[7]}\t{quantities[8]}\t{quantities[9]}\t{quantities[10]}\t"
        f"{quantities[11]}\t{composition}\t{event.tool_call_tokens}"
    )


def _money(priced: _Priced) -> str:
    list_cost, contracted_cost, list_price_id, row = priced
    price = "0\t0" if row is None else f"{row.id}\t{row.rate_id}"
    listed = _cost_text(list_cost)
    contracted = listed if contracted_cost is list_cost else _cost_text(contracted_cost)
    return f"{listed}\t{contracted}\t{NULL}\t{1 if contracted_cost is None else 0}\t{list_price_id}\t{price}"


def _cost_text(cost_in_scale: int | None) -> str:
    return NULL if cost_in_scale is None else decimal_text(cost_in_scale)
