"""What the values of a filter stand for."""

from typing import Any

import pytest

from teams.models import Department, Member, Organization, Project
from tests.usage.rollup_factories import make_organization
from usage.models import Integration, LlmModel
from usage.panels.vocabulary import UNATTRIBUTED, Dimension
from usage.queries.names import merges
from usage.queries.panels.resolve import resolved

DIRECTORIES = {
    Dimension.DEPARTMENT: Department,
    Dimension.PROJECT: Project,
    Dimension.MEMBER: Member,
    Dimension.INTEGRATION: Integration,
}


def meant(organization: Organization, by: Dimension, *values: str) -> frozenset[Any]:
    """What values of one dimension stand for."""
    merged = merges(organization.pk)
    found = resolved({by: values}, organization_id=organization.pk, merged=merged)
    return frozenset(found[Dimension.MODEL if by is Dimension.PROVIDER else by])


@pytest.mark.django_db
@pytest.mark.parametrize("by", list(DIRECTORIES))
def test_entries_are_found_by_the_clients_id_or_by_ours(by: Dimension) -> None:
    acme, other = make_organization(), make_organization()
    model: Any = DIRECTORIES[by]
    one = model.objects.create(organization=acme, external_id="one")
    two = model.objects.create(organization=acme, external_id="two", merged_into=one)
    three = model.objects.create(organization=acme, external_id=f"id:{one.pk}")
    foreign = model.objects.create(organization=other, external_id="foreign")
    both = {one.pk, two.pk}
    # A client's own id goes before ours.
    assert meant(acme, by, f"id:{one.pk}") == {three.pk}
    three.delete()
    for value in ("one", "two", f"id:{one.pk}", f"id:{two.pk}"):
        assert meant(acme, by, value) == both, value
    assert meant(acme, by, "one", UNATTRIBUTED) == both | {0}
    assert meant(acme, by, UNATTRIBUTED) == {0}
    for nothing in ("foreign", f"id:{foreign.pk}", "nobody", "id:", "id:x", "id:٣", f"id:{'9' * 30}", "ONE"):
        assert meant(acme, by, nothing) == frozenset(), nothing
    assert meant(other, by, "foreign", "one") == {foreign.pk}


@pytest.mark.django_db
def test_models_are_found_by_name_and_provider() -> None:
    acme = make_organization()
    create = LlmModel.objects.create
    mine = create(provider_name="openai", name="gpt").pk
    same = create(provider_name="azure", name="gpt").pk
    slashed = create(provider_name="local", name="org/model").pk
    assert meant(acme, Dimension.MODEL, "gpt") == {mine, same}
    assert meant(acme, Dimension.MODEL, "openai/gpt") == {mine}
    assert meant(acme, Dimension.MODEL, "org/model") == {slashed}
    assert meant(acme, Dimension.MODEL, "local/org/model") == {slashed}
    assert meant(acme, Dimension.MODEL, "nothing") == frozenset()
    assert meant(acme, Dimension.MODEL, "openai/gpt", UNATTRIBUTED) == {mine, 0}
    assert meant(acme, Dimension.PROVIDER, "azure", "local") == {same, slashed}
    assert meant(acme, Dimension.PROVIDER, UNATTRIBUTED) == {0}
    found = resolved(
        {Dimension.MODEL: ("gpt",), Dimension.PROVIDER: ("azure",)},
        organization_id=acme.pk,
        merged=merges(acme.pk),
    )
    assert found == {Dimension.MODEL: frozenset({same})}


@pytest.mark.django_db
def test_words_stand_for_themselves() -> None:
    acme = make_organization()
    for by in (Dimension.FEATURE, Dimension.PLATFORM, Dimension.TOOL):
        assert meant(acme, by, "chat", UNATTRIBUTED) == {"chat", ""}
