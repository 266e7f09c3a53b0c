"""Compares the time of our SQL with DuckDB's for the same answer; prints what came of it as one line of JSON.

Runs inside an installation. Both have all cores, warm caches and turns; our time is that of every statement that the
panel sends, names included.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import django


def compare(path: Path, *, slug: str, rounds: int) -> dict[str, Any]:
    """By panel: milliseconds of both, their ratio, and how many figures were found equal."""
    from django.db import connection
    from django.utils import timezone

    from benchmarks.dashboards.aggregates import AGGREGATES, Asked
    from benchmarks.dashboards.company import first_moment
    from benchmarks.dashboards.duck import open_events
    from teams.models import Organization

    now = timezone.now()
    asked = Asked(
        organization=Organization.objects.get(slug=slug),
        now=now,
        first_day=first_moment(now).date(),
        today=_local_day(slug, now),
    )
    duck = open_events(path, threads=os.cpu_count() or 1)
    connection.ensure_connection()
    return {aggregate.name: _compared(aggregate, asked, duck, rounds) for aggregate in AGGREGATES}


def _local_day(slug: str, now: datetime) -> Any:
    from zoneinfo import ZoneInfo

    from teams.models import Organization
    from usage.models import UsagePeriod

    period = UsagePeriod.objects.get(
        organization=Organization.objects.get(slug=slug), starts_at__lte=now, ends_at__gt=now
    )
    return now.astimezone(ZoneInfo(period.time_zone)).date()


def _compared(aggregate: Any, asked: Any, duck: Any, rounds: int) -> dict[str, Any]:
    ours, statements = _captured(lambda: aggregate.answer(asked))
    figures = aggregate.figures(ours)
    parameters = dict(aggregate.parameters(asked))
    theirs = {tuple(row) for row in duck.execute(aggregate.duck, parameters).fetchall()}
    if not figures or figures - theirs or (aggregate.is_whole and theirs - figures):
        raise ValueError(
            f"{aggregate.name}: {len(figures)} figures, of which {len(figures - theirs)} differ from DuckDB's "
            f"{len(theirs)}: {sorted(map(str, figures - theirs))[:3]} {sorted(map(str, theirs - figures))[:3]}"
        )
    times: dict[str, list[float]] = {"ours": [], "duck": []}
    turns: list[tuple[str, Callable[[], Any]]] = [
        ("ours", lambda: _replayed(statements)),
        ("duck", lambda: duck.execute(aggregate.duck, parameters).fetchall()),
    ]
    for turn in range(rounds + 1):
        for name, work in turns if turn % 2 else reversed(turns):
            began = time.perf_counter()
            work()
            if turn:
                times[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(some) * 1000 for name, some in times.items()}
    return {
        "ms": round(medians["ours"], 2),
        "duckdb_ms": round(medians["duck"], 2),
        "ratio": round(medians["ours"] / medians["duck"], 3),
        "statements": len(statements),
        "figures": len(figures),
    }


def _captured(work: Callable[[], Any]) -> tuple[Any, list[tuple[str, Any]]]:
    """What ``work`` gives, and the statements that it sent."""
    from django.db import connection

    statements = []

    def noted(execute: Callable[..., Any], sql: str, arguments: Any, *rest: Any) -> Any:
        if not sql.startswith("SET TRANSACTION"):
            statements.append((sql, arguments))
        return execute(sql, arguments, *rest)

    with connection.execute_wrapper(noted):
        answer = work()
    return answer, statements


def _replayed(statements: list[tuple[str, Any]]) -> None:
    from django.db import connection, transaction

    # Some statements are settings of their transaction.
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, arguments in statements:
            cursor.execute(sql, arguments)
            if cursor.description:
                cursor.fetchall()


if __name__ == "__main__":
    django.setup()
    path, slug, rounds = sys.argv[1:]
    print(json.dumps(compare(Path(path), slug=slug, rounds=int(rounds))))
