"""The admin's first page shows finance staff every organization, and nobody else anything."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client, override_settings
from time_machine import travel

from billing.admin.home import totals_of
from tests.billing.web.page import Page
from tests.browser.scene import UNPRICED, Scene, cost_of, set_scene, tokens_of
from tests.teams.cast import Cast
from usage.enums import EventSource
from usage.events import Event
from usage.queries.organizations_home import organizations_home
from usage.services.ingest import store_events

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen_time():
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return set_scene(cast, now=NOW)


def home(cast: Cast) -> Page:
    client = Client()
    client.force_login(cast.carol)
    response = client.get("/admin/")
    assert response.status_code == 200
    return Page(response.content.decode())


def test_each_organization_is_a_line_with_its_figures(cast: Cast, scene: Scene) -> None:
    page = home(cast)
    rows = page.tables[0].rows
    acme = next(row for row in rows if row[0].startswith("Acme"))
    assert len(rows) == 2
    assert acme[1] == str(tokens_of(scene.of_month()))
    assert cost_of(scene.of_month()) == organizations_home(now=NOW)[0].totals.contracted_cost
    unpriced = [event for event in scene.of_month() if event.response_model == UNPRICED[1]]
    assert acme[5] == str(len(unpriced))


def test_waiting_events_are_counted(cast: Cast, scene: Scene) -> None:
    known = scene.sent[-1]
    changed = Event(transaction_id=known.transaction_id, occurred_at=known.occurred_at, input_tokens=1)
    future = Event(transaction_id="future", occurred_at=NOW + timedelta(days=2), input_tokens=1)
    store_events(organization_id=cast.acme.pk, events=[changed, future], source=EventSource.NATIVE)
    acme = next(row for row in home(cast).tables[0].rows if row[0].startswith("Acme"))
    assert (acme[6], acme[7]) == ("1", "1")


def test_the_cards_add_the_organizations_up(cast: Cast, scene: Scene) -> None:
    rows = organizations_home(now=NOW)
    totals = totals_of(rows)
    assert totals.measures.total_tokens == sum(row.totals.total_tokens for row in rows)
    assert totals.projected_cost >= totals.measures.contracted_cost > 0
    assert totals.unprojected == 1
    assert "without enough history" in home(cast).text


def test_a_page_beyond_the_last_is_the_last(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.carol)
    for page in ("9", "0", "-1", "²", "x"):
        assert client.get("/admin/", {"page": page}).status_code == 200


def test_others_see_nothing_of_it(cast: Cast) -> None:
    for user in (cast.alice, cast.charlie):
        client = Client()
        client.force_login(user)
        response = client.get("/admin/", follow=True)
        assert response.status_code == 403
        assert "All organizations" not in response.content.decode()
