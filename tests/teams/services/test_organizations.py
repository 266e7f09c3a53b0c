from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from teams.models import AuditEntry, Organization
from teams.queries.organizations import dated_zones, start_of_day, time_zone_on
from teams.services.organizations import FIRST_MONTH, create_organization, ensure_test_twin, set_time_zone
from tests.teams.cast import Cast
from tests.teams.factories import OrganizationFactory

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_an_organization_is_made_with_its_first_zone(cast: Cast) -> None:
    made = create_organization(
        name="Himal", slug="himal", time_zone="Asia/Kathmandu", currency="eur", actor=cast.carol
    )
    assert made.currency == "EUR"
    assert [(zone.valid_from, zone.time_zone) for zone in dated_zones(made.id)] == [
        (FIRST_MONTH, "Asia/Kathmandu")
    ]
    assert AuditEntry.objects.get(action="organization.created", organization=made).actor == cast.carol


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"currency": "XQX"}, "currency"),
        ({"slug": "acme"}, "slug"),
        ({"week_start": 8}, "week_start"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_organization_is_refused_by_field(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    fields: dict[str, Any] = {"name": "New", "slug": "new", "time_zone": "UTC"} | wrong
    with pytest.raises(ValidationError) as refused:
        create_organization(**fields)
    assert list(refused.value.message_dict) == [field]
    assert Organization.objects.count() == 2


def test_the_twin_is_made_once_like_its_organization(db: None) -> None:
    organization = OrganizationFactory(slug="acme", currency="EUR", time_zone="Europe/Berlin")
    OrganizationFactory(slug="acme-test")
    twin = ensure_test_twin(organization)
    assert ensure_test_twin(organization) == ensure_test_twin(twin) == twin
    assert (twin.twin_of, twin.slug, twin.currency) == (organization, "acme-test-2", "EUR")
    assert dated_zones(twin.id) == dated_zones(organization.id)


def test_a_zone_changes_from_a_coming_month_and_the_twin_follows(cast: Cast) -> None:
    twin = ensure_test_twin(cast.acme)
    first = date(2027, 1, 1)
    set_time_zone(cast.acme, time_zone="Asia/Tokyo", valid_from=first, actor=cast.carol, now=NOW)
    for organization in (cast.acme, twin):
        assert time_zone_on(organization.id, date(2026, 12, 31)) == "UTC"
        assert time_zone_on(organization.id, first) == "Asia/Tokyo"
    assert start_of_day(cast.acme.id, first) == datetime(2026, 12, 31, 15, tzinfo=UTC)
    facts = AuditEntry.objects.get(action="organization.time_zone_changed").facts
    assert facts == {"before": "UTC", "after": "Asia/Tokyo", "valid_from": "2027-01-01"}
    set_time_zone(cast.acme, time_zone="UTC", valid_from=first, now=NOW)
    assert time_zone_on(cast.acme.id, first) == "UTC"


def test_a_twins_zone_is_not_changed_alone(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        set_time_zone(
            ensure_test_twin(cast.acme), time_zone="Asia/Tokyo", valid_from=date(2027, 1, 1), now=NOW
        )


@pytest.mark.parametrize(
    ("time_zone", "valid_from", "now"),
    [
        ("Asia/Tokyo", date(2027, 1, 2), NOW),
        ("Asia/Tokyo", date(2026, 11, 1), NOW),
        ("Nowhere", date(2027, 1, 1), NOW),
        # In the new zone the month begins in an hour; an event sent a little early could already lie in it.
        ("Pacific/Kiritimati", date(2026, 12, 1), datetime(2026, 11, 30, 9, tzinfo=UTC)),
        ("UTC", date(2026, 12, 1), datetime(2026, 11, 30, 0, 1, tzinfo=UTC)),
    ],
)
def test_a_zone_change_that_could_touch_the_past_is_refused(
    cast: Cast, time_zone: str, valid_from: date, now: datetime
) -> None:
    with pytest.raises(ValidationError):
        set_time_zone(cast.acme, time_zone=time_zone, valid_from=valid_from, now=now)
    assert len(dated_zones(cast.acme.id)) == 1
