"""How hard the tests of random examples try: a little in every run, for as long as one likes with ``make fuzz``."""

import os
from typing import Final

from hypothesis import HealthCheck, Phase, settings

EFFORT: Final = int(os.environ.get("FUZZ_EFFORT", "1"))


def examples(few: int) -> int:
    """The number of random examples: ``few`` in an ordinary run, ``FUZZ_EFFORT`` times as many otherwise."""
    return few * EFFORT


def whole_ledgers(few: int) -> settings:
    """For a test whose every example is a ledger filled anew: any of them takes long, and none is shrunk."""
    return settings(
        max_examples=examples(few),
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=tuple(HealthCheck),
    )
