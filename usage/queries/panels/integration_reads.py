"""Reads what the health of connected services is told from: calls by day, latencies and last hours, drivers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import F, Max, Min, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from teams.enums import ScopeKind
from usage.latency import BUCKETS
from usage.models import UsageHourly, UsageMonthServices
from usage.panels.integration_health import NO_LATENCY, Driver, Histogram, driver_of, merged
from usage.panels.parts import days_of_kept
from usage.panels.service_spikes import NO_CALLS, CallCounts, Spike, SpikeKind, baseline
from usage.panels.sources import Source, hourly_source
from usage.panels.vocabulary import Dimension
from usage.progress import Days
from usage.queries.names import MODEL, all_of, model_names
from usage.queries.panels.hours import hours_around
from usage.queries.panels.reader import COLUMNS, PanelReader

MOST_DRIVERS: Final = 10
"""Spikes whose drivers are looked for: all in one query, with four sums each."""

_SUCCESS: Final = Q(calls__gt=F("failures"))
_HISTOGRAM: Final = [f"bucket_{bucket}" for bucket in range(BUCKETS)]


@dataclass(frozen=True, slots=True)
class Hours:
    """What ``usage_hourly`` says of a service: latencies in the days shown, and the last hours with calls."""

    histogram: Histogram
    last_activity: datetime | None
    last_success: datetime | None


@dataclass(frozen=True, slots=True)
class HourSums:
    """What the hours of a local day, or a single one of them, add up to; ``first_hour`` is the first with usage."""

    day: date
    first_hour: datetime
    counts: CallCounts
    histogram: Histogram
    last_activity: datetime | None
    last_success: datetime | None


def calls_by_day(reader: PanelReader, days: Days) -> dict[int, dict[date, CallCounts]]:
    """Calls per integration and local day; what was merged stands under the entry that shows it.

    Without a filter by integrations, usage of none is left out.
    """
    months, others = _kept_days(reader, days)
    rows = (
        reader.daily_rows()
        if Dimension.INTEGRATION in reader.chosen
        else reader.daily_rows().exclude(integration_id=0)
    )
    asked = _among(others)
    if months and not reader.visible.whole_organization:
        # Months keep what departments had; a lead's own usage elsewhere stands by day only.
        elsewhere = ~Q(department_id__in=reader.visible.department_ids)
        asked |= Q(local_date__range=days, member_id__in=reader.visible.member_ids) & elsewhere
    among = [rows.filter(asked).order_by()] if asked else []
    if months:
        among.append(_kept_services(reader, months, days))
    found: dict[int, dict[date, CallCounts]] = {}
    every = all_of(
        [
            some.values_list("integration_id", "local_date").annotate(
                all_calls=Sum("calls"), failed=Sum("failures")
            )
            for some in among
        ]
    )
    for integration_id, day, calls, failures in every:
        by_day = found.setdefault(_shown(reader, integration_id), {})
        by_day[day] = by_day.get(day, NO_CALLS) + CallCounts(calls, failures)
    return found


def hours_are_kept(reader: PanelReader) -> bool:
    """Whether hours and latencies are kept for the asker. Raises ``NotOffered`` for filters they are not kept by."""
    return hourly_source(reader.chosen, visible=reader.visible) is Source.HOURS


def hours_of(reader: PanelReader, *, shown: Days, reach: Days) -> dict[int, Hours]:
    """Latencies in ``shown`` and the last hours in ``reach``, per integration; a lead's are of their departments."""
    months, others = _kept_days(reader, reach)
    in_shown = Q(local_date__range=shown)
    found: dict[int, list[Hours]] = {}
    for row in _summed(reader, months, others, reach, ("integration_id",), histogram_sums(in_shown)):
        hours = Hours(histogram_in(row), row["last_active"], row["last_succeeded"])
        found.setdefault(_shown(reader, row["integration_id"]), []).append(hours)
    return {entry_id: _together(parts) for entry_id, parts in found.items()}


