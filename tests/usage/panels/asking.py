"""Asking panels as people do, by their pages and by the API."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from teams.enums import KeyScope
from teams.models import Organization, User
from tests.teams.factories import make_api_key


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def answer(user: User, what: str, *, status: int = 200, **parameters: Any) -> dict[str, Any]:
    """The answer of ``/api/v1/usage/<what>`` about Acme."""
    response = client_of(user).get(f"/api/v1/usage/{what}", {"organization": "acme"} | parameters)
    assert response.status_code == status, response.content
    found: dict[str, Any] = response.json()
    return found


def page(user: User, what: str, *, status: int = 200, **parameters: Any) -> str:
    """The page ``/o/acme/<what>``."""
    response = client_of(user).get(f"/o/acme/{what}", parameters)
    assert response.status_code == status, response.content
    return str(response.content.decode())


def admin_page(user: User, what: str, **parameters: Any) -> str:
    """The same in the admin."""
    response = client_of(user).get(f"/admin/panels/acme/{what}", parameters)
    assert response.status_code == 200, response.content
    return str(response.content.decode())


def queries(organization: Organization, what: str, **parameters: Any) -> int:
    """How many queries an answer takes, for a key that reads."""
    secret = make_api_key(organization, KeyScope.USAGE_READ).secret
    with CaptureQueriesContext(connection) as found:
        response = Client().get(f"/api/v1/usage/{what}", parameters, headers={"X-API-Key": secret})
    assert response.status_code == 200, response.content
    return len(found)
