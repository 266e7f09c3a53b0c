"""Pricing's share of the processor time that the web worker spends on a request of 1,000 events.

The whole request goes through the WSGI application in one thread: middleware, key, decoding, validation, pricing,
staging, the database driver, the answer. Its time is that thread's processor time; waiting for PostgreSQL is none.

A clock around every call of the pricing functions would cost as much as they do. Instead one request outside the
clock records what they are asked, and each turn asks all of it again in a loop, whose own time is taken off:
``price_share`` is the median of that by the median request. ``price_share_by_difference`` checks it from the other
side: whole requests with the functions against whole requests in which they give back what they gave before. Finding
the model is needed for the rollups as well, so it is counted only in ``price_share_with_models``.
"""

from contextlib import ExitStack
from typing import Any, Final

from benchmarks.database import Server
from benchmarks.product import Options, installation

TURNS_PER_ROUND: Final = 4


def measure_price(on: Server, options: Options) -> dict[str, Any]:
    """The shares, and the microseconds per event that they are made of."""
    with ExitStack() as parts:
        product = installation(parts, on=on, name="price")
        figures: dict[str, Any] = product.run(
            "benchmarks.price_inside",
            *("--secret", product.organizations[0].secret),
            *("--batch", options.batch),
            *("--turns", options.rounds * TURNS_PER_ROUND),
        )
    return figures
