"""The moment as of which dashboards are measured, so that a run on any day asks for a month in progress at its longest.

The ledgers end on it, and the product's processes take it for now. Their clock goes on from there.
"""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from usage.periods import month_of

AS_OF: Final = "BENCHMARK_AS_OF"
"""The environment's variable with the moment, ISO 8601."""
_EVENING: Final = 18
_SATURDAY: Final = 5


def as_of(today: date) -> datetime:
    """The evening (18:00 UTC) of the last weekday of the month before ``today``."""
    day = month_of(today) - timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return datetime(day.year, day.month, day.day, _EVENING, tzinfo=UTC)


def environment_at(moment: datetime) -> dict[str, str]:
    """What a process of the product gets so that its settings call ``turn_back``."""
    return {"DJANGO_SETTINGS_MODULE": "benchmarks.dashboards.server.settings", AS_OF: moment.isoformat()}


def turn_back(environment: Mapping[str, str] = os.environ) -> None:
    """From here on Django's clock, which all of the product reads, shows the moment that ``environment`` names."""
    from django.utils import timezone

    real = timezone.now
    ago = real() - datetime.fromisoformat(environment[AS_OF])
    timezone.now = lambda: real() - ago
