"""Bodies that only a real connection can send."""

import json
from http.client import HTTPConnection

from teams.enums import KeyScope
from teams.services.keys import create_api_key
from tests.flows.conftest import RunningProduct
from tests.usage.ledger_fixtures import event, open_ledger
from usage.models import UsageEvent


def test_a_body_in_chunks_is_refused_and_not_lost_in_silence(product: RunningProduct) -> None:
    key = create_api_key(organization=open_ledger(), name="stream", scopes=[KeyScope.USAGE_WRITE])
    client = HTTPConnection("127.0.0.1", product.port, timeout=30)
    body = json.dumps([{"transaction_id": event().transaction_id, "occurred_at": "2026-05-20T12:00:00Z"}])
    client.request(
        "POST",
        "/api/v1/usage/events",
        body=iter([body.encode()]),
        headers={"Authorization": f"Bearer {key.secret}"},
        encode_chunked=True,
    )
    answer = client.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (411, "application/problem+json")
    client.close()
    assert not UsageEvent.objects.exists()
