"""Shared by all tests."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.mail_peer import Peer
from tests.teams.cast import Cast, make_cast
from usage.services.snapshots import MEMORY

pytest_plugins = ["tests.plugins"]

# How long an example takes says more about the machine's other work than about us.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def forget_memory() -> None:
    """What a worker remembers must not outlive the database of one test."""
    MEMORY.forget()


@pytest.fixture
def cast(db: None) -> Cast:
    """Alice, Bob and Dana of Acme, Carol of the finance staff, and Charlie, who belongs elsewhere."""
    return make_cast()


@pytest.fixture(scope="session")
def api_document() -> dict[str, Any]:
    """The OpenAPI document as anybody gets it; it takes a while to be made, and is always the same."""
    response = Client().get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert response.status_code == 200
    document: dict[str, Any] = response.json()
    return document


@pytest.fixture
def peer(settings: Settings) -> Iterator[Peer]:
    """A real mail server that is up, and that our mail goes to."""
    peer = Peer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", peer.port
    settings.DEFAULT_FROM_EMAIL = "Token Ledger <ledger@ledger.example>"
    peer.start()
    yield peer
    peer.stop()
