"""What the values of a filter stand for: ids and words of one organization, found in at most three queries.

A name that nothing carries finds nothing, just as one of another organization does or one that the asker may not see:
an answer without usage, which tells nobody what exists.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Q

from usage.breakdown import Key
from usage.models import LlmModel
from usage.panels.vocabulary import UNATTRIBUTED, Dimension
from usage.queries.names import DIRECTORIES, Merges, all_of, entries

OWN_ID: Final = "id:"
"""Before an id of ours, for entries that have none of the client's."""

Chosen = Mapping[Dimension, frozenset[Any]]
"""Per dimension what its column may hold: ids, or words; 0 or "" for usage that named none."""

_MOST_DIGITS: Final = 18


def resolved(asked: Mapping[Dimension, Sequence[str]], *, organization_id: int, merged: Merges) -> Chosen:
    """What ``asked`` means in an organization. Entries stand for all that were merged into them."""
    chosen: dict[Dimension, frozenset[Any]] = {}
    directories = {dimension: values for dimension, values in asked.items() if dimension.value in DIRECTORIES}
    if directories:
        chosen |= _directory_ids(directories, organization_id=organization_id, merged=merged)
    if Dimension.MODEL in asked or Dimension.PROVIDER in asked:
        chosen[Dimension.MODEL] = _model_ids(
            asked.get(Dimension.MODEL, ()), asked.get(Dimension.PROVIDER, ())
        )
    for dimension in (Dimension.FEATURE, Dimension.PLATFORM, Dimension.TOOL):
        if dimension in asked:
            chosen[dimension] = frozenset("" if word == UNATTRIBUTED else word for word in asked[dimension])
    return chosen


def _directory_ids(
    asked: Mapping[Dimension, Sequence[str]], *, organization_id: int, merged: Merges
) -> dict[Dimension, frozenset[int]]:
    queries = [
        entries(
            dimension.value, Q(external_id__in=values) | Q(id__in=_own_ids(values)), organization_id
        ).values_list("entity", "id", "external_id")
        for dimension, values in sorted(asked.items())
    ]
    found: list[tuple[Key, str | None]] = [
        ((entity, id_), external) for entity, id_, external in all_of(queries)
    ]
    result = {}
    for dimension, values in asked.items():
        ids: set[int] = {0} if UNATTRIBUTED in values else set()
        carried = {external for key, external in found if key[0] == dimension.value and external in values}
        for key, external in found:
            # A client may call something "id:7"; then that is what is meant.
            by_own_id = f"{OWN_ID}{key[1]}" in values and f"{OWN_ID}{key[1]}" not in carried
            if key[0] == dimension.value and (external in values or by_own_id):
                ids |= merged.shown_under(key)
        result[dimension] = frozenset(ids)
    return result


def _own_ids(values: Sequence[str]) -> list[int]:
    numbers = [value.removeprefix(OWN_ID) for value in values if value.startswith(OWN_ID)]
    return [
        int(number)
        for number in numbers
        if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS
    ]


def _model_ids(models: Sequence[str], providers: Sequence[str]) -> frozenset[int]:
    """Models by name or ``provider/name``, and of some providers; no model counts as of no provider."""
    rows = LlmModel.objects.order_by()
    if models:
        pairs = [value.split("/", 1) for value in models if "/" in value]
        named = Q(name__in=models)
        for provider, name in pairs:
            named |= Q(provider_name=provider, name=name)
        rows = rows.filter(named)
    if providers:
        rows = rows.filter(provider_name__in=providers)
    ids = frozenset(rows.values_list("id", flat=True))
    none = all(UNATTRIBUTED in values for values in (models, providers) if values)
    return ids | {0} if none else ids