def hour_sums(reader: PanelReader, reach: Days, *, each_hour: bool) -> tuple[HourSums, ...]:
    """The days of ``reach`` in order, or their hours, over all that the reader lets through."""
    columns = ("local_date", "hour_start") if each_hour else ("local_date",)
    months, others = _kept_days(reader, reach) if not each_hour else ((), (reach,))
    counted = {"all_calls": Sum("calls"), "failed": Sum("failures")}
    sums = [
        HourSums(
            day=row["local_date"],
            first_hour=row["begun"],
            counts=CallCounts(row["all_calls"], row["failed"]),
            histogram=histogram_in(row),
            last_activity=row["last_active"],
            last_success=row["last_succeeded"],
        )
        for row in _summed(reader, months, others, reach, columns, histogram_sums() | counted)
    ]
    return tuple(sorted(sums, key=lambda of: of.first_hour))


def hours_in(sums: Iterable[HourSums], shown: Days) -> Hours:
    """``sums`` together: latencies of the days shown, last hours of all."""
    found = [
        Hours(of.histogram if shown.includes(of.day) else NO_LATENCY, of.last_activity, of.last_success)
        for of in sums
    ]
    return _together(found)


def hourly_rows(reader: PanelReader) -> "QuerySet[UsageHourly]":
    """The rows of ``usage_hourly`` that the filter and the viewer's rights let through."""
    rows = UsageHourly.objects.filter(reader.filtered(COLUMNS), organization_id=reader.organization_id)
    if not reader.visible.whole_organization:
        rows = rows.filter(department_id__in=reader.visible.department_ids)
    return rows.order_by()


def _summed(
    reader: PanelReader,
    months: Collection[date],
    others: Sequence[Days],
    reach: Days,
    columns: Sequence[str],
    sums: Mapping[str, Sum],
) -> Iterable[dict[str, Any]]:
    """Sums per value of ``columns``, with first and last hours: from the months that are kept, and from the hours of
    the other days. In one query; what lies in both kinds has a row of each."""
    kept = {
        "begun": Min("first_hour"),
        "last_active": Max("last_activity"),
        "last_succeeded": Max("last_success"),
    }
    hourly = {
        "begun": Min("hour_start"),
        "last_active": Max("hour_start", filter=Q(calls__gt=0)),
        "last_succeeded": Max("hour_start", filter=_SUCCESS),
    }
    among = [(_hours_among(reader, others), hourly)] if others else []
    if months:
        among.append((_kept_services(reader, months, reach), kept))
    return all_of([rows.values(*columns).annotate(**sums, **hours) for rows, hours in among])


def _hours_among(reader: PanelReader, stretches: Sequence[Days]) -> "QuerySet[Any]":
    """The hours of some days; without a filter by integrations, those of all of them."""
    among = Q()
    for days in stretches:
        # The key of the table leads with the hour, so that the days are found by it.
        among |= Q(local_date__range=days, hour_start__range=hours_around(days))
    rows = hourly_rows(reader).filter(among)
    return rows if Dimension.INTEGRATION in reader.chosen else rows.exclude(integration_id=0)


def _kept_services(reader: PanelReader, months: Collection[date], days: Days) -> "QuerySet[Any]":
    """What is kept of integrations on ``days``, as far as they lie in ``months``."""
    departments = reader.chosen.get(Dimension.DEPARTMENT)
    scope, ids = ScopeKind.ORGANIZATION, frozenset({reader.organization_id})
    if departments is not None or not reader.visible.whole_organization:
        scope, ids = ScopeKind.DEPARTMENT, frozenset(reader.visible.department_ids)
        if reader.visible.whole_organization:
            ids = frozenset(departments or ())
        elif departments is not None:
            ids &= frozenset(departments)
    rows = UsageMonthServices.objects.filter(
        organization_id=reader.organization_id,
        scope_kind=scope,
        scope_id__in=ids,
        period__in=months,
        local_date__range=days,
    ).order_by()
    if Dimension.INTEGRATION in reader.chosen:
        return rows.filter(integration_id__in=reader.chosen[Dimension.INTEGRATION])
    return rows.exclude(integration_id=0)


