"""What gunicorn is told to do beside answering."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from config.gunicorn import post_request


class Part:
    """Refers to another, like a request and its answer."""

    other: "Part"


@pytest.fixture
def nothing_collected() -> Iterator[None]:
    """As between two requests: nothing has gathered, and the collector does not come by itself."""
    gc.disable()
    gc.collect()
    yield
    gc.enable()


@pytest.mark.parametrize(("pairs", "is_left"), [(100, True), (1_000, False)])
@pytest.mark.usefixtures("nothing_collected")
def test_what_requests_leave_behind_is_collected_once_it_is_much(pairs: int, is_left: bool) -> None:
    left = [left_behind() for _ in range(pairs)]
    post_request(None, None, None, None)
    assert all((one() is not None) is is_left for one in left)


@pytest.mark.usefixtures("nothing_collected")
def test_what_outlived_a_request_is_collected_later() -> None:
    part = Part()
    outlived = weakref.ref(part)
    part.other = part
    another_request()
    del part
    requests = 0
    while outlived() is not None and requests < 1_000:
        another_request()
        requests += 1
    assert 1 < requests < 1_000


def another_request() -> None:
    """One that leaves enough behind."""
    left = [left_behind() for _ in range(1_000)]
    post_request(None, None, None, None)
    assert left[0]() is None


def left_behind() -> "weakref.ref[Part]":
    """Two that nobody else refers to."""
    one, other = Part(), Part()
    one.other, other.other = other, one
    return weakref.ref(one)
