"""Operations that stand together do what they would do one by one, and draw models once."""

import pytest
from django.db import connection, models
from django.db.migrations import AddField, AddIndex, CreateModel, RunPython, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState, StateApps

from teams.migrations import Together

SHELF = CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))])


def book() -> list[Operation]:
    """Books on shelves, what they are found by, and one row in between."""
    place = models.ForeignKey("library.shelf", models.PROTECT)
    return [
        CreateModel("Book", [("id", models.BigAutoField(primary_key=True)), ("shelf", place)]),
        AddField("shelf", "room", models.IntegerField(default=3), preserve_default=False),
        RunSQL("INSERT INTO library_shelf (room) VALUES (7)", RunSQL.noop),
        AddIndex("shelf", models.Index(fields=["room"], name="shelf_by_room")),
    ]


def columns_and_indexes(table: str) -> set[str]:
    with connection.cursor() as cursor:
        constraints = set(connection.introspection.get_constraints(cursor, table))
        return constraints | {
            column.name for column in connection.introspection.get_table_description(cursor, table)
        }


def drawn_with(operations: list[Operation]) -> ProjectState:
    """The state after the operations, which ran in the database."""
    state = ProjectState()
    with connection.schema_editor() as editor:
        for operation in operations:
            before = state.clone()
            operation.state_forwards("library", state)
            operation.database_forwards("library", editor, before, state)
    return state


@pytest.mark.django_db
def test_the_same_tables_come_of_it_and_go_again() -> None:
    made = {}
    for name, operations in (("alone", [SHELF, *book()]), ("together", [SHELF, Together(book())])):
        state = drawn_with(operations)
        made[name] = (columns_and_indexes("library_shelf"), columns_and_indexes("library_book"), state)
        back = ProjectState()
        SHELF.state_forwards("library", back)
        with connection.schema_editor() as editor:
            Together(book()).database_backwards("library", editor, state, back)
        assert not {"room", "shelf_by_room"} & columns_and_indexes("library_shelf")
        assert "library_book" not in connection.introspection.table_names()
        with connection.schema_editor() as editor:
            SHELF.database_backwards("library", editor, back, ProjectState())

    assert made["alone"] == made["together"]
    assert {"room", "shelf_by_room"} < made["together"][0]


@pytest.mark.django_db
def test_models_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    state = drawn_with([SHELF])
    drawn: list[str] = []
    original = StateApps.render_multiple

    def counting(apps: StateApps, states: list[ModelState]) -> None:
        drawn.extend(state.name for state in states)
        original(apps, states)

    monkeypatch.setattr(StateApps, "render_multiple", counting)
    before = state.clone()
    assert "apps" in before.__dict__
    operation = Together(book())
    operation.state_forwards("library", state)
    assert not drawn
    with connection.schema_editor() as editor:
        operation.database_forwards("library", editor, before, state)
    assert sorted(drawn) == ["Book", "Shelf"]


def test_what_cannot_be_undone_alone_cannot_be_together() -> None:
    there_only = RunPython(RunPython.noop)
    assert Together(book()).reversible and not Together([*book(), there_only]).reversible
