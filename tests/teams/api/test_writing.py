"""Bodies are the same as those that the framework's serializers make themselves, whatever was found."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from teams.api.writing import encoded, written, written_each
from teams.enums import Role


class Doubled(serializers.Field[int, Any, int, Any]):
    def to_representation(self, value: int) -> int:
        return 2 * value


class Child(serializers.Serializer[Any]):
    name = serializers.CharField()
    amount = serializers.DecimalField(max_digits=60, decimal_places=1, allow_null=True)


class Own(serializers.Serializer[Any]):
    """Writes itself in its own way."""

    shouted = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {"shouted": str(instance.name).upper()}


class Every(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    text = serializers.CharField()
    flag = serializers.BooleanField()
    ratio = serializers.FloatField()
    day = serializers.DateField()
    at = serializers.DateTimeField()
    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True)
    exact = serializers.DecimalField(max_digits=60, decimal_places=3)
    doubled = Doubled(source="number")
    deep = serializers.CharField(source="child.name")
    maybe_deep = serializers.CharField(source="missing.name", allow_null=True)
    usual = serializers.CharField(default="USD", read_only=True)
    unasked = serializers.CharField(required=False)
    secret = serializers.CharField(write_only=True)
    child = Child()
    none = Child(allow_null=True)
    children = Child(many=True)
    own = Own(source="child")
    words = serializers.ListField(child=serializers.CharField())
    numbers = serializers.ListField(child=serializers.IntegerField())
    method = serializers.SerializerMethodField()

    def get_method(self, found: Any) -> str:
        return f"{type(found).__name__}"


@dataclass(frozen=True)
class Named:
    name: Any
    amount: Decimal | None


DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=3)
NAMES = st.one_of(st.text(), st.just(gettext_lazy("Overview")), st.sampled_from(list(Role)))
CHILDREN = st.builds(
    Named,
    NAMES,
    st.one_of(st.none(), DECIMALS, st.sampled_from([Decimal("1E+3"), Decimal("12.3"), Decimal("-0.0")])),
)
FOUND = st.fixed_dictionaries(
    {
        "number": st.one_of(st.integers(), st.booleans(), st.just(Decimal(7))),
        "text": st.one_of(NAMES, st.none()),
        "flag": st.one_of(st.booleans(), st.sampled_from([0, 1, "true", "no"])),
        "ratio": st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15),
        "day": st.dates(),
        "at": st.datetimes(
            min_value=datetime(1900, 1, 2),
            max_value=datetime(2100, 1, 1),
            timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
        ),
        "id": st.uuids(),
        "role": st.one_of(st.none(), st.just(""), st.sampled_from(list(Role)), st.sampled_from(Role.values)),
        "exact": DECIMALS,
        "child": CHILDREN,
        "none": st.one_of(st.none(), CHILDREN),
        "children": st.lists(CHILDREN, max_size=3),
        "words": st.lists(st.one_of(NAMES, st.none()), max_size=3),
        "numbers": st.tuples(st.integers(), st.integers()),
    }
)


def by_the_framework(serializer: type[serializers.Serializer[Any]], found: Any) -> Any:
    return serializer(found).data


@given(found=FOUND)
def test_of_facts_and_of_objects(found: dict[str, Any]) -> None:
    for instance in (found, SimpleNamespace(**found)):
        expected = by_the_framework(Every, instance)
        body = written(Every, instance)
        assert body == expected
        assert list(body) == list(expected)
        assert not any(isinstance(value, Promise) for value in body.values())


@given(child=CHILDREN)
def test_as_json_to_the_byte(child: Named) -> None:
    assert encoded(written(Child, child)) == JSONRenderer().render(by_the_framework(Child, child))


def test_several() -> None:
    children = [Named("a", Decimal(1)), Named("b", None)]
    assert written_each(Child, iter(children)) == [by_the_framework(Child, child) for child in children]


def test_what_is_not_there_fails_loudly() -> None:
    with pytest.raises(AttributeError):
        written(Child, SimpleNamespace(amount=Decimal(1)))
    with pytest.raises(KeyError):
        written(Child, {"amount": Decimal(1)})


def test_a_value_of_another_kind_is_written_as_text() -> None:
    values = [date(2026, 1, 2), UUID(int=7), Decimal("1.50"), gettext_lazy("Overview")]
    assert encoded(values) == b'["2026-01-02","00000000-0000-0000-0000-000000000007","1.50","Overview"]'
