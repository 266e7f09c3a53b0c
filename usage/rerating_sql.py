"""The statements of a re-rating: the rows that count for events, and those that replace them. Pure.

``{organization}`` stands for the organization's id.
"""

from typing import Final

from usage.corrections import CARRIED, Carried
from usage.enums import ChargeKind, Correction
from usage.pricing import KINDS
from usage.rerating import RERATED
from usage.rollups import CHARGE_QUANTITIES
from usage.staged_columns import STAGED, STAGED_COLUMNS, STAGED_FACTS

# What the event's own row says: of one that was priced anew, the price before may have left the seconds out.
_SENT_SECONDS: Final = (
    "coalesce((SELECT o.audio_seconds FROM usage_event o WHERE o.organization_id = e.organization_id "
    "AND o.period = e.period AND o.id = e.corrects), e.audio_seconds)"
)
_QUANTITIES: Final = CHARGE_QUANTITIES | {ChargeKind.AUDIO_SECOND: _SENT_SECONDS}
_PAGE: Final = (
    "SELECT e.id, coalesce(e.corrects, e.id), e.occurred_at, e.service_tier, e.input_tokens, "
    "e.cache_read_input_tokens, e.list_price_id, e.contracted_price_id, e.rate_id, e.list_cost, "
    f"e.contracted_cost, e.unpriced, e.files, {', '.join(_QUANTITIES[kind] for kind in KINDS)} "
    "FROM usage_event e WHERE e.organization_id = {organization} AND e.period = %(period)s "
    "AND e.model_id = %(model_id)s AND e.id > %(after)s "
    "AND (%(occurred_from)s::timestamptz IS NULL OR e.occurred_at >= %(occurred_from)s::timestamptz) "
    f"AND (e.correction = '{Correction.NONE}' "
    f"OR e.correction = '{Correction.RERATING}' AND e.transaction_id LIKE '{RERATED}%%') "
    "ORDER BY e.id LIMIT %(limit)s"
)
# A question of its own: joined to the page, a planner without statistics compares every row with every other.
_CORRECTIONS: Final = (
    "SELECT c.corrects, c.correction, c.transaction_id FROM usage_event c WHERE c.organization_id = {organization} "
    "AND c.period = %(period)s AND c.corrects = ANY(%(originals)s::uuid[])"
)

MADE: Final = {
    "ids": "uuid[]",
    "transaction_ids": "text[]",
    "fingerprints": "bytea[]",
    "row_ids": "uuid[]",
    "corrects": "uuid[]",
    "list_price_ids": "bigint[]",
    "contracted_price_ids": "bigint[]",
    "rate_ids": "bigint[]",
    "list_costs": "numeric[]",
    "contracted_costs": "numeric[]",
    "unpriced": "smallint[]",
    "audio_seconds": "bigint[]",
    "files": "text[]",
}
"""Parallel lists. Beside them: ``period``, the month of all of them."""

_OWN: Final = {
    "id": "made.id",
    "transaction_id": "made.transaction_id",
    "corrects": "made.corrects",
    "close_number": "p.close_number",
    "hold_id": "NULL",
    "list_price_id": "made.list_price_id",
    "contracted_price_id": "made.contracted_price_id",
    "rate_id": "made.rate_id",
    "list_cost": "made.list_cost",
    "contracted_cost": "made.contracted_cost",
    "unpriced": "made.unpriced",
    "audio_seconds": "made.audio_seconds",
    "files": "made.files::jsonb",
}
# As with every correction: the names of the chat and message that stand are kept.
_FACTS: Final = {"fingerprint": "made.fingerprint", "message": "''"}
_MADE_COLUMNS: Final = (
    "id, transaction_id, fingerprint, row_id, corrects, list_price_id, contracted_price_id, rate_id, list_cost, "
    "contracted_cost, unpriced, audio_seconds, files"
)


def rated_page(organization_id: int) -> str:
    """SELECT the next rows of a model's events in a month, in the order of their ids: the events' own, and those that
    re-ratings have put in their place."""
    return _PAGE.replace("{organization}", str(int(organization_id)))


def corrections_of(organization_id: int) -> str:
    """SELECT (event's id, correction, transaction id) of all corrections of some events of a month."""
    return _CORRECTIONS.replace("{organization}", str(int(organization_id)))


def _carried(column: str) -> str:
    if column in _OWN:
        return _OWN[column]
    if CARRIED[column] is Carried.OWN:
        raise KeyError(column)
    return f"o.{column}"


def stage_rerated(organization_id: int) -> str:
    """INSERT the rows at their new prices into the staging table, stamped with the close number of now."""
    selected = [_carried(column) for column in STAGED_COLUMNS]
    facts = [_FACTS.get(name, "NULL") for name in STAGED_FACTS]
    made = ", ".join(f"%({name})s::{kind}" for name, kind in MADE.items())
    return (
        f"INSERT INTO {STAGED} ({', '.join((*STAGED_COLUMNS, *STAGED_FACTS))}) "
        f"SELECT {', '.join((*selected, *facts))} FROM unnest({made}) AS made({_MADE_COLUMNS}) "
        "JOIN usage_event o ON o.organization_id = {organization} AND o.period = %(period)s AND o.id = made.row_id "
        "JOIN usage_period p ON p.organization_id = {organization} AND p.period = %(period)s"
    ).replace("{organization}", str(int(organization_id)))


EMPTY_STAGING: Final = f"DELETE FROM {STAGED}"
"""What was staged before in the same transaction is stored by then."""
