from typing import cast

import pytest
from django.core.exceptions import ValidationError

from teams.models import AuditEntry, Organization
from tests.teams.factories import OrganizationFactory
from tests.usage.event_factories import make_event
from tests.usage.ledger_fixtures import open_ledger, store
from usage.models import Integration, UsageEvent
from usage.services.integrations import merge_integration

pytestmark = pytest.mark.django_db


def _integrations(organization: Organization, *names: str) -> list[Integration]:
    return [Integration.objects.create(organization=organization, external_id=name) for name in names]


def test_coming_usage_counts_under_the_target_and_history_stays() -> None:
    organization = open_ledger()
    store(organization, make_event(integration_id="slack-old", transaction_id="1"))
    old = Integration.objects.get(external_id="slack-old")
    (new,) = _integrations(organization, "slack")
    assert merge_integration(source=old, target=new, reason="renamed") == new
    store(organization, make_event(integration_id="slack-old", transaction_id="2"))
    ids = dict(UsageEvent.objects.values_list("transaction_id", "integration_id"))
    assert ids == {"1": old.pk, "2": new.pk}
    assert AuditEntry.objects.get(action="integration.merged").facts == {
        "source": "slack-old",
        "target": "slack",
    }


def test_merges_are_never_followed_by_more_than_one_step() -> None:
    one, two, three = _integrations(open_ledger(), "one", "two", "three")
    merge_integration(source=one, target=two)
    merge_integration(source=two, target=three)
    assert set(Integration.objects.exclude(pk=three.pk).values_list("merged_into", flat=True)) == {three.pk}


def test_what_does_not_fit_is_refused() -> None:
    organization = open_ledger()
    one, two = _integrations(organization, "one", "two")
    (stranger,) = _integrations(cast(Organization, OrganizationFactory()), "one")
    merge_integration(source=one, target=two)
    for source, target, message in (
        (two, stranger, "different organizations"),
        (two, one, "into itself"),
        (two, two, "into itself"),
        (one, two, "merged before"),
    ):
        with pytest.raises(ValidationError, match=message):
            merge_integration(source=source, target=target)
