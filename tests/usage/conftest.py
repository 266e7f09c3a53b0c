import pytest

from usage.services.snapshots import MEMORY


@pytest.fixture(autouse=True)
def forget_memory() -> None:
    """What a worker remembers must not outlive the database of one test."""
    MEMORY.forget()
