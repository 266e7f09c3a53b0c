"""Dashboards are measured as of a moment that does not depend on the day of the month."""

import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.dashboards.clock import as_of, environment_at

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("today", "moment"),
    [
        (date(2026, 12, 1), "2026-11-30T18:00:00+00:00"),
        (date(2026, 12, 31), "2026-11-30T18:00:00+00:00"),
        (date(2026, 11, 15), "2026-10-30T18:00:00+00:00"),
        (date(2026, 3, 1), "2026-02-27T18:00:00+00:00"),
    ],
)
def test_it_is_the_evening_of_the_last_weekday_of_the_month_before(today, moment):
    assert as_of(today).isoformat() == moment


def test_the_products_clock_goes_on_from_there():
    moment = as_of(date(2026, 12, 1))
    code = (
        "import django; django.setup(); from django.utils import timezone; print(timezone.now().isoformat())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "SECRET_KEY": "x" * 50,
            "DATABASE_URL": "postgresql://nobody@localhost/none",
            **environment_at(moment),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    shown = datetime.fromisoformat(done.stdout.strip())
    assert moment <= shown < moment + timedelta(minutes=5)
