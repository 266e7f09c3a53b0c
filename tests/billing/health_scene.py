"""Acme's last three days, sent through the API by two keys: an event for every answer that there is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.test import Client
from time_machine import travel

from teams.enums import KeyScope
from teams.models import ApiKey, Organization
from teams.services.keys import NewApiKey
from tests.teams.cast import Cast
from tests.teams.factories import make_api_key
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.models import UsagePeriod
from usage.services.partitions import ensure_partitions, kept_months
from usage.services.periods import ensure_periods
from usage.services.price_list import raise_price_list_version
from usage.services.sightings import sweep_all_sightings

NOW: Final = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 11, 20), date(2026, 11, 19)
GATEWAY_YESTERDAY: Final = {"received": 1, "stored": 1}
GATEWAY_TODAY: Final = {
    "received": 8,
    "stored": 4,
    "duplicate": 1,
    "conflict": 1,
    "quarantined": 1,
    "invalid": 1,
    "late": 1,
    "unattributed": 1,
    "unpriced": 1,
}
APP_TODAY: Final = {"received": 1, "stored": 1}
TOTALS: Final = GATEWAY_TODAY | {"received": 10, "stored": 6}


@dataclass(frozen=True)
class HealthScene:
    """The organization and its two keys, Gateway and App."""

    organization: Organization
    gateway: NewApiKey
    app: NewApiKey
    key_ids: tuple[int, int]


def set_health_scene(cast: Cast, *, now: datetime = NOW) -> HealthScene:
    """Everything sent, and swept. Bob's call “resp-1” was reported by both keys."""
    ensure_partitions(kept_months(now.date()))
    PriceFactory(model=LlmModelFactory(provider_name="openai", name="gpt-4o"))
    raise_price_list_version()
    for organization in (cast.acme, cast.other):
        ensure_periods(organization.pk)
    return receive_every_kind(cast, now=now)


def receive_every_kind(cast: Cast, *, now: datetime) -> HealthScene:
    """The same where months and the price of gpt-4o are there already."""
    gateway = make_api_key(cast.acme, KeyScope.USAGE_WRITE, name="Gateway")
    app = make_api_key(cast.acme, KeyScope.USAGE_WRITE, name="App")
    october = UsagePeriod.objects.filter(organization=cast.acme, period=date(2026, 10, 1))
    october.update(close_number=2)
    with travel(now - timedelta(days=1), tick=False):
        send(gateway, [call("kept", now - timedelta(days=1))])
    with travel(now - timedelta(minutes=30), tick=False):
        send(gateway, _every_kind(now - timedelta(minutes=30)))
    with travel(now - timedelta(minutes=20), tick=False):
        send(app, [call("seen-again", now - timedelta(minutes=31), response_id="resp-1")])
    sweep_all_sightings(now=now)
    return HealthScene(cast.acme, gateway, app, (gateway.key.pk, app.key.pk))


def call(transaction_id: str, occurred_at: datetime, **changed: Any) -> dict[str, Any]:
    """A priced call of Bob's as it is sent; a field that is None is left out."""
    fields = {
        "transaction_id": transaction_id,
        "occurred_at": occurred_at.isoformat(),
        "provider_name": "openai",
        "response_model": "gpt-4o",
        "member_id": "bob",
        "input_tokens": 1000,
        "output_tokens": 100,
    } | changed
    return {name: value for name, value in fields.items() if value is not None}


def _every_kind(now: datetime) -> list[dict[str, Any]]:
    return [
        call("seen", now, response_id="resp-1"),
        call("nobodys", now, member_id=None, project_id="atlas"),
        call("unpriced", now, response_model="mystery-1"),
        call("late", datetime(2026, 10, 5, tzinfo=UTC)),
        call("kept", now - timedelta(days=1) + timedelta(minutes=30)),
        call("kept", now, input_tokens=5),
        call("future", now + timedelta(days=2)),
        call("impossible", now, output_tokens=-1),
    ]


def send(key: NewApiKey, events: list[dict[str, Any]]) -> dict[str, Any]:
    """Send events as a client does."""
    response = Client().post(
        "/api/v1/usage/events", events, content_type="application/json", headers={"X-API-Key": key.secret}
    )
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def more_keys(organization: Organization, number: int) -> list[ApiKey]:
    """Keys that each send one event."""
    keys = [make_api_key(organization, KeyScope.USAGE_WRITE, name=f"Key {index}") for index in range(number)]
    for key in keys:
        send(key, [call(f"by-{key.key.pk}", NOW - timedelta(minutes=10))])
    return [key.key for key in keys]
