"""Every column of an event is carried into its correction in a declared way."""

from usage.corrections import CARRIED, NUMBERS_INSIDE, Carried, undeclared_columns
from usage.models import UsageEvent
from usage.rollups import CHARGE_QUANTITIES, ROLLUPS


def test_every_column_is_declared_once() -> None:
    assert list(undeclared_columns()) == []


def test_whatever_is_summed_is_negated_and_whatever_rows_are_keyed_by_is_kept() -> None:
    """A new measure that nobody negates, or a dimension that a correction would lose, is found here."""
    columns = {field.attname for field in UsageEvent._meta.concrete_fields}
    summed = {
        name
        for rollup in ROLLUPS
        for measure in rollup.measures
        for name in columns
        if f"(e.{name}" in measure.expression or f" e.{name})" in measure.expression
    }
    summed |= {name for sql in CHARGE_QUANTITIES.values() for name in columns if f"e.{name}" in f"{sql} "}
    assert "duration_ms" in summed and "cache_creation_1h_input_tokens" in summed
    assert {name: CARRIED[name] for name in summed} == dict.fromkeys(summed, Carried.NEGATED)
    keyed = {
        column.name
        for rollup in ROLLUPS
        for column in rollup.dimensions
        if column.expression == f"e.{column.name}" and column.name in columns
    } - {"close_number"}
    assert "rate_id" in keyed and "feature" in keyed
    assert {name: CARRIED[name] for name in keyed} == dict.fromkeys(keyed, Carried.KEPT)


def test_json_columns_name_their_numbers() -> None:
    inside = {name for name, carried in CARRIED.items() if carried is Carried.NEGATED_INSIDE}
    assert inside == set(NUMBERS_INSIDE)
