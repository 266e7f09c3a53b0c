"""The known part of an export request in OTLP's JSON encoding. All else in it is passed over, never decoded.

Ids are hex text, unlike in the JSON encoding of other protobuf messages; 64-bit numbers are texts or numbers.
"""

from typing import Final

import msgspec
from msgspec import Raw, Struct


class KeyValue(Struct):
    """An attribute; the value is decoded only where the key is known."""

    key: str
    value: Raw = Raw(b"null")


class AnyValue(Struct, rename="camel"):
    """A value of an attribute. Lists and maps are not known: no attribute that counts has one."""

    string_value: str | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    bool_value: bool | None = None


class Status(Struct):
    code: int | str | None = None


class Span(Struct, rename="camel"):
    trace_id: str | None = None
    span_id: str | None = None
    start_time_unix_nano: int | str | None = None
    end_time_unix_nano: int | str | None = None
    attributes: list[KeyValue] | None = None
    status: Status | None = None


class Resource(Struct):
    attributes: list[KeyValue] | None = None


class ScopeSpans(Struct):
    spans: list[Raw] | None = None


class ResourceSpans(Struct, rename="camel"):
    resource: Resource | None = None
    scope_spans: list[ScopeSpans] | None = None


class ExportRequest(Struct, rename="camel"):
    resource_spans: list[ResourceSpans] | None = None


export_request: Final = msgspec.json.Decoder(ExportRequest)
span: Final = msgspec.json.Decoder(Span)
any_value: Final = msgspec.json.Decoder(AnyValue | None)
