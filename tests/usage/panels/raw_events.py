"""What panels must tell, added up from the raw events one by one: measures, shares, changes and their order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from teams.models import Department, Member, Organization, Project
from usage.models import Integration, LlmModel, UsageEvent

UNATTRIBUTED: Final = "unattributed"
COLUMNS: Final = {
    "model": "model_id",
    "feature": "feature",
    "department": "department_id",
    "project": "project_id",
    "member": "member_id",
    "platform": "platform",
    "integration": "integration_id",
}
Events = Sequence[UsageEvent]
Days = Mapping[str, str] | None
"""The first and the last of some days as answers tell them; None where there are none."""
Names = Mapping[str, Callable[[UsageEvent], str]]
"""Per dimension what a filter calls the value of an event."""


class Sums(NamedTuple):
    """What each row tells, corrections taken off."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    unpriced_events: int = 0
    unpriced_tokens: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


def measured(events: Iterable[UsageEvent]) -> Sums:
    """Some events added up."""
    return added_up(
        Sums(
            event.calls,
            event.input_tokens,
            event.output_tokens,
            event.contracted_cost or Decimal(0),
            event.unpriced,
            event.input_tokens + event.output_tokens if event.unpriced else 0,
        )
        for event in events
    )


def added_up(parts: Iterable[Sums]) -> Sums:
    return Sums(*(sum(column) for column in zip(Sums(), *parts, strict=True)))


def told(measures: Mapping[str, Any]) -> Sums:
    """The measures of an answer."""
    found = Sums(
        measures["calls"],
        measures["input_tokens"],
        measures["output_tokens"],
        Decimal(measures["contracted_cost"]),
        measures["unpriced_events"],
        measures["unpriced_tokens"],
    )
    assert measures["total_tokens"] == found.tokens
    return found


def names_of(organization: Organization) -> Names:
    """What the values of events are called, read from the directory."""
    models = {model.pk: model for model in LlmModel.objects.all()}
    found: dict[str, Callable[[UsageEvent], str]] = {
        "model": lambda event: (
            f"{models[event.model_id].provider_name}/{models[event.model_id].name}"
            if event.model_id
            else UNATTRIBUTED
        ),
        "provider": lambda event: models[event.model_id].provider_name if event.model_id else UNATTRIBUTED,
        "feature": lambda event: event.feature or UNATTRIBUTED,
        "platform": lambda event: event.platform or UNATTRIBUTED,
    }
    directories: dict[str, Any] = {
        "department": Department,
        "project": Project,
        "member": Member,
        "integration": Integration,
    }
    for by, model in directories.items():
        entries = model.objects.filter(organization=organization).values_list("pk", "external_id")
        found[by] = _entry_name(COLUMNS[by], {0: UNATTRIBUTED, **dict(entries)})
    return found


def _entry_name(column: str, names: Mapping[int, str]) -> Callable[[UsageEvent], str]:
    return lambda event: names[getattr(event, column)]


def grouped(events: Iterable[UsageEvent], name: Callable[[UsageEvent], Any]) -> dict[Any, list[UsageEvent]]:
    """The events of each value."""
    groups: dict[Any, list[UsageEvent]] = defaultdict(list)
    for event in events:
        groups[name(event)].append(event)
    return groups


def within(events: Iterable[UsageEvent], days: Days) -> list[UsageEvent]:
    """Those of some days."""
    if days is None:
        return []
    return [event for event in events if days["first"] <= event.local_date.isoformat() <= days["last"]]


def per_cent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """With one decimal, halves to even; None of nothing."""
    return Decimal(round(Fraction(part) * 1000 / Fraction(whole))).scaleb(-1) if whole > 0 else None


class Row(NamedTuple):
    """A row's measures, its shares of the total by tokens and by cost, and its change: tokens and cost of the days
    compared and of those before, each with its per cent."""

    measures: Sums
    share_of_tokens: Decimal | None
    share_of_cost: Decimal | None
    change: tuple[Any, ...] | None


