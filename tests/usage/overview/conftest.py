import pytest

from tests.usage.overview.scene import NOV, OCT
from tests.usage.rollup_factories import make_organization


@pytest.fixture
def organization(db):
    return make_organization(months=[OCT, NOV])
