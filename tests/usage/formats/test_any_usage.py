"""Usage objects from a broken world: every field of a format with any number, and any value in any place."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.usage.formats.responses import sent
from usage.decoding import Rejected
from usage.events import Event
from usage.formats import usage_adapters
from usage.formats.protocol import UsageAdapter
from usage.formats.raw_usage import plain
from usage.identity import fingerprint
from usage.validation import find_fault

ADAPTERS = usage_adapters()
WORDS = ("", "TEXT", "AUDIO", "IMAGE", "1h", "5m", "batch", "fast", "compaction", "ON_DEMAND")
BROKEN: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**12,
    10**13,
    2**70,
    1e308,
    1.5,
    "5",
    "\0",
    "x" * 300,
    [],
    {},
    [[]],
    {"a": {}},
)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values that a field may hold, with small numbers, so that parts are often larger than their whole."""
    match kind:
        case msgspec.inspect.UnionType(types=types):
            return st.one_of(*(values(one) for one in types))
        case msgspec.inspect.NoneType():
            return st.none()
        case msgspec.inspect.IntType():
            return st.integers(0, 40)
        case msgspec.inspect.FloatType():
            return st.floats(0, 60)
        case msgspec.inspect.StrType():
            return st.sampled_from(WORDS)
        case msgspec.inspect.ListType(item_type=item):
            return st.lists(values(item), max_size=3)
    return st.fixed_dictionaries({}, optional={one.encode_name: values(one.type) for one in kind.fields})


RESPONSES = {
    adapter.name: st.fixed_dictionaries({adapter.holder: values(msgspec.inspect.type_info(adapter.usage))})
    for adapter in ADAPTERS
}


def check(provider: str, usage: dict[str, Any]) -> str:
    """What became of a usage object; an event that was accepted is held against the rules."""
    event = sent(provider, usage)
    if isinstance(event, Rejected):
        assert event.fault.field.startswith("usage"), event
        assert event.fault.reason
        return "refused"
    # Parts fit into their whole, and a database that kept it gives back the same event.
    assert find_fault(plain(event)) is None
    again = msgspec.json.decode(msgspec.json.encode(event), type=Event)
    assert fingerprint(again) == fingerprint(event)
    assert plain(again) == plain(event)
    return "read"


def test_any_numbers_are_read_or_refused_in_words() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=400, deadline=None)
    @given(data=st.data(), adapter=st.sampled_from(ADAPTERS))
    def try_numbers(data: st.DataObject, adapter: UsageAdapter) -> None:
        provider = data.draw(st.sampled_from(adapter.providers))
        seen[check(provider, data.draw(RESPONSES[adapter.name]))] += 1

    try_numbers()
    assert min(seen["read"], seen["refused"]) > 20, seen


@settings(max_examples=200, deadline=None)
@given(data=st.data(), adapter=st.sampled_from(ADAPTERS))
def test_any_value_in_any_place_is_read_or_refused_in_words(
    data: st.DataObject, adapter: UsageAdapter
) -> None:
    usage = data.draw(RESPONSES[adapter.name])[adapter.holder]
    fields = adapter.usage.__struct_encode_fields__
    broken = data.draw(
        st.dictionaries(st.sampled_from(fields), st.sampled_from(BROKEN), min_size=1, max_size=2)
    )
    check(data.draw(st.sampled_from(adapter.providers)), usage | broken)
