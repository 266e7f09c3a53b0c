"""The statements that look for calls that came by two doors. Pure.

Event ids are UUIDv7 in the order of receipt, so a span of receipt is a range of ids, and in each billing month a
range of the primary key. ``LATERAL … OFFSET 0`` makes the planner ask month by month, one partition each.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

_BY_MONTH: Final = (
    "FROM usage_period p CROSS JOIN LATERAL ("
    "SELECT id, period, corrects, provider_name, response_id, source, api_key_id FROM usage_event "
    "WHERE organization_id = {organization} AND period = p.period AND id >= %(since)s AND id < %(until)s "
    "AND (corrects IS NOT NULL OR response_id <> '') OFFSET 0) e WHERE p.organization_id = {organization}"
)

NO_COMPILING: Final = "SET LOCAL jit = off"
"""Before the statements below. The planner takes every partition for full, and would compile for seconds what then runs
for milliseconds."""

HAS_NEWS: Final = f"SELECT EXISTS (SELECT {_BY_MONTH})"
"""Whether anything that could matter was received in a span."""

CHANGED: Final = (
    "WITH seen AS MATERIALIZED (SELECT e.id, e.period, e.corrects, e.provider_name, e.response_id, e.source, "
    f"e.api_key_id {_BY_MONTH}), "
    "fresh AS (SELECT DISTINCT provider_name, response_id FROM seen WHERE corrects IS NULL AND id >= %(fresh)s), "
    "called AS (SELECT provider_name, response_id, array_agg(id) AS ids, array_agg(period) AS periods, "
    "count(DISTINCT (source, api_key_id)) > 1 AS is_double FROM seen JOIN fresh USING (provider_name, response_id) "
    "WHERE corrects IS NULL GROUP BY provider_name, response_id), "
    "known AS (SELECT * FROM usage_double_sighting WHERE organization_id = {organization}), "
    "corrected AS (SELECT DISTINCT known.provider_name, known.response_id FROM known "
    "CROSS JOIN LATERAL unnest(known.event_ids) AS held(id) JOIN seen ON seen.corrects = held.id "
    "WHERE seen.id >= %(fresh)s) "
    "SELECT provider_name, response_id, coalesce(called.ids, '{}') || coalesce(known.event_ids, '{}'), "
    "coalesce(called.periods, '{}') || coalesce(known.periods, '{}') "
    "FROM called FULL JOIN known USING (provider_name, response_id) "
    "LEFT JOIN corrected USING (provider_name, response_id) "
    "WHERE called.is_double OR (known.times IS NOT NULL AND called.ids IS NOT NULL) "
    "OR corrected.response_id IS NOT NULL ORDER BY provider_name, response_id"
)
"""Response ids to look at anew, with all the events known of each (some twice): those that came by two doors within
``since``–``until`` and of which at least one event came since ``fresh``, and known ones that gained an event or a
correction since."""

FACTS: Final = (
    "WITH wanted AS (SELECT DISTINCT period, id FROM unnest(%(periods)s::date[], %(ids)s::uuid[]) AS one(period, id)), "
    "held AS MATERIALIZED (SELECT e.* FROM wanted w CROSS JOIN LATERAL (SELECT * FROM usage_event "
    "WHERE organization_id = {organization} AND period = w.period AND id = w.id OFFSET 0) e), "
    "taken AS (SELECT held.id, sum(c.input_tokens + c.output_tokens)::bigint AS tokens, "
    "sum(c.contracted_cost) AS cost, sum(c.unpriced) AS unpriced, bool_or(c.correction = 'void') AS is_voided "
    "FROM held CROSS JOIN LATERAL (SELECT * FROM usage_event WHERE organization_id = {organization} "
    "AND period = held.period AND corrects = held.id OFFSET 0) c GROUP BY held.id) "
    "SELECT held.provider_name, held.response_id, held.id, held.period, held.source, held.api_key_id, "
    "held.received_at, held.member_id, held.local_date, "
    "held.input_tokens + held.output_tokens + coalesce(taken.tokens, 0), "
    "coalesce(held.contracted_cost, 0) + coalesce(taken.cost, 0), held.unpriced + coalesce(taken.unpriced, 0), "
    "coalesce(taken.is_voided, false) FROM held LEFT JOIN taken USING (id) ORDER BY held.id"
)
"""Events at some places with their corrections netted, in the order of receipt; columns as in ``Sighted``."""


def first_id_of(instant: datetime) -> UUID:
    """The smallest UUIDv7 of an instant, to the millisecond."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)
