"""Sums that are read by month say what the days say, whoever asks and however it is filtered."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from teams.permissions import Visible
from tests.usage.rollup_factories import Fact, book, make_organization
from usage.breakdown import NO_SPEND, Spend
from usage.figures import Change, Measures
from usage.panels.ranges import days_of, spans_over
from usage.panels.vocabulary import Compare, Dimension, Range
from usage.progress import Days, Spans
from usage.queries.names import merges
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.sums import month_sums

TODAY = date(2026, 11, 23)
FIRST = date(2025, 9, 3)
EVERYTHING = Visible(whole_organization=True)
COLUMNS = {
    Dimension.MODEL: "model_id",
    Dimension.DEPARTMENT: "department_id",
    Dimension.PROJECT: "project_id",
    Dimension.MEMBER: "member_id",
    Dimension.INTEGRATION: "integration_id",
    Dimension.PLATFORM: "platform",
}
RANGES = {
    "this month": days_of(Range.THIS_MONTH, today=TODAY),
    "twelve months": days_of(Range.LAST_12_MONTHS, today=TODAY),
    "from the middle of a month": Days(date(2026, 3, 9), date(2026, 8, 27)),
    "a few days": Days(date(2026, 10, 29), date(2026, 11, 2)),
}


def usage(count: int) -> list[Fact]:
    chance = random.Random(7)
    return [
        Fact(
            day=FIRST + timedelta(days=chance.randrange((TODAY - FIRST).days + 1)),
            member_id=chance.randrange(4),
            department_id=chance.randrange(3),
            project_id=chance.randrange(3),
            integration_id=chance.randrange(2),
            model_id=chance.randrange(3),
            feature=chance.choice(["chat", "agents"]),
            platform=chance.choice(["web", "ios", ""]),
            calls=chance.randrange(1, 4),
            input_tokens=chance.randrange(1000),
            output_tokens=chance.randrange(500),
            # A correction takes off what was there.
            cost=chance.choice([None, Decimal(chance.randrange(10**6)) / 10**9, Decimal("-0.00001")]),
        )
        for _number in range(count)
    ]


def wanted(facts: list[Fact], by: Dimension | None, spans: Spans, **only: Any) -> dict[Any, Spend]:
    """The same, added up by hand."""
    found: dict[Any, Spend] = {}
    for fact in facts:
        if any(getattr(fact, name) not in values for name, values in only.items()):
            continue
        shown = fact if spans.shown.includes(fact.day) else None
        compared = bool(spans.compared and spans.compared.includes(fact.day))
        previous = bool(spans.previous and spans.previous.includes(fact.day))
        measures = Measures(
            calls=fact.calls,
            input_tokens=fact.input_tokens,
            output_tokens=fact.output_tokens,
            contracted_cost=fact.money,
            unpriced_events=int(fact.cost is None),
            unpriced_tokens=fact.tokens if fact.cost is None else 0,
        )
        change = Change(
            fact.tokens * compared, fact.tokens * previous, fact.money * compared, fact.money * previous
        )
        value = getattr(fact, COLUMNS[by]) if by else None
        part = Spend(measures if shown else Measures(), change)
        found[value] = found.get(value, NO_SPEND) + part
    return without_nothing(found)


def without_nothing(spends: Mapping[Any, Spend]) -> dict[Any, Spend]:
    return {value: spend for value, spend in spends.items() if spend}


@pytest.mark.django_db
def test_months_and_days_say_the_same() -> None:
    organization = make_organization()
    facts = book(organization, usage(600))
    reader = PanelReader(
        organization_id=organization.pk, visible=EVERYTHING, chosen={}, merged=merges(organization.pk)
    )
    filters: list[dict[Dimension, frozenset[Any]]] = [
        {},
        {Dimension.MODEL: frozenset({1, 2})},
        {Dimension.MEMBER: frozenset({0, 2})},
        {Dimension.PLATFORM: frozenset({"web"}), Dimension.MODEL: frozenset({1})},
    ]
    for days in RANGES.values():
        for compare in Compare:
            spans = spans_over(days, today=TODAY, compare=compare)
            for chosen in filters:
                only = {COLUMNS[dimension]: values for dimension, values in chosen.items()}
                filtered = replace(reader, chosen=chosen)
                for by in (*COLUMNS, None):
                    expected = wanted(facts, by, spans, **only)
                    found = filtered.spends(by, spans) if by else {None: filtered.total(spans)}
                    assert without_nothing(found) == expected, (days, compare, chosen, by)


@pytest.mark.django_db
def test_members_read_their_own_months_only() -> None:
    organization, other = make_organization(), make_organization()
    facts = book(organization, usage(200))
    book(other, usage(50))
    own = PanelReader(
        organization_id=organization.pk,
        visible=Visible(member_ids=frozenset({2, 3})),
        chosen={},
        merged=merges(organization.pk),
    )
    spans = spans_over(RANGES["twelve months"], today=TODAY, compare=Compare.PREVIOUS)
    expected = wanted(facts, Dimension.MODEL, spans, member_id={2, 3})
    assert without_nothing(own.spends(Dimension.MODEL, spans)) == expected
    someone = replace(own, chosen={Dimension.MEMBER: frozenset({1})})
    assert not without_nothing(someone.spends(Dimension.MODEL, spans))
    assert not someone.total(spans)


@pytest.mark.parametrize(
    ("visible", "by", "chosen"),
    [
        (EVERYTHING, Dimension.FEATURE, {}),
        (EVERYTHING, Dimension.MEMBER, {Dimension.DEPARTMENT: {1}}),
        (Visible(department_ids=frozenset({1}), member_ids=frozenset({2})), Dimension.MODEL, {}),
        (Visible(member_ids=frozenset({2})), Dimension.PROJECT, {}),
    ],
)
def test_what_months_do_not_keep_is_read_by_day(visible: Visible, by: Dimension, chosen: Any) -> None:
    assert month_sums(organization_id=1, visible=visible, by=by, chosen=chosen) is None
