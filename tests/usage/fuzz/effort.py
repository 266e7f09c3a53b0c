"""How hard the tests of random examples try: a little in every run, for as long as one likes with ``make fuzz``."""

import os
from typing import Final

EFFORT: Final = int(os.environ.get("FUZZ_EFFORT", "1"))


def examples(few: int) -> int:
    """The number of random examples: ``few`` in an ordinary run, ``FUZZ_EFFORT`` times as many otherwise."""
    return few * EFFORT
