"""The bodies of answers, made as their serializers describe them.

A serializer is what the API's document is made from; Django REST framework's own way from an object to its
representation looks every field up anew for every object, which takes longer than reading a panel's figures. Here the
fields are looked at once per process, and every answer is made by what was found: the same values, many times faster.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

import msgspec
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.fields import SkipField

Write = Callable[[Any], Any]
"""From a value that is not None to what stands in the body for it."""
Body = dict[str, Any]

_encoder: Final = msgspec.json.Encoder(enc_hook=str)


def written(serializer: type[serializers.BaseSerializer[Any]], found: Any) -> Body:
    """What ``serializer(found).data`` is, for a serializer that needs no context."""
    body: Body = _writer(serializer)(found)
    return body


def written_each(serializer: type[serializers.BaseSerializer[Any]], found: Iterable[Any]) -> list[Body]:
    """The same for several."""
    return [*map(_writer(serializer), found)]


def encoded(value: Any) -> bytes:
    """A body, or a part of one, as JSON."""
    return _encoder.encode(value)


def json_response(content: bytes) -> HttpResponse:
    """An answer that is written already."""
    return HttpResponse(content, content_type="application/json")


_writers: Final[dict[type[serializers.BaseSerializer[Any]], Write]] = {}


def _writer(serializer: type[serializers.BaseSerializer[Any]]) -> Write:
    if serializer not in _writers:
        _writers[serializer] = _write_of(serializer())
    return _writers[serializer]


def _write_of(field: Any) -> Write:
    """How values of a field are written: quicker where what the framework does is known, else its own way."""
    way = getattr(type(field), "to_representation", None)
    if way is serializers.Serializer.to_representation:
        return _object_write(field)
    if way is serializers.ListSerializer.to_representation:
        return _list_write(_write_of(field.child), skips_none=False)
    if way is serializers.ListField.to_representation:
        return _list_write(_write_of(field.child), skips_none=True)
    if way is serializers.ChoiceField.to_representation:
        return _choice_write(field)
    if way is serializers.DecimalField.to_representation:
        return _decimal_write(field)
    plain: Write = field.to_representation
    return _PLAIN.get(way, lambda _field: plain)(field)


def _object_write(serializer: serializers.Serializer[Any]) -> Write:
    fields = {name: field for name, field in serializer.fields.items() if not field.write_only}
    writes = {name: _write_of(field) for name, field in fields.items()}
    parts = [(name, _reader(field), writes[name]) for name, field in fields.items()]
    at_once = _all_of(fields)

    def write(found: Any) -> Body:
        if at_once is not None and not isinstance(found, dict):
            try:
                values = at_once(found)
            except AttributeError:
                pass  # Field by field it will be known which one it is, and what that means for it.
            else:
                return {
                    name: None if value is None else write_part(value)
                    for (name, write_part), value in zip(writes.items(), values, strict=True)
                }
        body: Body = {}
        for name, read, write_part in parts:
            try:
                value = read(found)
            except SkipField:
                continue
            body[name] = None if value is None else write_part(value)
        return body

    return write


def _all_of(fields: Mapping[str, Any]) -> Write | None:
    """All values of an object's fields in their order; None where some are not simply attributes of it."""
    if any(type(field).get_attribute is not serializers.Field.get_attribute for field in fields.values()):
        return None
    # What a field of the whole object asks for is the object: an attribute that each has, and that is not used.
    whole = [place for place, field in enumerate(fields.values()) if not field.source_attrs]
    names = [".".join(field.source_attrs) or "__class__" for field in fields.values()]
    get = attrgetter(*names, "__class__")

    def read(found: Any) -> Any:
        values = [*get(found)]
        values.pop()
        for place in whole:
            values[place] = found
        return values

    return read


def _reader(field: Any) -> Write:
    """How the value of a field is found in an object, or in a dictionary of facts."""
    names: list[str] = field.source_attrs
    own: Write = field.get_attribute
    if not names:
        return lambda found: found
    if type(field).get_attribute is not serializers.Field.get_attribute:
        return own
    first, get = names[0], attrgetter(".".join(names))
    only = len(names) == 1

    def read(found: Any) -> Any:
        try:
            if isinstance(found, dict):
                return found[first] if only else own(found)
            return get(found)
        except (AttributeError, KeyError):
            # What a field is where there is nothing, it knows itself.
            return own(found)

    return read


def _list_write(write: Write, *, skips_none: bool) -> Write:
    if skips_none:
        return lambda values: [None if value is None else write(value) for value in values]
    return lambda values: [*map(write, values)]


def _choice_write(field: serializers.ChoiceField) -> Write:
    values: Mapping[str, Any] = field.choice_strings_to_values
    return lambda value: value if value == "" else values.get(str(value), value)


def _decimal_write(field: serializers.DecimalField) -> Write:
    own, places = field.to_representation, field.decimal_places

    def write(value: Any) -> Any:
        text = str(value)
        # A figure that has the field's decimals already is written as it stands.
        if places and isinstance(value, Decimal) and text[-1 - places : -places] == "." and "E" not in text:
            return text
        return own(value)

    return write


def _boolean_write(field: serializers.BooleanField) -> Write:
    own = field.to_representation
    return lambda value: value if value is True or value is False else own(value)


def _date_write(field: serializers.DateField) -> Write:
    own = field.to_representation

    def write(value: Any) -> Any:
        return value.isoformat() if type(value) is date else own(value)

    return write


_PLAIN: Final[Mapping[Any, Callable[[Any], Write]]] = {
    serializers.IntegerField.to_representation: lambda _field: int,
    serializers.CharField.to_representation: lambda _field: str,
    serializers.FloatField.to_representation: lambda _field: float,
    serializers.BooleanField.to_representation: _boolean_write,
    serializers.DateField.to_representation: _date_write,
}