def change_between(now: Iterable[UsageEvent], before: Iterable[UsageEvent]) -> tuple[Any, ...]:
    one, other = measured(now), measured(before)
    return (
        *(one.tokens, other.tokens, per_cent(one.tokens - other.tokens, other.tokens)),
        *(one.cost, other.cost, per_cent(one.cost - other.cost, other.cost)),
    )


def told_change(change: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    """The change of an answer."""
    if change is None:
        return None
    return (
        *(change["tokens"], change["previous_tokens"], _decimal(change["tokens_percent"])),
        *(Decimal(change["contracted_cost"]), Decimal(change["previous_contracted_cost"])),
        _decimal(change["cost_percent"]),
    )


def told_row(row: Mapping[str, Any]) -> Row:
    """A row of an answer."""
    return Row(
        told(row["measures"]),
        _decimal(row["share_of_tokens"]),
        _decimal(row["share_of_cost"]),
        told_change(row["change"]),
    )


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


class Compared(NamedTuple):
    """The days that an answer shows, those of them that are compared, and what they are compared with."""

    days: Days
    compared: Days
    previous: Days

    def row(self, events: Events, whole: Sums) -> Row:
        """What a row of these events tells, in a breakdown of ``whole``."""
        sums = measured(within(events, self.days))
        change = change_between(within(events, self.compared), within(events, self.previous))
        return Row(
            sums,
            per_cent(sums.tokens, whole.tokens),
            per_cent(sums.cost, whole.cost),
            None if self.compared is None else change,
        )


def days_in(answer: Mapping[str, Any]) -> Compared:
    return Compared(answer["days"], answer["compared"], answer["previous"])


def check_rows(
    rows: Sequence[Mapping[str, Any]],
    events: Events,
    name: Callable[[UsageEvent], Any],
    days: Compared,
    *,
    called: Callable[[Mapping[str, Any]], Any] = lambda row: row["value"],
) -> None:
    """Rows of all values: each tells of its own events, none is missing, and they stand by cost, then by tokens; what
    named none comes last. ``events`` are of the asker, of all days."""
    whole = measured(within(events, days.days))
    expected = {value: days.row(group, whole) for value, group in grouped(events, name).items()}
    found = {called(row): told_row(row) for row in rows}
    assert len(found) == len(rows)
    assert found == {value: row for value, row in expected.items() if is_something(row)}
    assert all((row["kind"] == UNATTRIBUTED) is (row["value"] == UNATTRIBUTED) for row in rows)
    check_order([told_row(row) for row in rows if row["kind"] == "named"])
    assert [row["kind"] for row in rows] == sorted(row["kind"] for row in rows)


def is_something(row: Row) -> bool:
    """Whether anything is left in any of the days; what is all voided has no row."""
    return any(row.measures) or any(part for part in (row.change or ()) if part is not None)


def check_order(rows: Sequence[Row]) -> None:
    """The largest cost first, then the most tokens."""
    sizes = [(row.measures.cost, row.measures.tokens) for row in rows]
    assert sizes == sorted(sizes, reverse=True)


def check_cut(rows: Sequence[Mapping[str, Any]], whole: Sequence[Mapping[str, Any]]) -> None:
    """Rows that were cut to the first of ``whole``: the same ones, and the rest of them together as one."""
    others = [row for row in rows if row["kind"] == "other"]
    assert [row for row in rows if row["kind"] != "other"] == [row for row in whole if row in rows]
    if not others:
        assert list(rows) == list(whole)
        return
    (other,) = others
    rest = [row for row in whole if row not in rows]
    sums = added_up(told(row["measures"]) for row in rest)
    assert (told(other["measures"]), other["entries"], other["value"]) == (sums, len(rest), "")
    assert all(row["kind"] == "named" for row in rest)
    total = added_up(told(row["measures"]) for row in whole)
    assert _decimal(other["share_of_tokens"]) == per_cent(sums.tokens, total.tokens)
    assert _decimal(other["share_of_cost"]) == per_cent(sums.cost, total.cost)
    for at in (0, 1, 3, 4):
        changes = [told_change(row["change"]) for row in (other, *rest)]
        if changes[0] is not None:
            assert changes[0][at] == sum(change[at] for change in changes[1:] if change)
