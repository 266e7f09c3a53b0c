"""Every text of an event may be anything that people have ever broken programs with: stored as sent, shown escaped."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from teams.enums import KeyScope
from teams.services.keys import create_api_key
from tests.real_data import REAL_DATA, needs_real_data
from tests.teams.cast import Cast
from usage.admin.ledger_values import event_url
from usage.models import QuarantinedEvent, UsageEvent
from usage.periods import month_of
from usage.queries.ledger_check import check_ledger
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods

pytestmark = [pytest.mark.django_db, needs_real_data]

TEXTS = {
    **dict.fromkeys(("request_model", "response_model", "response_id", "conversation_id"), 200),
    **dict.fromkeys(("conversation_title", "message_id", "member_id", "department_id", "project_id"), 200),
    "integration_id": 200,
    **dict.fromkeys(("provider_name", "operation_name", "feature", "error_type"), 100),
    **dict.fromkeys(("service_tier", "platform"), 40),
}
MARKUP = re.compile(r"<\s*[a-zA-Z/!?]")
PAGES = ("/o/acme/", "/api/v1/usage/overview?organization=acme", "/api/v1/usage/health?organization=acme")
ADMIN_PAGES = (
    "/admin/usage/usageevent/",
    "/admin/usage/quarantinedevent/",
    "/admin/usage/integration/",
    "/admin/usage/llmmodel/",
    "/admin/teams/member/",
    "/admin/teams/department/",
    "/admin/teams/project/",
    "/admin/teams/auditentry/",
)


def naughty_strings() -> list[str]:
    return [text for text in json.loads((REAL_DATA / "blns.json").read_text()) if text.strip()]


def naughty_event(number: int, text: str, occurred_at: datetime) -> dict[str, Any]:
    return {
        "transaction_id": f"{number} {text}"[:200],
        "occurred_at": occurred_at.isoformat(),
        **{name: text[:length] for name, length in TEXTS.items()},
        "input_tokens": 1000 + number,
        "tools": [{"name": text[:100]}],
        "files": [{"file_id": text[:200], "name": text[:200], "tokens": 10}],
    }


@pytest.fixture
def sent(cast: Cast) -> list[str]:
    """One event of each string on a day of this month, and one each that waits in quarantine."""
    now = datetime.now(UTC)
    ensure_partitions([month_of(now.date())])
    ensure_periods(cast.acme.pk)
    key = create_api_key(organization=cast.acme, name="app", scopes=[KeyScope.USAGE_WRITE])
    strings = naughty_strings()
    late, early = now - timedelta(minutes=1), now + timedelta(days=300)
    events = [naughty_event(number, text, late) for number, text in enumerate(strings)]
    events += [naughty_event(number + 1000, text, early) for number, text in enumerate(strings)]
    response = Client().post(
        "/api/v1/usage/events",
        json.dumps(events),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key.secret}"},
    )
    answer = response.json()
    assert response.status_code == 200
    assert (answer["stored"], answer["quarantined"]) == (len(strings), len(strings)), answer
    return strings


def test_every_text_is_stored_as_it_was_sent(cast: Cast, sent: list[str]) -> None:
    events = {event.input_tokens - 1000: event for event in UsageEvent.objects.all()}
    assert len(events) == len(sent) == QuarantinedEvent.objects.count()
    for number, text in enumerate(sent):
        event = events[number]
        assert event.transaction_id == f"{number} {text}"[:200]
        assert (event.feature, event.platform) == (text[:100], text[:40])
        assert event.tools == [{"name": text[:100], "calls": 1, "tokens": 0}]
    assert check_ledger(cast.acme.pk).is_clean


def test_pages_admin_and_api_show_them_escaped(cast: Cast, sent: list[str], settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False
    dangerous = {text[:40] for text in sent if MARKUP.search(text[:40])}
    assert len(dangerous) > 100
    seen = 0
    for user, pages in ((cast.alice, PAGES), (cast.carol, ADMIN_PAGES)):
        client = Client()
        client.force_login(user)
        for page in pages:
            response = client.get(page)
            assert response.status_code == 200, (page, response.status_code)
            if response["Content-Type"].startswith("text/html"):
                html = response.content.decode()
                assert not [text for text in dangerous if text in html], page
                seen += any(text.replace("<", "&lt;")[:10] in html for text in dangerous)
    assert seen >= 3, "the strings were not on the pages"


def test_every_naughty_event_has_its_page(cast: Cast, sent: list[str], settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False
    client = Client()
    client.force_login(cast.carol)
    dangerous = {text[:40] for text in sent if MARKUP.search(text[:40])}
    for event in UsageEvent.objects.order_by("input_tokens")[::25]:
        found = client.get("/admin/usage/usageevent/", {"q": event.transaction_id})
        assert found.status_code in (200, 302), event.transaction_id
        shown = client.get(event_url(event))
        assert shown.status_code == 200, event.transaction_id
        assert not [text for text in dangerous if text in shown.content.decode()]
