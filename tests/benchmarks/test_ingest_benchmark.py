"""The ingest benchmark runs end to end, counts exactly and prints what it promises. Its speed is no matter here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real_data import REAL_DATA, needs_real_data

ROOT = Path(__file__).resolve().parents[2]
RATES = ("events_per_s", "copy_events_per_s", "copy_ratio", "drf_events_per_s", "drf_speedup")
RATIOS = (
    "full_table_ratio",
    "one_org_ratio",
    "otlp_json_ratio",
    "otlp_ratio",
    "otlp_ratio_whole",
    "price_share",
    "single_ratio",
)
# The system tells processor time in hundredths of a second: so few events may have taken none.
PROCESSOR_RATIOS = ("full_table_processor_ratio", "one_org_processor_ratio", "single_processor_ratio")
LATENCIES = ("batch_p50_ms", "batch_p95_ms")


def run(*arguments, timeout=480):
    command = [sys.executable, "-m", "benchmarks.ingest", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.fixture(scope="module")
def figures():
    """What one run of all parts but the longest prints."""
    sizes = ("--events", "400", "--batch", "50", "--stored", "400", "--requests", "100", "--rounds", "2")
    parts = ["rates", "price", "single", "otlp", "one_org", "full_table"]
    if REAL_DATA.is_dir():
        parts.append("million")
    done = run("--only", ",".join(parts), *sizes, "--trace-events", "1000")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.own_servers
def test_a_small_run_stores_every_event_once_and_prints_its_figures(figures):
    assert all(figures[name] > 0 for name in (*RATES, *LATENCIES))
    assert figures["sent"] == 400 + 2 * 2 * 50  # two batches per worker to warm up
    assert figures["stored_events"] == figures["stored_keys"] == figures["sent"]
    assert 0 < figures["copied_messages"] <= figures["stored_messages"] < figures["sent"]
    assert figures["unpriced_events"] == 0
    assert figures["server"]["fsync"] == figures["server"]["synchronous_commit"] == "on"
    assert len(figures["rounds"]) == 2


@pytest.mark.own_servers
def test_every_other_part_runs_and_prints_its_ratio(figures):
    assert all(figures[name] > 0 for name in RATIOS)
    assert all(figures[name] >= 0 for name in PROCESSOR_RATIOS)
    assert 0 < figures["price_share"] <= figures["price_share_with_models"] < 1
    assert figures["deadlocks"] == 0
    assert figures["full_table"]["events"] == 400
    assert figures["full_table"]["organizations"] == 4


@needs_real_data
@pytest.mark.own_servers
def test_the_trace_is_ingested_and_its_rollup_rows_and_the_workers_memory_are_printed(figures):
    rows = figures["trace_rollup_rows_per_event"]
    assert rows["events"] == 1000
    assert 0 < rows["usage_daily"] < 1
    assert [len(sizes) for sizes in figures["worker_rss_mb"]] == [11, 11]
    assert 0.5 < figures["memory_growth"] < 2


def test_an_unknown_part_is_refused():
    done = run("--only", "rates,nonsense")
    assert done.returncode == 2
    assert "no such part: nonsense" in done.stderr


def test_a_server_that_does_not_answer_is_told_in_one_sentence():
    done = run("--events", "10", "--database-url", "postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