def _kept_days(reader: PanelReader, days: Days) -> tuple[tuple[date, ...], tuple[Days, ...]]:
    """The months that are kept and have some of ``days``, as far as they answer what is asked; the other days."""
    is_kept = reader.chosen.keys() <= {Dimension.INTEGRATION, Dimension.DEPARTMENT}
    if not is_kept or hourly_source(reader.chosen, visible=reader.visible) is not Source.HOURS:
        return (), (days,)
    return days_of_kept(days, kept=reader.kept)


def _among(stretches: Sequence[Days]) -> Q:
    among = Q()
    for days in stretches:
        among |= Q(local_date__range=days)
    return among


def histogram_sums(shown: Q | None = None) -> dict[str, Sum]:
    """The sums that ``histogram_in`` reads: arrays are added up bucket by bucket."""
    return {
        name: Sum(RawSQL(f"latency_histogram[{bucket + 1}]", ()), filter=shown, default=0)  # noqa: S611  # numbers
        for bucket, name in enumerate(_HISTOGRAM)
    }


def histogram_in(row: Mapping[str, Any]) -> Histogram:
    """The histogram that a row of ``histogram_sums`` holds."""
    return tuple(int(row[name]) for name in _HISTOGRAM)


def drivers_of(reader: PanelReader, spikes: Sequence[tuple[int, Spike]]) -> dict[tuple[int, Spike], Driver]:
    """The drivers of the first spikes, each of an integration; silence has none. Two queries at most."""
    driven = [pair for pair in spikes if pair[1].kind is not SpikeKind.SILENCE][:MOST_DRIVERS]
    if not driven:
        return {}
    sums: dict[str, Sum] = {}
    for number, (entry_id, spike) in enumerate(driven):
        ids = reader.merged.shown_under((Dimension.INTEGRATION.value, entry_id))
        column = "failures" if spike.kind is SpikeKind.ERRORS else "calls"
        before = baseline(spike.day)
        on_day = Q(integration_id__in=ids, local_date=spike.day)
        sums[f"day_{number}"] = Sum(column, filter=on_day, default=0)
        sums[f"before_{number}"] = Sum(
            column, filter=Q(integration_id__in=ids, local_date__range=before), default=0
        )
    reach = Days(
        min(baseline(spike.day).first for _id, spike in driven), max(spike.day for _id, spike in driven)
    )
    rows = reader.daily_rows().filter(local_date__range=reach).order_by().values("model_id", "feature")
    grouped = list(rows.annotate(**sums))
    names = model_names([(MODEL, row["model_id"]) for row in grouped])
    titles = {key[1]: name.name for key, name in names.items()}
    found = {pair: _driver(grouped, number, titles) for number, pair in enumerate(driven)}
    return {pair: driver for pair, driver in found.items() if driver is not None}


def _driver(rows: Iterable[Mapping[str, Any]], number: int, titles: Mapping[int, str]) -> Driver | None:
    parts: dict[tuple[Dimension, str], tuple[int, int]] = {}
    for row in rows:
        day, before = row[f"day_{number}"], row[f"before_{number}"]
        if not (day or before):
            continue
        model = titles.get(row["model_id"], "")
        for key in ((Dimension.MODEL, model), (Dimension.FEATURE, row["feature"])):
            standing = parts.get(key, (0, 0))
            parts[key] = (standing[0] + day, standing[1] + before)
    return driver_of(parts)


def _together(parts: Sequence[Hours]) -> Hours:
    return Hours(
        merged(part.histogram for part in parts),
        max((part.last_activity for part in parts if part.last_activity), default=None),
        max((part.last_success for part in parts if part.last_success), default=None),
    )


def _shown(reader: PanelReader, integration_id: int) -> int:
    return reader.merged.shown_as((Dimension.INTEGRATION.value, integration_id))[1]
