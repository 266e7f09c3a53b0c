"""Integrations: what they used adds up, and how they are doing is told from their own history."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from tests.usage.ledger_fixtures import NOON, event, store
from tests.usage.panels.asking import admin_page, answer, page, queries
from tests.usage.why_cost.test_api import ledger, one_factor
from usage.figures import share_of
from usage.models import Integration

__all__ = ["ledger", "one_factor"]
pytestmark = pytest.mark.django_db
PER_CALL = Decimal("0.0027")
"""1,000 tokens in and 100 out at 0.9 of 2 and 10 dollars per million."""


def calls(number, *, failed=0, day=0, service="gmail", **fields):
    """Calls ``day`` days before May 20th, some of them failed. An event may stand for many calls."""
    told = {"integration_id": service, "occurred_at": NOON - timedelta(days=day), "duration_ms": 100} | fields
    sent = [event(calls=number, **told)] if number else []
    return sent + ([event(calls=failed, error_type="timeout", **told | {"duration_ms": 0})] if failed else [])


@pytest.fixture
def services(ledger):
    """Gmail was steady for four weeks and then failed on one model; Slack is new; Bob alone used Notion."""
    sent = [one for day in range(1, 29) for one in calls(50, day=day, member_id="")]
    sent += calls(40, member_id="") + calls(0, failed=20, response_model="mystery", member_id="")
    sent += calls(0, failed=1, member_id="", feature="agents")
    sent += calls(10, service="slack", day=1, duration_ms=4000) + calls(5, service="notion")
    sent += [event(member_id=""), event(integration_id="")]
    store(ledger.acme, *sent)
    Integration.objects.filter(external_id="gmail").update(name="Gmail")
    with time_machine.travel(datetime(2026, 5, 20, 18, tzinfo=UTC), tick=False):
        yield ledger


MAY: dict[str, Any] = {"range": "this_month"}


def line(found, name):
    return next(of for of in found["health"] if of["value"] == name)


def test_usage_adds_up_with_what_has_no_integration(services):
    found = answer(services.alice, "integrations", **MAY)["breakdown"]
    counts = {row["value"]: row["measures"]["calls"] for row in found["rows"]}
    assert counts == {"gmail": 19 * 50 + 40 + 21, "slack": 10, "notion": 5, "unattributed": 2}
    assert sum(counts.values()) == found["total"]["calls"]
    assert [row["share_of_tokens"] for row in found["rows"]] == [
        str(share_of(row["measures"]["total_tokens"], found["total"]["total_tokens"]))
        for row in found["rows"]
    ]
    assert found["rows"] == answer(services.alice, "breakdown", **MAY, by="integration")["rows"]


def test_the_service_that_fails_stands_first_with_its_driver(services):
    found = answer(services.alice, "integrations", **MAY)
    gmail = found["health"][0]
    assert (gmail["value"], gmail["name"], gmail["state"]) == ("gmail", "Gmail", "critical")
    assert gmail["counts"]["failures"] == 21
    (flag,) = gmail["flags"]
    assert (flag["kind"], flag["day"], flag["usual"]) == ("errors", "2026-05-20", 0)
    assert flag["value"] == pytest.approx(21 / 61)
    # 20 of 21 failures by the model; by the feature as many.
    assert (flag["driver"]["dimension"], flag["driver"]["part"]) == ("model", pytest.approx(20 / 21))
    assert flag["driver"]["name"] == "mystery"
    assert gmail["volume"] == [50] * 19 + [61]
    assert line(found, "slack")["state"] == "new"
    assert line(found, "slack")["volume"][-2:] == [10, 0]


def test_latency_is_of_the_calls_that_say_how_long_they_took(services):
    found = answer(services.alice, "integrations", **MAY)
    assert line(found, "gmail")["latency"]["calls"] == 19 * 50 + 40
    assert 90 <= line(found, "gmail")["latency"]["p50_ms"] <= 128
    assert 2896 <= line(found, "slack")["latency"]["p95_ms"] <= 4097


def test_last_success_and_last_call(services):
    gmail = line(answer(services.alice, "integrations", **MAY), "gmail")
    assert gmail["last_success"] == gmail["last_activity"]
    assert datetime.fromisoformat(gmail["last_activity"]["hour_start"]) == NOON
    store(services.acme, *calls(0, failed=3, day=-0.1))
    again = line(answer(services.alice, "integrations", **MAY), "gmail")
    assert again["last_success"] == gmail["last_success"]
    assert datetime.fromisoformat(again["last_activity"]["hour_start"]) == NOON + timedelta(hours=2)


def test_a_silent_service_is_told_though_nothing_was_used(services):
    store(services.acme, *(one for day in range(10, 30) for one in calls(9, day=day, service="jira")))
    jira = line(answer(services.alice, "integrations", range="last_7_days"), "jira")
    assert (jira["state"], jira["counts"]["calls"], jira["flags"][0]["kind"]) == ("warning", 0, "silence")
    assert jira["flags"][0]["day"] == "2026-05-11"
    assert jira["last_success"]["day"] == "2026-05-10"


def test_merged_services_are_one(services):
    gmail = Integration.objects.get(external_id="gmail")
    Integration.objects.filter(external_id="slack").update(merged_into=gmail)
    found = answer(services.alice, "integrations", **MAY)
    assert line(found, "gmail")["counts"]["calls"] == 19 * 50 + 61 + 10
    assert line(found, "gmail")["latency"]["calls"] == 19 * 50 + 40 + 10
    assert [of["value"] for of in found["health"]] == ["gmail", "notion"]
    one = answer(services.alice, "integrations/slack", **MAY)
    assert (one["integration"]["value"], one["total"]["calls"]) == ("gmail", 19 * 50 + 61 + 10)


def test_who_sees_what(services):
    found = answer(services.bob, "integrations", **MAY)
    assert {of["value"] for of in found["health"]} == {"slack", "notion"}
    assert (found["has_latency"], line(found, "slack")["latency"]) == (False, None)
    assert line(found, "slack")["last_success"] == {"day": "2026-05-19", "hour_start": None}
    assert "gmail" not in str(found)
    lead = answer(services.dana, "integrations", **MAY)
    assert {of["value"] for of in lead["health"]} == {"slack", "notion"}
    assert line(lead, "slack")["latency"]["calls"] == 10
    answer(services.charlie, "integrations", status=404)
    for part in (services.bob, services.dana):
        answer(part, "integrations/gmail", **MAY, status=404)
        assert answer(part, "integrations/notion", **MAY)["total"]["calls"] == 5
    answer(services.alice, "integrations/none", status=404)
    answer(services.charlie, "integrations/gmail", status=404)


def test_one_service_by_the_hour_and_by_the_day(services):
    found = answer(services.alice, "integrations/gmail", range="last_7_days")
    assert found["bucket"] == "hour"
    # Six whole days and the hours of today that have begun.
    assert len(found["points"]) == 6 * 24 + 18
    noon = next(of for of in found["points"] if datetime.fromisoformat(of["hour_start"]) == NOON)
    assert (noon["counts"]["calls"], noon["counts"]["failures"], noon["latency"]["calls"]) == (61, 21, 40)
    by_day = answer(services.alice, "integrations/gmail", **MAY)
    assert (by_day["bucket"], len(by_day["points"])) == ("day", 20)
    assert sum(of["counts"]["calls"] for of in by_day["points"]) == by_day["total"]["calls"]
    assert [of["is_partial"] for of in by_day["points"]][-2:] == [False, True]
    assert by_day["points"][-1]["latency"]["calls"] == 40
    own = answer(services.bob, "integrations/notion", range="last_7_days")
    assert (own["bucket"], own["points"][-1]["counts"]["calls"]) == ("day", 5)
    without = answer(services.alice, "integrations/unattributed", **MAY)
    assert without["total"]["calls"] == 2


def test_filters(services):
    found = answer(services.alice, "integrations", **MAY, model="openai/mystery")
    assert found["breakdown"]["total"]["calls"] == 20
    assert answer(services.alice, "integrations", status=400, member="bob")["errors"][0]["field"] == "member"
    assert [of["value"] for of in answer(services.alice, "integrations", integration="slack")["health"]] == [
        "slack"
    ]


def test_the_number_of_queries_does_not_grow(services):
    few = queries(services.acme, "integrations", **MAY, integration="gmail")
    assert (
        queries(services.acme, "integrations", **MAY, integration=["gmail", "slack", "notion"]) == few <= 12
    )
    assert queries(services.acme, "integrations", **MAY) <= 12
    assert queries(services.acme, "integrations/gmail", **MAY) <= 12
    assert queries(services.acme, "integrations/gmail", range="last_7_days") <= 12


def test_pages_of_both_faces(services):
    for text in (
        page(services.alice, "integrations/", **MAY),
        admin_page(services.carol, "integrations/", **MAY),
    ):
        assert "Critical" in text
        assert "mostly the model" in text
        assert "How spikes and latencies are found" in text
        assert "integrations/gmail/?range" not in text
    assert "Latency p95" not in page(services.bob, "integrations/", **MAY)
    assert "departments you lead" in page(services.dana, "integrations/", **MAY)
    for text in (
        page(services.alice, "integrations/gmail/", range="last_7_days"),
        admin_page(services.carol, "integrations/gmail/", **MAY),
    ):
        assert 'data-only="rate"' in text
        assert 'data-only="ms"' in text
    assert "Latency is kept for departments" in page(services.bob, "integrations/notion/")
    page(services.bob, "integrations/gmail/", status=404)


def test_a_day_that_is_not_over_is_marked_in_both_charts(services):
    assert page(services.alice, "integrations/gmail/", **MAY).count("Not over yet") == 2
    over: dict[str, Any] = {"from": "2026-05-01", "to": "2026-05-19"}
    assert "Not over yet" not in page(services.alice, "integrations/gmail/", **over)
