"""The overview page: who sees what, and that its figures are those that were sent."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.test.utils import override_settings
from time_machine import travel

from teams.models import Organization, User
from tests.billing.web.page import Page
from tests.browser.scene import RESEARCHERS, SUPPORTERS, Scene, cost_of, send, set_scene, tokens_of
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory, OrganizationFactory
from tests.usage.rollup_factories import Fact, book
from usage.events import Event

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
URL = "/o/acme/"


@pytest.fixture(autouse=True)
def frozen_time():
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return set_scene(cast, now=NOW)


def look(user: User, url: str = URL, *, status: int = 200) -> Page:
    client = Client()
    client.force_login(user)
    response = client.get(url)
    assert response.status_code == status
    return Page(response.content.decode())


def test_the_owner_reads_the_sums_of_what_was_sent(cast: Cast, scene: Scene) -> None:
    page = look(cast.alice)
    events = scene.of_month()
    days = page.table("Usage of each day")
    assert days.total[1] == str(tokens_of(events))
    assert Decimal(days.total[5]) == cost_of(events)
    assert str(tokens_of(events)) in page.values
    assert "Overview" in page.text
    assert "Nov 1 – 23, 2026" in page.text.replace("\u2009", " ")
    assert "as of" in page.text
    assert "UTC" in page.text


@pytest.mark.parametrize("caption", ["Usage of each day", "Models", "Departments", "Projects", "Members"])
def test_every_breakdown_adds_up_to_the_total(cast: Cast, scene: Scene, caption: str) -> None:
    page = look(cast.alice)
    table = page.table(caption)
    assert sum(table.column(1)) == Decimal(table.total[1]) == tokens_of(scene.of_month())
    cost_column = 5 if caption == "Usage of each day" else 3
    assert sum(table.column(cost_column)) == Decimal(table.total[cost_column]) == cost_of(scene.of_month())


def test_shares_add_up_and_say_of_what(cast: Cast, scene: Scene) -> None:
    members = look(cast.alice).table("Members")
    assert sum(members.column(2)) == sum(members.column(4)) == 100


def test_what_has_no_member_is_a_row_and_the_shared_resources_are_that_row(cast: Cast, scene: Scene) -> None:
    page = look(cast.alice)
    unattributed = next(row for row in page.table("Members").rows if row[0] == "Unattributed")
    shared = page.table("Shared resources")
    expected = tokens_of(scene.of_month(members=[""]))
    assert sum(shared.column(1)) == Decimal(shared.total[1]) == Decimal(unattributed[1]) == expected
    assert expected > 0


@pytest.mark.parametrize(("of_last_week", "is_band"), [(Decimal(1), False), (Decimal(2), True)])
def test_a_projection_is_between_two_costs_where_they_differ(
    cast: Cast, of_last_week: Decimal, is_band: bool
) -> None:
    days = [NOW.date() - timedelta(days=back) for back in range(29)]
    book(
        cast.acme,
        [Fact(day=day, cost=of_last_week if back < 8 else Decimal(1)) for back, day in enumerate(days)],
    )
    text = look(cast.alice).text
    assert "Projected cost by" in text
    assert ("between" in text) is is_band


def test_what_has_no_price_is_said_and_is_not_free(cast: Cast, scene: Scene) -> None:
    page = look(cast.alice)
    unpriced = [event for event in scene.of_month() if event.response_model == "house-model-7b"]
    assert unpriced
    assert str(tokens_of(unpriced)) in page.values
    assert "at least" in page.text
    assert re.search(r"Unpriced\s", page.text)


def test_a_lead_sees_the_department_and_no_other(cast: Cast, scene: Scene) -> None:
    page = look(cast.dana)
    assert page.table("Departments").total[1] == str(tokens_of(scene.of_month(members=RESEARCHERS)))
    assert {row[0] for row in page.table("Members").rows} == {"Dana", "Bob", "Erin"}
    for hidden in ("Frank", "Alice", "Customer support"):
        assert hidden not in page.text


def test_a_member_sees_only_what_is_theirs(cast: Cast, scene: Scene) -> None:
    page = look(cast.bob)
    assert page.table("Usage of each day").total[1] == str(tokens_of(scene.of_month(members=["bob"])))
    for hidden in (*RESEARCHERS, *SUPPORTERS):
        if hidden != "bob":
            assert hidden.title() not in page.text
    assert "Your usage" in page.text


def test_finance_staff_see_every_organization(cast: Cast, scene: Scene) -> None:
    assert str(tokens_of(scene.of_month())) in look(cast.carol).values
    look(cast.carol, "/o/other/")


def test_an_outsider_cannot_tell_it_from_what_is_not_there(cast: Cast, scene: Scene) -> None:
    client = Client()
    client.force_login(cast.charlie)
    there, nowhere = client.get(URL), client.get("/o/nowhere/")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    bodies = [re.sub(r'value="\w{64}"', "", page.content.decode()) for page in (there, nowhere)]
    assert bodies[0] == bodies[1]
    assert not re.search("acme|alice|atlas", bodies[0], re.IGNORECASE)


def test_nobody_looks_without_signing_in(cast: Cast) -> None:
    for url in (URL, "/o/nowhere/", "/"):
        response = Client().get(url)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("asked", ["2031-01", "1999-01", "2026-13", "yesterday", "<script>alert(1)</script>"])
def test_a_month_that_is_not_there_is_said_so(cast: Cast, scene: Scene, asked: str) -> None:
    client = Client()
    client.force_login(cast.alice)
    response = client.get(URL, {"period": asked})
    assert response.status_code == 404
    page = response.content.decode()
    assert "There is no such billing period" in page
    assert "<script>alert" not in page


def test_a_month_that_is_over_is_compared_whole_and_not_projected(cast: Cast, scene: Scene) -> None:
    page = look(cast.alice, f"{URL}?period=2026-10")
    october = [event for event in scene.sent if event.occurred_at.month == 10]
    assert page.table("Usage of each day").total[1] == str(tokens_of(october))
    assert "against September 2026" in page.text
    assert "Projected" not in page.text


def test_two_weeks_are_needed_for_a_projection(cast: Cast) -> None:
    set_scene(cast, now=NOW, weeks=1)
    page = look(cast.alice)
    assert "Not enough history yet" in page.text
    assert "so far there are 7 days" in page.text


def test_without_usage_the_page_says_how_to_send_some(cast: Cast) -> None:
    empty = OrganizationFactory(name="Empty", slug="empty")
    MemberFactory(organization=empty, user=cast.alice, role="owner")
    page = look(cast.alice, "/o/empty/")
    assert "No usage has come in yet" in page.text
    assert "/api/v1/usage/events" in page.text
    assert not page.tables


def test_names_are_shown_and_not_run(cast: Cast, scene: Scene) -> None:
    evil = "<img src=x onerror=alert(1)>"
    Organization.objects.filter(pk=cast.acme.pk).update(name=evil)
    send(cast.acme.pk, [_call(member_id=evil, project_id="</script><script>alert(1)</script>")])
    page = look(cast.alice)
    assert evil in page.text
    assert page.inline == []


@pytest.mark.parametrize("url", [URL, f"{URL}?period=2026-10", "/accounts/password/change/", "/o/nowhere/"])
def test_pages_hold_nothing_that_the_policy_blocks(cast: Cast, scene: Scene, url: str) -> None:
    assert look(cast.alice, url, status=404 if "nowhere" in url else 200).inline == []


def _call(**fields: str) -> Event:
    return Event(
        transaction_id=f"extra-{fields.get('member_id')}",
        occurred_at=NOW - timedelta(hours=2),
        provider_name="openai",
        response_model="gpt-4o",
        input_tokens=2_000_000,
        output_tokens=10,
        **fields,  # type: ignore[arg-type]
    )
