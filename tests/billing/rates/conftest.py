from collections.abc import Iterator

import pytest
from django.test import Client, override_settings
from time_machine import travel

from tests.billing.billing_fixtures import AFTER_MAY
from tests.teams.cast import Cast


@pytest.fixture
def staff(cast: Cast) -> Iterator[Client]:
    """Carol's browser after the end of May, where no second factor is asked for."""
    with travel(AFTER_MAY, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        client = Client()
        client.force_login(cast.carol)
        yield client
