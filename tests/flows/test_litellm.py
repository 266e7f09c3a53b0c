"""The real LiteLLM package, its own logger and a running product."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from teams.enums import KeyScope
from teams.models import Member, Organization
from teams.services.keys import create_api_key
from tests.config.processes import ROOT
from tests.flows.conftest import RunningProduct
from tests.teams.factories import OrganizationFactory
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.enums import EventSource
from usage.models import UsageEvent
from usage.periods import months_between
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods

APPLICATION = Path("tests/usage/formats/litellm/application.py")


def ledger_of_today() -> Organization:
    today = timezone.now().date()
    first, last = (today - timedelta(days=31)).replace(day=1), (today + timedelta(days=31)).replace(day=1)
    organization: Organization = OrganizationFactory(time_zone="UTC")
    ensure_partitions(months_between(first, last))
    ensure_periods(organization.pk, first=first, last=last)
    PriceFactory(model=LlmModelFactory(name="gpt-4o"))
    return organization


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("log_format", ["json_array", "ndjson", "single"])
def test_what_litellms_own_logger_posts_is_stored(product: RunningProduct, log_format: str) -> None:
    organization = ledger_of_today()
    key = create_api_key(organization=organization, name="proxy", scopes=[KeyScope.USAGE_WRITE])
    endpoint = f"http://127.0.0.1:{product.port}/api/v1/ingest/litellm"
    done = subprocess.run(
        [sys.executable, APPLICATION, endpoint, key.secret, log_format],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answered, streamed, failed = UsageEvent.objects.order_by("occurred_at")
    assert {event.source for event in (answered, streamed, failed)} == {EventSource.LITELLM}
    assert (answered.response_model, answered.input_tokens, answered.output_tokens) == ("gpt-4o", 10, 20)
    # LiteLLM takes gpt-4o to cost 2.50 and 10 dollars a million; here it costs 2 and 10.
    assert f"{answered.reported_cost:.6f} {answered.contracted_cost:.6f}" == "0.000225 0.000220"
    assert answered.feature == "chat"
    assert Member.objects.get(pk=answered.member_id).external_id == "bob"
    assert (streamed.provider_name, streamed.member_id, streamed.unpriced) == ("anthropic", 0, 1)
    assert streamed.output_tokens > 0 and streamed.time_to_first_token_ms is not None
    assert (failed.failures, failed.error_type != "", failed.output_tokens) == (1, True, 0)
