"""Migrations, and what those of all apps are written with."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class Together(Operation):
    """Operations whose models are drawn once for all of them: from the state before the first to that after the last.

    By itself Django draws a model and all around it anew after each operation, and an organization is around nearly
    everything: that was nine tenths of what a fresh database took. In here a model is made with all that it has after
    the last operation, so what else is added to it stands in its own ``CreateModel``.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations
        # The stubs know one answer for a class; Django's own operations answer for themselves, too.
        self.reversible = all(operation.reversible for operation in operations)  # type: ignore[misc]

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # Models that are not drawn yet are not drawn anew; the first who asks for them gets them all.
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)
