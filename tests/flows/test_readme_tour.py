"""The README's tour, run as it is printed."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from teams.models import ApiKey
from tests.config.processes import ROOT, environment
from tests.docs.pages import README, fenced
from tests.flows.conftest import RunningProduct, database_of_the_test
from tests.teams.factories import MemberFactory, OrganizationFactory
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.models import QuarantinedEvent, UsageEvent

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "LEDGER=http://localhost:8000"
BETWEEN = "\x1e"


def run_tour(product: RunningProduct, var_dir: Path) -> list[str]:
    """What each block printed. One shell runs them all, stops at the first failure, and knows another address."""
    script = f"\nprintf '{BETWEEN}'\n".join(fenced(README, "bash"))
    assert script.count(ADDRESS) == 1
    script = script.replace(ADDRESS, f"LEDGER=http://127.0.0.1:{product.port}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment(DATABASE_URL=database_of_the_test(), VAR_DIR=str(var_dir), PATH=os.environ["PATH"]),
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split(BETWEEN)


def counts(printed: str) -> dict[str, int]:
    """The counts of an answer that are not 0."""
    answer: dict[str, Any] = json.loads(printed)
    return {name: count for name, count in answer.items() if name != "events" and count}


def test_tour(product: RunningProduct, tmp_path: Path) -> None:
    demo = OrganizationFactory(slug="demo", time_zone="UTC")
    MemberFactory(organization=demo, external_id="bob", name="Bob")
    PriceFactory(model=LlmModelFactory(name="gpt-4o"))
    PriceFactory(model=LlmModelFactory(provider_name="anthropic", name="claude-sonnet-4-5"))

    key, first, again, changed, wrong, many, overview, imported, proof = run_tour(product, tmp_path / "var")

    assert key == ""
    assert sorted(ApiKey.objects.get().scopes) == ["usage:read", "usage:write"]
    assert counts(first) == {"received": 1, "stored": 1}
    assert counts(again) == {"received": 1, "duplicate": 1}
    assert counts(changed) == {"received": 1, "conflict": 1}
    assert QuarantinedEvent.objects.get().facts["input_tokens"] == 9999
    problem, status = wrong.strip().rsplit("\n", 1)
    assert status == "422"
    assert [error["field"] for error in json.loads(problem)["errors"]] == ["0.input_tokens"]
    assert many.startswith('{"received":500,"stored":500,')
    assert '"calls": 501,' in overview
    assert f'"total_tokens": {1200 + 150 + 500 * 3400},' in overview
    for part in ("period", "daily_average", "compared"):
        assert f'"{part}": ' in overview
    assert "3 stored" in imported
    assert "No difference" in proof
    assert UsageEvent.objects.filter(organization=demo).count() == 504
