"""The statement that stages corrections as copies of the rows that they take back. Pure.

``{organization}`` stands for the organization's id; ``MADE`` are the parameters of one correction per position.
"""

from typing import Final

from usage.corrections import CARRIED, NUMBERS_INSIDE, Carried
from usage.staged_columns import STAGED, STAGED_COLUMNS, STAGED_FACTS

MADE: Final = {
    "ids": "uuid[]",
    "transaction_ids": "text[]",
    "fingerprints": "bytea[]",
    "row_ids": "uuid[]",
    "periods": "date[]",
    "corrects": "uuid[]",
}
"""Parallel lists. Beside them: ``months``, those in ``periods``."""

_OWN: Final = {
    "id": "made.id",
    "transaction_id": "made.transaction_id",
    "corrects": "made.corrects",
    "close_number": "p.close_number",
    "hold_id": "NULL",
}
# A correction knows no names: those of the chat and message that stand are kept.
_FACTS: Final = {"fingerprint": "made.fingerprint", "message": "''"}


def _negated_inside(column: str) -> str:
    """SQL: a list of objects in the same order, the named numbers negated, written as they were."""
    names = ", ".join(f"'{name}'" for name in NUMBERS_INSIDE[column])
    negated = (
        f"CASE WHEN field.key NOT IN ({names}) OR field.value = 'null' THEN field.value "
        "WHEN jsonb_typeof(field.value) = 'string' THEN to_jsonb((-(field.value #>> '{}')::numeric)::text) "
        "ELSE to_jsonb(-(field.value #>> '{}')::numeric) END"
    )
    return (
        f"(SELECT jsonb_agg((SELECT jsonb_object_agg(field.key, {negated}) FROM jsonb_each(item.value) AS field) "
        f"ORDER BY item.position) FROM jsonb_array_elements(o.{column}) WITH ORDINALITY AS item(value, position))"
    )


def _carried(column: str) -> str:
    match CARRIED[column]:
        case Carried.KEPT:
            return f"o.{column}"
        case Carried.NEGATED:
            return f"-o.{column}"
        case Carried.NEGATED_INSIDE:
            return _negated_inside(column)
        case Carried.OWN:
            return _OWN[column]


def stage_corrections(organization_id: int) -> str:
    """INSERT the corrections into the staging table, stamped with their months' close numbers of now.

    Run it under the shared locks of the months, in a statement of its own: then no close can come in between.
    """
    selected = [_carried(column) for column in STAGED_COLUMNS]
    facts = [_FACTS.get(name, "NULL") for name in STAGED_FACTS]
    made = ", ".join(f"%({name})s::{kind}" for name, kind in MADE.items())
    return (
        f"INSERT INTO {STAGED} ({', '.join((*STAGED_COLUMNS, *STAGED_FACTS))}) "
        f"SELECT {', '.join((*selected, *facts))} "
        f"FROM unnest({made}) AS made(id, transaction_id, fingerprint, row_id, period, corrects) "
        "JOIN usage_event o ON o.organization_id = {organization} AND o.period = made.period AND o.id = made.row_id "
        "JOIN usage_period p ON p.organization_id = {organization} AND p.period = o.period "
        "WHERE o.period = ANY(%(months)s::date[])"
    ).replace("{organization}", str(int(organization_id)))


PRICES_STAGED: Final = f"SELECT DISTINCT contracted_price_id, rate_id FROM {STAGED}"
"""The prices that the staged rows were priced at: not those of today."""

DAYS_STAGED: Final = f"SELECT min(local_date), max(local_date) FROM {STAGED}"
