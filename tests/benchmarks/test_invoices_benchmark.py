"""The invoice benchmark runs end to end and prints what it promises. Its speed is no matter here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POSITIVE = (
    "finalized_per_s",
    "finalize_p50_ms",
    "finalize_p95_ms",
    "pdf_ratio",
    "pdfs_per_core_s",
    "bare_pdfs_per_core_s",
    "growth",
    "close_base_ms",
    "close_tenfold_ms",
)


def run(*arguments, timeout=240):
    command = [sys.executable, "-m", "benchmarks.invoices", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.mark.own_servers
def test_a_small_run_prints_its_figures():
    sizes = {"organizations": 2, "events": 50, "papers": 1, "pairs": 1, "days": 1, "rounds": 1}
    done = run(*(f"--{name}={value}" for name, value in sizes.items()))
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    assert all(figures[name] > 0 for name in POSITIVE)
    assert (figures["organizations"], figures["papers"]) == (2, 1)
    assert figures["lines_per_invoice"] > 1
    assert figures["tenfold_events"] == 10 * figures["base_events"]
    assert figures["server"]["fsync"] == figures["server"]["synchronous_commit"] == "on"


def test_a_server_that_does_not_answer_is_told_in_one_sentence():
    done = run("--organizations", "1", "--database-url", "postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
