"""The fault run in a short form: real processes die while real clients report usage, and nothing is lost."""

import json
import subprocess
import sys

import pytest

from tests.config.processes import ROOT, environment

pytestmark = pytest.mark.own_servers

EVENTS, FAULTS = 12_000, 10
SECONDS = 420


def test_nothing_is_lost_or_doubled_while_web_workers_and_the_database_are_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", f"--events={EVENTS}", f"--faults={FAULTS}"],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    assert figures["differences"] == 0
    assert figures["events"] == EVENTS
    assert figures["faults"]["web worker killed"] >= 3
    assert figures["faults"]["database shut down immediately"] >= 2
    assert sum(figures["faults"].values()) == FAULTS
    assert figures["server"]["fsync"] == figures["server"]["synchronous_commit"] == "on"
    assert figures["retries"] > 0 and figures["twins"] > 0
