"""Shared by all tests."""

import pytest

from tests.teams.cast import Cast, make_cast
from usage.services.snapshots import MEMORY

pytest_plugins = ["tests.plugins"]


@pytest.fixture(autouse=True)
def forget_memory() -> None:
    """What a worker remembers must not outlive the database of one test."""
    MEMORY.forget()


@pytest.fixture
def cast(db: None) -> Cast:
    """Alice, Bob and Dana of Acme, Carol of the finance staff, and Charlie, who belongs elsewhere."""
    return make_cast()
