"""Makes rows for models and integrations that events name and nobody has entered."""

from collections.abc import Iterable

from django.db.models.functions import Coalesce
from django.utils import timezone

from usage.models import Integration, LlmModel


def ensure_integrations(organization_id: int, external_ids: Iterable[str]) -> dict[str, int]:
    """The integration id of every external id, making placeholders for unknown ones. Safe when many do it at once."""
    wanted = sorted(set(external_ids))
    if not wanted:
        return {}
    Integration.objects.bulk_create(
        [
            Integration(organization_id=organization_id, external_id=external_id, is_placeholder=True)
            for external_id in wanted
        ],
        ignore_conflicts=True,
    )
    rows = Integration.objects.filter(organization_id=organization_id, external_id__in=wanted)
    return dict(rows.values_list("external_id", Coalesce("merged_into_id", "id")))


def ensure_models(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The model id of every (provider, model name), making placeholders for models the price list lacks."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    now = timezone.now()
    LlmModel.objects.bulk_create(
        [
            LlmModel(provider_name=provider, name=name, is_placeholder=True, first_seen_at=now)
            for provider, name in wanted
        ],
        ignore_conflicts=True,
    )
    rows = LlmModel.objects.filter(name__in={name for _provider, name in wanted})
    found = {
        (provider, name): row_id for provider, name, row_id in rows.values_list("provider_name", "name", "id")
    }
    return {pair: found[pair] for pair in wanted}
