"""Validated events → lines of ``COPY`` text for the staging table. Pure, and the hottest code there is.

Plain f-strings and dictionary look-ups on purpose: no ORM object, no ``Decimal``, no call per field.
The pieces below stand in the order of ``staged_columns.COPIED_COLUMNS``; a test holds the two together.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from usage.contract_rates import ContractRates
from usage.events import Event
from usage.latency import latency_bucket
from usage.periods import Slot
from usage.pricing import PriceList, PriceRow, Quantities, charged_once, cost, decimal_text
from usage.staged_chats import NULL, Chat, chat_ids
from usage.staged_json import files_json, tools_json

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

    def has_departments(self, member_id: int) -> bool:
        """Whether the member was in any department, ever."""
        ...


class _Habit(NamedTuple):
    """What follows from the names in an event alone; people use the same few combinations again and again.

    ``scope`` is the run of id columns, the department's 0 where it is looked up by time (``dated_member``).
    """

    member_id: int
    dated_member: bool
    department_id: int
    rest_of_scope: str
    model_id: int
    names: str


@dataclass(slots=True)
class Batch:
    """What all events of one batch share, and what their lines collect on the way.

    ``prices_used`` gathers the price rows whose unit prices the statement needs for the charges of the batch,
    ``unpriced`` counts the events without a price, ``has_lists`` says whether any names tools or files, and ``chats``
    holds the conversations by their client's ids.
    """

    organization_id: int
    directory: WhoIsWho
    models: Mapping[tuple[str, str], int]
    price_list: PriceList
    contract_rates: ContractRates
    prices_used: dict[tuple[int, int], PriceRow] = field(default_factory=dict)
    unpriced: int = 0
    has_lists: bool = False
    chats: dict[str, Chat] = field(default_factory=dict)
    habits: dict[tuple[str, ...], _Habit] = field(default_factory=dict)


class Placed(NamedTuple):
    """An event with its place in time: ``occurred_at`` is what was sent, bounded by when it was received."""

    event: Event
    fingerprint: bytes
    occurred_at: datetime
    slot: Slot


class _Priced(NamedTuple):
    """Costs in 10**-15 US dollars, None where unpriced; the price row of the contracted one; what is charged."""

    list_cost: int | None
    contracted_cost: int | None
    list_price_id: int
    row: PriceRow | None
    quantities: Quantities


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
    habit = _habit(event, batch)
    member_id = habit.member_id
    department_id = habit.department_id
    if habit.dated_member:
        department_id = batch.directory.department_at(member_id, occurred_at) or department_id
    priced = _price(event, habit.model_id, occurred_at, batch)
    chat_id, message_id = chat_ids(event, member_id, occurred_at, batch.organization_id, batch.chats)
    transaction_id, response_id, error_type, message = _texts(event)
    files = _NO_FILES
    if event.tools or event.files:
        batch.has_lists = True
    if event.files:
        files = files_json(event, batch.organization_id, priced.row, priced.contracted_cost)
    calls = event.calls
    return (
        f"{slot.columns}\t{event_id}\t{occurred_at.isoformat()}\t{member_id}\t{department_id}\t"
        f"{habit.rest_of_scope}\t{_price_columns(priced)}\t{calls}\t{calls if error_type else 0}\t"
        f"{_measures(event, priced.quantities, priced.contracted_cost is None)}\t{habit.names}\t"
        f"{transaction_id}\t{response_id}\t{error_type}\t{_costs(priced)}\t{chat_id}\t{message_id}\t"
        f"{_moments(event, occurred_at)}\t{event.hold_id or NULL}\t{tools_json(event) if event.tools else NULL}\t"
        f"{files[0]}\t{event.reported_cost or NULL}\t\\\\x{fingerprint.hex()}\t{message}\t{files[1]}\n"
    )


_NO_FILES: Final = (NULL, NULL)


def _habit(event: Event, batch: Batch) -> _Habit:
    key = (
        event.member_id,
        event.feature,
        event.response_model,
        event.request_model,
        event.provider_name,
        event.project_id,
        event.integration_id,
        event.department_id,
        event.platform,
        event.operation_name,
        event.service_tier,
    )
    found = batch.habits.get(key)
    if found is None:
        found = batch.habits[key] = _new_habit(event, batch)
    return found


def _new_habit(event: Event, batch: Batch) -> _Habit:
    directory = batch.directory
    member_id = directory.members[event.member_id] if event.member_id else 0
    project_id = directory.projects[event.project_id] if event.project_id else 0
    integration_id = directory.integrations[event.integration_id] if event.integration_id else 0
    model_id = _model_id(event, batch)
    return _Habit(
        member_id=member_id,
        dated_member=bool(member_id) and directory.has_departments(member_id),
        department_id=directory.departments[event.department_id] if event.department_id else 0,
        rest_of_scope=f"{project_id}\t{integration_id}\t{model_id}",
        model_id=model_id,
        names=_escaped(
            event.provider_name,
            event.request_model,
            event.response_model,
            event.operation_name,
            event.service_tier,
            event.feature,
            event.platform,
        ),
    )


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


def _price(event: Event, model_id: int, occurred_at: datetime, batch: Batch) -> _Priced:
    find, sent = batch.price_list.find, _quantities(event)
    tier, size, cached = event.service_tier, event.input_tokens, event.cache_read_input_tokens
    found = find(model_id, batch.organization_id, tier, occurred_at, size, cached)
    listed = found
    if found is not None and found.organization_id:
        listed = find(model_id, 0, tier, occurred_at, size, cached)
    quantities = charged_once(found, sent) if event.audio_seconds and found is not None else sent
    list_cost = None if listed is None else cost(listed, quantities)
    list_price_id = 0 if listed is None or list_cost is None else listed.id
    if found is None:
        batch.unpriced += 1
        return _Priced(list_cost, None, list_price_id, None, sent)
    own = batch.contract_rates.contracted(found, batch.organization_id, occurred_at)
    contracted_cost = list_cost if own is listed else cost(own, quantities)
    if contracted_cost is None:
        batch.unpriced += 1
        return _Priced(list_cost, None, list_price_id, None, sent)
    batch.prices_used[own.id, own.rate_id] = own
    return _Priced(list_cost, contracted_cost, list_price_id, own, quantities)


def _texts(event: Event) -> tuple[str, str, str, str]:
    """Transaction id, response id, error type and message id, escaped."""
    texts = event.transaction_id, event.response_id, event.error_type, event.message_id
    everything = "".join(texts)
    if everything.isprintable() and "\\" not in everything:
        return texts
    return _escaped(texts[0]), _escaped(texts[1]), _escaped(texts[2]), _escaped(texts[3])


def _escaped(*texts: str) -> str:
    """Columns of ``COPY`` text, with a tab between them."""
    return "\t".join([text.translate(_ESCAPES) for text in texts])


def _moments(event: Event, occurred_at: datetime) -> str:
    """The columns from the time to the first token to the time as it was sent, where that was bounded."""
    first_token = event.time_to_first_token_ms
    sent_at = NULL if occurred_at is event.occurred_at else event.occurred_at.isoformat()
    return f"{NULL if first_token is None else first_token}\t{sent_at}"


def _measures(event: Event, quantities: Quantities, is_unpriced: bool) -> str:
    """The columns from ``unpriced`` to the composition."""
    _input, cached, write_5m, write_1h, audio, image, _output, reasoning, audio_output, *more = quantities
    seconds, searches, runs, _calls = more
    rare = _NONE_OF_THE_RARE
    if write_5m or write_1h or audio or image or reasoning or audio_output or seconds or searches or runs:
        rare = f"{write_5m}\t{write_1h}\t{audio}\t{image}\t{reasoning}\t{audio_output}\t{seconds}\t{searches}\t{runs}"
    parts = event.composition
    composition = (
        "0\t0\t0\t0\t0"
        if parts is None
        else f"{parts.user_text}\t{parts.context}\t{parts.files}\t{parts.system}\t{parts.tool_results}"
    )
    duration = event.duration_ms
    return (
        f"{1 if is_unpriced else 0}\t{latency_bucket(duration)}\t{duration}\t{event.input_tokens}\t{cached}\t"
        f"{event.output_tokens}\t{rare}\t{event.tool_call_tokens}\t{composition}"
    )


_NONE_OF_THE_RARE: Final = "0\t0\t0\t0\t0\t0\t0\t0\t0"


def _price_columns(priced: _Priced) -> str:
    row = priced.row
    return (
        f"0\t0\t{priced.list_price_id}" if row is None else f"{row.id}\t{row.rate_id}\t{priced.list_price_id}"
    )


def _costs(priced: _Priced) -> str:
    list_cost, contracted_cost, *_rows = priced
    listed = _cost_text(list_cost)
    return f"{listed}\t{listed if contracted_cost is list_cost else _cost_text(contracted_cost)}"


def _cost_text(cost_in_scale: int | None) -> str:
    return NULL if cost_in_scale is None else decimal_text(cost_in_scale)
