"""Validated events → lines of ``COPY`` text for the staging table. Pure, and the hottest code there is.

Plain f-strings and dictionary look-ups on purpose: no ORM object, no ``Decimal``, no call per field.
The pieces below stand in the order of ``staged_columns.COPIED_COLUMNS``; a test holds the two together.
"""

import os
from datetime import UTC, datetime
from typing import Final

import msgspec

from usage.events import Event
from usage.latency import latency_bucket
from usage.periods import Slot
from usage.pricing import PriceHistory, PriceRow, Quantities, charged_once, cost, usual_cost
from usage.staged_chats import NULL, chat_ids
from usage.staged_habits import Batch, escaped, habit_of
from usage.staged_json import files_json, tools_json

_VARIANT: Final = "89ab"


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An event with its place in time: ``occurred_at`` is what was sent, bounded by when it was received."""

    event: Event
    fingerprint: bytes
    occurred_at: datetime
    slot: Slot


_Priced = tuple[int | None, int | None, str, PriceRow | None, Quantities | None]
"""List and contracted cost in 10**-15 US dollars, None where unpriced; the columns that name the prices; the row of the
contracted one; and what was charged, None where that is only what is usual."""


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
    event, occurred_at, slot = placed.event, placed.occurred_at, placed.slot
    member_id, dated_member, department_id, scope, own, listed, names = habit_of(event, batch)
    if dated_member:
        department_id = batch.directory.department_at(member_id, occurred_at) or department_id
    list_cost, contracted_cost, prices, row, rare = _price(event, own, listed, occurred_at, batch)
    chat_id, message_id = chat_ids(event, member_id, occurred_at, batch.organization_id, batch.conversations)
    transaction_id, response_id, error_type, message = _texts(event)
    tools, files, file_facts = NULL, NULL, NULL
    if event.tools:
        batch.has_lists, tools = True, tools_json(event)
    if event.files:
        batch.has_lists = True
        files, file_facts = files_json(event, batch.organization_id, row, contracted_cost)
    calls, duration, first_token = event.calls, event.duration_ms, event.time_to_first_token_ms
    listed_text = NULL if list_cost is None else f"{list_cost}e-15"
    contracted_text = listed_text if contracted_cost is list_cost else _cost_text(contracted_cost)
    sent_at = NULL if occurred_at is event.occurred_at else event.occurred_at.isoformat()
    return (
        f"{slot.columns}\t{event_id}\t{_moment(occurred_at, slot)}\t{member_id}\t{department_id}\t{scope}\t{prices}\t"
        f"{calls}\t{calls if error_type else 0}\t{1 if contracted_cost is None else 0}\t"
        f"{latency_bucket(duration)}\t{duration}\t{event.input_tokens}\t{event.cache_read_input_tokens}\t"
        f"{event.output_tokens}\t{_NONE_OF_THE_RARE if rare is None else _rare_columns(rare)}\t"
        f"{event.tool_call_tokens}\t{_composition(event)}\t{names}\t{transaction_id}\t{response_id}\t{error_type}\t"
        f"{listed_text}\t{contracted_text}\t{chat_id}\t{message_id}\t{NULL if first_token is None else first_token}\t"
        f"{sent_at}\t{event.hold_id or NULL}\t{tools}\t{files}\t{event.reported_cost or NULL}\t"
        f"\\\\x{placed.fingerprint.hex()}\t{message}\t{file_facts}\n"
    )


def _moment(occurred_at: datetime, slot: Slot) -> str:
    """``isoformat`` of an instant in its slot, in a third of the time where it is given in UTC, as nearly always."""
    if occurred_at.tzinfo is not UTC:
        return occurred_at.isoformat()
    minute, second = _TWO_DIGITS[occurred_at.minute], _TWO_DIGITS[occurred_at.second]
    return f"{slot.utc_hour}{minute}:{second}.{occurred_at.microsecond:06d}+00"


_TWO_DIGITS: Final = tuple(f"{number:02d}" for number in range(60))


def _rare_quantities(event: Event) -> Quantities | None:
    """All that is charged, where it is more than input, cached input, output and calls; None for the usual event.

    As ``pricing.charge_quantities`` has it, spelled out for speed; a test holds the two together.
    """
    created, audio, image = (
        event.cache_creation_input_tokens,
        event.audio_input_tokens,
        event.image_input_tokens,
    )
    reasoning, audio_output, seconds = (
        event.reasoning_output_tokens,
        event.audio_output_tokens,
        event.audio_seconds,
    )
    searches, runs = event.web_search_calls, event.code_run_calls
    if not (created or audio or image or reasoning or audio_output or seconds or searches or runs):
        return None
    one_hour, cached = event.cache_creation_1h_input_tokens, event.cache_read_input_tokens
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
        seconds,
        searches,
        runs,
        event.calls,
    )


def _price(
    event: Event,
    own_prices: PriceHistory | None,
    list_prices: PriceHistory | None,
    occurred_at: datetime,
    batch: Batch,
) -> _Priced:
    size, cached, sent = event.input_tokens, event.cache_read_input_tokens, _rare_quantities(event)
    listed = None if list_prices is None else list_prices.find(occurred_at, size, cached)
    found = None if own_prices is None else own_prices.find(occurred_at, size, cached)
    found = listed if found is None else found
    if found is None:
        batch.unpriced += 1
        return None, None, _NO_PRICES, None, sent
    own = batch.contract_rates.contracted(found, batch.organization_id, occurred_at)
    rare = None if sent is None else charged_once(found, sent)
    if rare is None:
        usual = size - cached, cached, event.output_tokens, event.calls
        list_cost = None if listed is None else usual_cost(listed, usual)
        contracted_cost = list_cost if own is listed else usual_cost(own, usual)
    else:
        list_cost = None if listed is None else cost(listed, rare)
        contracted_cost = list_cost if own is listed else cost(own, rare)
    list_price_id = 0 if listed is None or list_cost is None else listed.id
    if contracted_cost is None:
        batch.unpriced += 1
        # What is charged once a price is known is decided by that price.
        return list_cost, None, f"0\t0\t{list_price_id}", None, sent
    key = own.id, own.rate_id, list_price_id
    columns = batch.price_columns.get(key)
    if columns is None:
        columns = batch.price_columns[key] = f"{own.id}\t{own.rate_id}\t{list_price_id}"
        batch.prices_used[own.id, own.rate_id] = own
    return list_cost, contracted_cost, columns, own, rare


_NO_PRICES: Final = "0\t0\t0"


def _texts(event: Event) -> tuple[str, str, str, str]:
    """Transaction id, response id, error type and message id, escaped."""
    texts = event.transaction_id, event.response_id, event.error_type, event.message_id
    everything = "".join(texts)
    if everything.isprintable() and "\\" not in everything:
        return texts
    return escaped(texts[0]), escaped(texts[1]), escaped(texts[2]), escaped(texts[3])


_NONE_OF_THE_RARE: Final = "0\t0\t0\t0\t0\t0\t0\t0\t0"


def _rare_columns(quantities: Quantities) -> str:
    """The columns from the 5-minute cache writes to the code runs."""
    _input, _cached, write_5m, write_1h, audio, image, _output, reasoning, audio_output, *more = quantities
    seconds, searches, runs, _calls = more
    return f"{write_5m}\t{write_1h}\t{audio}\t{image}\t{reasoning}\t{audio_output}\t{seconds}\t{searches}\t{runs}"


def _composition(event: Event) -> str:
    parts = event.composition
    if parts is None:
        return "0\t0\t0\t0\t0"
    return f"{parts.user_text}\t{parts.context}\t{parts.files}\t{parts.system}\t{parts.tool_results}"


def _cost_text(cost_in_scale: int | None) -> str:
    return NULL if cost_in_scale is None else f"{cost_in_scale}e-15"
