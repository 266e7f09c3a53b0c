"""Changing a time zone in the admin moves the borders of months to come, of the test twin too."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client, override_settings
from django.urls import reverse

from teams.models import AuditEntry
from teams.queries.organizations import time_zone_on
from teams.services.organizations import ensure_test_twin
from tests.teams.cast import Cast
from usage.models import UsagePeriod
from usage.services.periods import ensure_periods

DECEMBER = date(2026, 12, 1)


@pytest.fixture
def staff(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.carol)
    return client


@time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False)
@override_settings(STAFF_MFA_REQUIRED=False)
def test_a_zone_changes_from_a_coming_month_only(cast: Cast, staff: Client) -> None:
    owners = [cast.acme, ensure_test_twin(cast.acme)]
    for owner in owners:
        ensure_periods(owner.pk)
    page = reverse("admin:teams_organization_change_time_zone", args=(cast.acme.pk,))
    assert staff.get(page).status_code == 200
    response = staff.post(page, {"time_zone": "Asia/Tokyo", "valid_from": "2026-11-01"})
    assert "a month to come" in response.content.decode()
    assert staff.post(page, {"time_zone": "Asia/Tokyo", "valid_from": str(DECEMBER)}).status_code == 302
    for owner in owners:
        assert time_zone_on(owner.pk, DECEMBER) == "Asia/Tokyo"
        before, after = UsagePeriod.objects.filter(
            organization=owner, period__in=(date(2026, 11, 1), DECEMBER)
        ).order_by("period")
        assert before.ends_at == after.starts_at == datetime(2026, 11, 30, 15, tzinfo=UTC)
        assert (before.time_zone, after.time_zone) == ("UTC", "Asia/Tokyo")
    assert AuditEntry.objects.get(action="organization.time_zone_changed").actor == cast.carol


@override_settings(STAFF_MFA_REQUIRED=False)
def test_staff_see_the_organizations_page(cast: Cast, staff: Client) -> None:
    page = staff.get(reverse("admin:teams_organization_change", args=(cast.acme.pk,))).content.decode()
    assert reverse("admin:teams_organization_change_time_zone", args=(cast.acme.pk,)) in page
