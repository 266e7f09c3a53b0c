"""Usage that has no price, by model: read from the rollup of spending, of which an index holds just this."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection

from usage.models import LlmModel, UnpricedAlert


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpricedModel:
    """A model whose usage has no price, in all organizations but test twins; ``model`` None where none was named.

    Days are local ones. ``tokens`` are input and output of the ``events``.
    """

    model: LlmModel | None
    organizations: int
    events: int
    tokens: int
    first_day: date
    last_day: date

    @property
    def model_id(self) -> int:
        return self.model.pk if self.model else 0

    @property
    def first_seen_at(self) -> datetime | None:
        return self.model.first_seen_at if self.model else None


_UNPRICED: Final = """
SELECT s.model_id, count(DISTINCT s.organization_id), sum(s.unpriced)::bigint, sum(s.unpriced_tokens)::bigint,
    min(s.local_date), max(s.local_date)
FROM spend_daily s JOIN teams_organization o ON o.id = s.organization_id
WHERE s.scope_kind = 'organization' AND s.unpriced <> 0 AND o.twin_of_id IS NULL
GROUP BY s.model_id ORDER BY 4 DESC, 1
"""


def unpriced_models() -> list[UnpricedModel]:
    """Every model with unpriced usage, the most tokens first. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_UNPRICED)
        rows = cursor.fetchall()
    models = LlmModel.objects.in_bulk({row[0] for row in rows})
    return [
        UnpricedModel(
            model=models.get(model_id),
            organizations=organizations,
            events=events,
            tokens=tokens,
            first_day=first_day,
            last_day=last_day,
        )
        for model_id, organizations, events, tokens, first_day, last_day in rows
    ]


def alerted_models() -> set[int]:
    """The ids of models that staff was told of."""
    return set(UnpricedAlert.objects.values_list("model_id", flat=True))
