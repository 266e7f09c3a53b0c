"""A record of a file → an event, a void, or what is wrong with it, by the same rules as for events of the API."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from django.utils.translation import gettext as _

from usage.decoding import Rejected, fault_of, validated
from usage.events import Event
from usage.imports.digests import DigestTable
from usage.imports.fields import (
    FIELDS,
    SECONDS_OF,
    TRANSACTION_ID,
    UNCACHED,
    VOID,
    VOID_REASON,
    Kind,
)
from usage.imports.mapping import FieldMapping
from usage.imports.records import Record, json_value
from usage.imports.sniffing import FileFormat
from usage.imports.values import Unreadable, exact_number, instant, milliseconds, whole_number, yes_or_no
from usage.validation import Fault

_LONGEST_ID: Final = 200
_SHOWN: Final = 200
_LONGEST_REASON: Final = 1000
ID_PREFIX: Final = "file:"


class VoidRow(NamedTuple):
    """A row that takes an event back. ``reason`` may be empty: then it is that of the import."""

    transaction_id: str
    reason: str


class ReadRow(NamedTuple):
    """A row as it was understood; ``found`` is what its mapped columns hold, by field."""

    line: int
    found: Mapping[str, Any]
    item: Event | Rejected | VoidRow

    @property
    def cells(self) -> dict[str, str]:
        """What its mapped columns hold, field → text, shortened."""
        return {name: _shown(value) for name, value in self.found.items()}

    @property
    def transaction_id(self) -> str:
        return self.item.transaction_id


class RowReader:
    """Reads the records of one file, in order: an id that follows from a row's content counts its repeats."""

    def __init__(self, *, form: FileFormat, mapping: FieldMapping) -> None:
        self._mapping = mapping
        self._is_json = form.kind == "jsonl"
        self._zone = ZoneInfo(mapping.time_zone)
        self._constants = {name: text for name, text in mapping.constants.items() if text}
        self._repeats = None if TRANSACTION_ID in mapping.columns else DigestTable()

    def skip(self, record: Record) -> None:
        """Pass a record that was dealt with before."""
        self._derived_id(record)

    def read(self, record: Record) -> ReadRow:
        """The row that a record is."""
        derived_id = self._derived_id(record)
        if record.fault is not None:
            return ReadRow(record.line, {}, Rejected("", record.fault))
        found = self._mapped(record.cells)
        return ReadRow(record.line, found, self._item(found, str(found.get(TRANSACTION_ID, derived_id))))

    def _derived_id(self, record: Record) -> str:
        """The same for the same row, whatever it means: a changed mapping must not make other events of it."""
        if self._repeats is None or record.fault is not None:
            return ""
        digest = blake2b(self._canonical(record.cells), digest_size=16).digest()
        times = self._repeats.count(digest)
        return f"{ID_PREFIX}{digest.hex()}" + (f":{times}" if times > 1 else "")

    def _canonical(self, cells: Mapping[str, Any]) -> bytes:
        if self._is_json:
            return msgspec.json.encode(cells, order="deterministic")
        return "\0".join(f"{name}\1{cells[name]}" for name in sorted(cells)).encode(errors="surrogatepass")

    def _mapped(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """Field → what stands in its column; empty cells are left out."""
        look = json_value if self._is_json else Mapping.get
        found = {name: look(cells, column) for name, column in self._mapping.columns.items()}
        return {name: value for name, value in found.items() if value is not None and value != ""}

    def _item(self, found: Mapping[str, Any], sent_id: str) -> Event | Rejected | VoidRow:
        values: dict[str, Any] = {**self._constants, TRANSACTION_ID: sent_id}
        for name, value in found.items():
            try:
                values[name] = self._value(name, value)
            except Unreadable as error:
                return Rejected(_shown(sent_id), Fault(name, str(error)))
        is_void, reason = values.pop(VOID, False), values.pop(VOID_REASON, "")
        if is_void:
            return _void(sent_id, reason)
        _join_parts(values)
        try:
            event = msgspec.convert(values, Event)
        except msgspec.ValidationError as error:
            return Rejected(_shown(sent_id), fault_of(error))
        # In CSV no row holds the character itself; JSON can spell it.
        suspicious = self._is_json or bool(event.tools or event.files)
        found_event = validated(event, suspicious=suspicious)
        return found_event if isinstance(found_event, Event) else Rejected(_shown(sent_id), found_event.fault)

    def _value(self, name: str, value: Any) -> Any:
        kind, mapping = FIELDS[name], self._mapping
        if isinstance(value, str):
            _check_encodable(value)
        if kind is Kind.TEXT:
            return _text(value)
        if kind is Kind.INSTANT:
            return instant(value, time_format=mapping.time_format, zone=self._zone)
        if kind is Kind.FLAG:
            return yes_or_no(value)
        if kind is Kind.JSON:
            return _parsed(value)
        if kind is Kind.SECONDS:
            return milliseconds(value, thousands=mapping.thousands, decimal=mapping.decimal)
        if isinstance(value, float):
            return whole_number(format(exact_number(value), "f"))
        return whole_number(value, thousands=mapping.thousands, decimal=mapping.decimal)


def _void(transaction_id: str, reason: str) -> VoidRow | Rejected:
    if not transaction_id:
        return Rejected("", Fault(TRANSACTION_ID, _("is missing")))
    if len(transaction_id) > _LONGEST_ID or "\0" in transaction_id:
        return Rejected(_shown(transaction_id), Fault(TRANSACTION_ID, _("is no transaction id")))
    return VoidRow(transaction_id, reason.replace("\0", "")[:_LONGEST_REASON])


def _join_parts(values: dict[str, Any]) -> None:
    """Fields that only files have become those of an event."""
    for seconds, whole in SECONDS_OF.items():
        if seconds in values:
            values[whole] = values.pop(seconds)
    if UNCACHED in values:
        cached = ("cache_read_input_tokens", "cache_creation_input_tokens")
        values["input_tokens"] = values.pop(UNCACHED) + sum(values.get(name, 0) for name in cached)
    if not values[TRANSACTION_ID]:
        del values[TRANSACTION_ID]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise Unreadable(_("is no text"))


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        raise Unreadable(_("is no JSON")) from None


def _check_encodable(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unreadable(_("holds bytes that the file's encoding does not have")) from None


def _shown(value: Any) -> str:
    """A cell as it can be kept and shown: short, and without what no database text can hold."""
    text = value[: _SHOWN + 1] if isinstance(value, str) else str(value)[: _SHOWN + 1]
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return short.replace("\0", "␀").encode(errors="replace").decode()
