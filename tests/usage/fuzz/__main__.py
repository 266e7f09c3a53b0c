"""Runs the tests of random examples again and again, with other examples every time, until the time is up.

    python -m tests.usage.fuzz 60

tries for 60 minutes. Ends with the first failure; its example is kept under ``.hypothesis`` and tried first by the
next run.
"""

import os
import subprocess
import sys
import time

TESTS = (
    "tests/usage/fuzz",
    "tests/usage/ingest/test_ledger_model.py",
    "tests/usage/ingest/test_any_order.py",
    "tests/usage/overview/test_invariant.py",
)
EFFORT = "20"


def main(minutes: float) -> int:
    # Statistics say how many examples were tried, and what they were.
    command = [sys.executable, "-m", "pytest", "-q", "--hypothesis-show-statistics", *TESTS]
    # In CI hypothesis would try the same examples every time.
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment.setdefault("FUZZ_EFFORT", EFFORT)
    end, rounds = time.monotonic() + 60 * minutes, 0
    while time.monotonic() < end:
        if code := subprocess.run(command, env=environment, check=False).returncode:
            return code
        rounds += 1
        print(f"{rounds} rounds without a finding", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
