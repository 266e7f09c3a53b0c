from collections.abc import Iterator

import pytest
from django.test import Client, override_settings

from tests.teams.cast import Cast


@pytest.fixture
def staff(cast: Cast) -> Iterator[Client]:
    """Carol's browser, where no second factor is asked for."""
    client = Client()
    client.force_login(cast.carol)
    with override_settings(STAFF_MFA_REQUIRED=False):
        yield client
