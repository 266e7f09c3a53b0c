"""The dashboards' benchmark runs end to end, small, and prints what it promises. Its speed is no matter here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.dashboards.subjects import SUBJECTS

ROOT = Path(__file__).resolve().parents[2]
POSITIVE = (
    "worst_ratio",
    "worst_p95_ms",
    "worst_queries",
    "worst_page_ratio",
    "worst_page_p95_ms",
    "worst_page_queries",
    "growth",
    "growth_others",
    "growth_own",
    "duckdb_ratio",
)


def run(*arguments, timeout=400):
    command = [sys.executable, "-m", "benchmarks.dashboards", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.mark.own_servers
def test_a_small_run_loads_ledgers_that_agree_with_duckdb_and_prints_its_figures():
    done = run("--quick")
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    assert all(figures[name] > 0 for name in POSITIVE)
    assert set(figures["panels"]) == {subject.name for subject in SUBJECTS}
    first, others, own = (figures["held"][name] for name in ("first", "others_grew", "grew"))
    assert first["own_events"] == others["own_events"] < own["own_events"]
    assert first["events"] < others["events"] and first["events"] < own["events"]
    # It grew in the same cells.
    assert {held["own_daily_rows"] for held in (first, others, own)} == {first["own_daily_rows"]}
    assert {held["own_hourly_rows"] for held in (first, others, own)} == {first["own_hourly_rows"]}
    assert figures["duckdb_events"] == own["own_events"]
    # Figures that differ from DuckDB's would have ended the run.
    assert all(panel["figures"] > 0 for panel in figures["duckdb"].values())


def test_an_unknown_part_is_refused():
    done = run("--only", "nonsense")
    assert done.returncode == 2
    assert "no such part: nonsense" in done.stderr
