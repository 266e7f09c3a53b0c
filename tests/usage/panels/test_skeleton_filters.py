"""The parameters of panels, and which table answers which of them for whom: for any filter."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from teams.permissions import Visible
from usage.models import SpendDaily, UsageDaily, UsageHourly
from usage.panels.filters import MOST_DAYS, MOST_VALUES, Asked, BadFilter, asked_filter, one
from usage.panels.measures import ALWAYS_TOLD, FURTHER, asked_measures
from usage.panels.sources import (
    NOT_BY_SCOPE,
    NotOffered,
    Source,
    daily_source,
    hourly_source,
    offered,
    tool_source,
)
from usage.panels.vocabulary import Compare, Dimension, Range
from usage.progress import Days

TODAY = date(2026, 11, 18)
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
spans = st.builds(
    lambda first, length: Days(first, first + timedelta(days=length)), days, st.integers(0, 799)
)
EVERYTHING = Visible(whole_organization=True)
OWN = Visible(member_ids=frozenset({1}))
LEAD = Visible(department_ids=frozenset({1}), member_ids=frozenset({1}))
DAILY = [dimension for dimension in Dimension if dimension is not Dimension.TOOL]

words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12)
filters = st.dictionaries(
    st.sampled_from(DAILY), st.lists(words, min_size=1, max_size=4, unique=True), max_size=4
)


@given(
    named=st.sampled_from(Range),
    compare=st.sampled_from(Compare),
    own=spans,
    chosen=filters,
    fiscal=st.integers(1, 12),
    today=days,
)
def test_a_filter_written_as_a_query_is_read_as_the_same(
    named: Range,
    compare: Compare,
    own: Days,
    chosen: Mapping[Dimension, Sequence[str]],
    fiscal: int,
    today: date,
) -> None:
    parameters: dict[str, list[str]] = {"range": [named.value], "compare": [compare.value]}
    if named is Range.CUSTOM:
        assume(own.first <= today)
        parameters |= {"from": [own.first.isoformat()], "to": [own.last.isoformat()]}
    parameters |= {dimension.value: list(values) for dimension, values in chosen.items()}
    found = read(parameters, today=today, fiscal=fiscal)
    again = read(parse_qs(found.query(), keep_blank_values=True), today=today, fiscal=fiscal)
    assert again == found
    assert found.chosen == {dimension: tuple(values) for dimension, values in chosen.items()}
    nothing = {dimension.value: None for dimension in Dimension}
    without = read(parse_qs(found.query(**nothing)), today=today, fiscal=fiscal)
    assert without.chosen == {}
    assert without.spans == found.spans


def read(parameters: Mapping[str, Sequence[str]], *, today: date = TODAY, fiscal: int = 1) -> Asked:
    return asked_filter(parameters, today=today, dimensions=DAILY, fiscal_year_start=fiscal)


def test_the_least_that_can_be_asked_is_this_month() -> None:
    found = read({})
    assert found.spans.shown == Days(date(2026, 11, 1), TODAY)
    assert found.spans.previous == Days(date(2026, 10, 1), date(2026, 10, 17))
    assert found.is_partial
    assert found.query() == ""
    assert read({"range": [""], "model": ["", ""], "compare": [""]}) == found


def test_a_link_changes_one_thing() -> None:
    found = read({"from": ["2026-11-02"], "to": ["2026-11-03"], "model": ["a", "b"], "member": ["bob"]})
    assert found.query(model="c") == "from=2026-11-02&to=2026-11-03&model=c&member=bob"
    assert found.query(model=None, basis="cost") == "from=2026-11-02&to=2026-11-03&member=bob&basis=cost"
    # Beside a range by name the days are not looked at: the form sends all of its fields.
    assert read(parse_qs(found.query(range="last_7_days"))).range is Range.LAST_7_DAYS


def test_the_last_day_left_out_is_today() -> None:
    assert read({"from": ["2026-11-02"]}).days == Days(date(2026, 11, 2), TODAY)


BAD: list[tuple[str, dict[str, list[str]]]] = [
    ("from", {"from": ["yesterday"]}),
    ("from", {"from": ["2026-02-29"]}),
    ("from", {"from": ["2026-11-1"]}),
    ("from", {"from": ["٢٠٢٦-11-01"]}),
    ("from", {"from": ["2026-11-01\n"]}),
    ("from", {"from": ["2026-11-19"]}),
    ("from", {"to": ["2026-11-01"]}),
    ("from", {"range": ["custom"]}),
    ("from", {"from": ["2024-01-01"]}),
    ("from", {"from": ["0001-01-01"], "to": ["0001-01-02"]}),
    ("to", {"from": ["2026-11-02"], "to": ["2026-11-01"]}),
    ("to", {"from": ["2026-11-02"], "to": ["2026-11-31"]}),
    ("range", {"range": ["ever"]}),
    ("range", {"range": ["this_month", "last_month"]}),
    ("compare", {"compare": ["nothing"]}),
    ("tool", {"tool": ["web_search"]}),
    ("model", {"model": ["x" * 201]}),
    ("model", {"model": ["a\x00"]}),
    ("model", {"model": [f"{number}" for number in range(MOST_VALUES + 1)]}),
]


@pytest.mark.parametrize(("field", "parameters"), BAD)
def test_what_cannot_be_read_is_named(field: str, parameters: dict[str, list[str]]) -> None:
    with pytest.raises(BadFilter) as caught:
        read(parameters)
    assert caught.value.field == field
    assert caught.value.reason


def test_the_longest_range_is_read() -> None:
    first = TODAY - timedelta(days=MOST_DAYS - 1)
    assert read({"from": [first.isoformat()]}).days.length == MOST_DAYS
    with pytest.raises(BadFilter):
        read({"from": [(first - timedelta(days=1)).isoformat()]})


texts = st.lists(st.text(), max_size=2)


@given(st.dictionaries(st.sampled_from(["range", "from", "to", "compare", "model", "x"]), texts))
def test_any_parameters_are_read_or_refused_with_a_reason(parameters: dict[str, list[str]]) -> None:
    try:
        named = "" if read(parameters) else "nothing"
    except BadFilter as error:
        named = error.field
    # Days alone can lack their first.
    assert named in {"", "from", *parameters}


def test_a_parameter_that_has_one_value() -> None:
    assert one({"top": ["", "5"]}, "top") == "5"
    assert one({}, "top") == ""
    with pytest.raises(BadFilter):
        one({"top": ["5", "6"]}, "top")


def test_measures_are_asked_for_by_name() -> None:
    assert asked_measures({}) == ()
    assert asked_measures({"measures": ["duration_ms,calls,failures,failures"]}) == (
        "failures",
        "duration_ms",
    )
    with pytest.raises(BadFilter) as caught:
        asked_measures({"measures": ["failures,Calls"]})
    assert caught.value.field == "measures"
    assert all(name in caught.value.reason for name in (*ALWAYS_TOLD, *FURTHER))


@given(asked=st.sets(st.sampled_from(DAILY)), visible=st.sampled_from([EVERYTHING, LEAD, OWN]))
def test_sums_by_day_are_always_offered(asked: set[Dimension], visible: Visible) -> None:
    source = daily_source(asked, visible=visible)
    assert asked <= offered(source)
    # Rows per scope hold the usage of all: nobody else may read them.
    assert source is Source.USAGE or visible.whole_organization


def test_the_small_table_is_read_wherever_it_will_do() -> None:
    for dimension in (Dimension.MODEL, Dimension.PROVIDER, Dimension.FEATURE, Dimension.MEMBER):
        assert daily_source([dimension], visible=EVERYTHING) is Source.SPEND
    assert daily_source([Dimension.MEMBER, Dimension.DEPARTMENT], visible=EVERYTHING) is Source.USAGE
    assert daily_source([Dimension.PLATFORM], visible=EVERYTHING) is Source.USAGE
    for measure in FURTHER:
        lacks = measure in NOT_BY_SCOPE
        assert daily_source([], visible=EVERYTHING, measures=[measure]) is (
            Source.USAGE if lacks else Source.SPEND
        )
        assert lacks is not hasattr(SpendDaily, measure)
        assert hasattr(UsageDaily, measure)
        assert hasattr(UsageHourly, measure)


def test_tools_and_hours_are_kept_by_less() -> None:
    with pytest.raises(NotOffered) as caught:
        daily_source([Dimension.TOOL], visible=EVERYTHING)
    assert caught.value.dimension is Dimension.TOOL
    assert tool_source([Dimension.TOOL, Dimension.DEPARTMENT], visible=LEAD) is Source.TOOLS
    for dimension, visible in ((Dimension.MEMBER, EVERYTHING), (Dimension.TOOL, OWN)):
        with pytest.raises(NotOffered):
            tool_source([dimension], visible=visible)
    assert hourly_source([Dimension.PLATFORM], visible=EVERYTHING) is Source.HOURS
    assert hourly_source([Dimension.MEMBER], visible=OWN) is Source.EVENTS
    for dimension, visible in (
        (Dimension.MEMBER, LEAD),
        (Dimension.TOOL, OWN),
        (Dimension.PROJECT, EVERYTHING),
    ):
        with pytest.raises(NotOffered):
            hourly_source([dimension], visible=visible)
