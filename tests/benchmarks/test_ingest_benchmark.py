"""The ingest benchmark runs end to end, counts exactly and prints what it promises. Its speed is no matter here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RATES = ("events_per_s", "copy_events_per_s", "copy_ratio", "drf_events_per_s", "drf_speedup")
LATENCIES = ("batch_p50_ms", "batch_p95_ms")


def run(*arguments, timeout=240):
    command = [sys.executable, "-m", "benchmarks.ingest", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.mark.own_servers
def test_a_small_run_stores_every_event_once_and_prints_its_figures():
    done = run("--events", "2000", "--batch", "100", "--rounds", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    assert all(figures[name] > 0 for name in (*RATES, *LATENCIES))
    assert figures["sent"] == 2000 + 2 * 2 * 100  # two batches per worker to warm up
    assert figures["stored_events"] == figures["stored_keys"] == figures["sent"]
    assert 0 < figures["copied_messages"] <= figures["stored_messages"] < figures["sent"]
    assert figures["unpriced_events"] == 0
    assert figures["server"]["fsync"] == figures["server"]["synchronous_commit"] == "on"
    assert len(figures["rounds"]) == 2


def test_a_server_that_does_not_answer_is_told_in_one_sentence():
    done = run("--events", "10", "--database-url", "postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
