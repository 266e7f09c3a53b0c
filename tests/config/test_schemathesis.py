"""Every endpoint of the OpenAPI document is asked what nobody thought of, and answers as the document says.

The same fifteen requests for each operation on every run; ``SCHEMATHESIS_EXAMPLES=1000`` makes a thousand new ones.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks

from teams.enums import KeyScope
from teams.services.keys import create_api_key
from tests.usage.ledger_fixtures import open_ledger

pytestmark = pytest.mark.django_db

load_all_checks()
# What a document cannot say (a day that exists, parts within their whole) makes requests wrong that it allows; a page
# size that is no number means the usual one. Everything else is checked: no 5xx, status, content type and shape.
NOT_PROMISED = [CHECKS.get_one(name) for name in ("positive_data_acceptance", "negative_data_rejection")]
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "0"))

SCHEMA = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
SCHEMA.app = get_wsgi_application()
OPERATIONS = {
    f"{operation.method.upper()} {operation.path}": operation
    for operation in (found.ok() for found in SCHEMA.get_all_operations())
}


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Requests share the test's transaction, as those of Django's own test client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def ask(name: str, headers: Mapping[str, str]) -> None:
    """Send examples of one operation, valid and invalid ones."""

    @settings(
        max_examples=EXAMPLES or 15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=not EXAMPLES,
    )
    @given(data=st.data())
    def one(data: Any) -> None:
        mode = data.draw(st.sampled_from(list(schemathesis.GenerationMode)))
        case = data.draw(OPERATIONS[name].as_strategy(generation_mode=mode))
        case.call_and_validate(headers=dict(headers), excluded_checks=NOT_PROMISED)

    one()


@pytest.mark.parametrize("name", OPERATIONS)
def test_with_a_key(name: str) -> None:
    key = create_api_key(organization=open_ledger(), name="all", scopes=list(KeyScope))
    ask(name, {"Authorization": f"Bearer {key.secret}"})


@pytest.mark.parametrize("name", OPERATIONS)
def test_without_a_key(name: str) -> None:
    ask(name, {})
