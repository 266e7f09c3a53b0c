"""Shared by all tests."""

import pytest

from tests.teams.cast import Cast, make_cast

pytest_plugins = ["tests.plugins"]


@pytest.fixture
def cast(db: None) -> Cast:
    """Alice, Bob and Dana of Acme, Carol of the finance staff, and Charlie, who belongs elsewhere."""
    return make_cast()
