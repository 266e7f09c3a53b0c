"""Bodies of requests from a hostile or broken world: from noise to batches that are nearly right.

They are written as text and not by a JSON library, since no library writes what breaks one: a key twice, NaN, numbers
beyond every range, half of a surrogate pair, depth without end.
"""

import gzip
import json
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import strategies as st
from msgspec import DecodeError, to_builtins
from msgspec.json import decode

from tests.usage.event_factories import make_events
from usage.events import Composition, Event, FileReference, ToolUse

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DEPTH: Final = 3_000
BREAKING: Final = (
    "NaN",
    "-Infinity",
    "1e308",
    "1e999",
    "-1e-999",
    "-0",
    "01",
    "1.0",
    "0.1",
    "1e3",
    "-1",
    "9" * 400,
    "1000000000001",
    "9223372036854775808",
    "18446744073709551616",
    "null",
    "true",
    "[]",
    "{}",
    "[" * DEPTH + "]" * DEPTH,
    '{"a":' * DEPTH + "1" + "}" * DEPTH,
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\\\u0000"',
    '"\\\\.\\n\\t\\r\\\\N"',
    '"\0"',
    '"\\x"',
    '"' + "İ" * 40 + '"',
    '"' + "İ" * 100 + '"',
    '"' + "x" * 201 + '"',
    '"' + "🎈" * 200 + '"',
    "'single'",
    "undefined",
)
"""Values that have broken somebody's reader, as they stand in a body."""

INSTANTS: Final = (
    "2026-05-20T12:00:00Z",
    "2026-05-20T12:00:00.123456789+05:45",
    "2026-04-30T23:59:59.9999999Z",
    "2026-05-20t12:00:00z",
    "2026-05-20 12:00:00Z",
    "2026-05-20T12:00:00",
    "2026-05-20",
    "2026-02-30T00:00:00Z",
    "2026-05-20T24:00:00Z",
    "2026-05-20T23:59:60Z",
    "2026-05-20T12:00:00+24:00",
    "2026-05-20T12:00:00-23:59",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00+14:00",
    "9990-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59-23:59",
)
_PARTS: Final = (Event, Composition, ToolUse, FileReference)
FIELDS: Final = tuple(dict.fromkeys(name for part in _PARTS for name in part.__struct_fields__))

_texts = st.text(st.characters(codec="utf-8"), max_size=8)
_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)
_valid_events = st.integers(0, 30).map(lambda seed: to_builtins(make_events(1, seed)[0]))


def _literals() -> st.SearchStrategy[str]:
    """Values as they stand in a body: breaking ones, instants, and ordinary JSON of any kind."""
    wide = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200)
    return st.one_of(
        st.sampled_from(BREAKING),
        st.sampled_from(INSTANTS).map(json.dumps),
        st.integers(-(2**70), 2**70).map(str),
        st.integers(0, 10**12).map(str),
        wide.map(lambda text: json.dumps(text, ensure_ascii=False)),
        _json.map(json.dumps),
    )


@st.composite
def _parts(draw: st.DrawFn) -> str:
    """A list of tools or files, or a composition, of whatever."""
    pair = st.tuples(st.sampled_from(FIELDS[-12:]) | _texts, _literals())
    written = [
        "{"
        + ",".join(f"{json.dumps(name)}:{value}" for name, value in draw(st.lists(pair, max_size=4)))
        + "}"
        for _ in range(draw(st.integers(0, 3)))
    ]
    return "[" + ",".join(written) + "]" if draw(st.booleans()) else (written or ["{}"])[0]


@st.composite
def elements(draw: st.DrawFn) -> str:
    """An event as it stands in a body: a right one, with fields added, doubled or replaced by something else."""
    fields = [(name, json.dumps(value)) for name, value in draw(_valid_events).items()]
    changed = draw(
        st.lists(
            st.tuples(st.sampled_from(Event.__struct_fields__) | _texts, _literals() | _parts()), max_size=4
        )
    )
    names = {name for name, _value in changed} if draw(st.booleans()) else set()
    kept = [(name, value) for name, value in fields if name not in names]
    blank = draw(st.sampled_from(("", " ", "\t")))
    return (
        "{" + f",{blank}".join(f"{json.dumps(name)}:{blank}{value}" for name, value in kept + changed) + "}"
    )


@st.composite
def odd_events(draw: st.DrawFn) -> str:
    """An event that keeps to the format and mostly to its rules, at the edges of both."""
    ends = st.sampled_from((0, 1, 10**6, 10**12)) | st.integers(0, 10**12)
    wide = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
    texts = wide | st.sampled_from(
        ("İ" * 40, "x" * 40, "\\N", "\\.", " ", "\t", "\u2028", "\ufeff", "'; --", "🎈" * 40)
    )
    fields: dict[str, Any] = draw(_valid_events) | {"input_tokens": 10**12, "output_tokens": 10**12}
    fields |= {
        "transaction_id": draw(texts) or "t",
        "occurred_at": draw(st.sampled_from(INSTANTS[:3] + INSTANTS[-5:])),
    }
    for name in draw(st.lists(st.sampled_from(Event.__struct_fields__[2:]), max_size=6)):
        default = getattr(Event("t", EPOCH), name)
        if isinstance(default, str):
            fields[name] = draw(texts)
        elif name.endswith("calls"):
            fields[name] = draw(st.sampled_from((0, 1, 10**6)))
        elif isinstance(default, int) and name not in ("input_tokens", "output_tokens"):
            fields[name] = draw(ends if name.endswith(("ms", "seconds")) else st.integers(0, 10**10))
    named = draw(st.lists(texts.filter(bool), max_size=3, unique=True))
    is_long: bool = draw(st.booleans())
    if named and is_long:
        fields["tools"] = [
            {"name": name, "calls": draw(st.integers(0, 10**6)), "tokens": draw(ends)} for name in named
        ]
        fields["files"] = [
            {"file_id": name, "name": name, "size_bytes": draw(ends), "tokens": 5} for name in named
        ]
    return json.dumps(fields, ensure_ascii=draw(st.booleans()))


@st.composite
def batches(draw: st.DrawFn) -> bytes:
    """A batch of such events, as an array or in lines, in one encoding or another."""
    written = draw(st.lists(st.one_of(elements(), odd_events(), odd_events(), _literals()), max_size=4))
    end = draw(st.sampled_from(("\n", "\r\n", "\n\n", "\r", "\v")))
    text = "[" + ",".join(written) + "]" if draw(st.booleans()) else end.join(written)
    encoding = draw(st.sampled_from(("utf-8",) * 6 + ("utf-8-sig", "utf-16", "utf-32", "latin-1")))
    return text.encode(encoding, errors="replace" if encoding == "latin-1" else "surrogatepass")


def odd_batches() -> st.SearchStrategy[bytes]:
    """Batches that can be taken apart, of odd events and events with faults."""
    well_formed = elements().filter(_is_json)
    written = st.lists(st.one_of(odd_events(), odd_events(), well_formed), max_size=4)
    return written.map(lambda batch: ("[" + ",".join(batch) + "]").encode(errors="replace"))


def _is_json(text: str) -> bool:
    try:
        decode(text.encode())
    except (DecodeError, RecursionError, UnicodeEncodeError):
        return False
    return True


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """A batch that lost its end, or has other bytes somewhere."""
    body = draw(batches())
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 4))
        body = body[:start] + draw(st.binary(max_size=4)) + body[start + length :]
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


def bodies() -> st.SearchStrategy[bytes]:
    """Any body: noise, batches that are nearly right, and damaged ones."""
    return st.one_of(st.binary(max_size=200), batches(), _damaged())


@st.composite
def compressed(draw: st.DrawFn) -> bytes:
    """A body that says to be gzip, and sometimes is."""
    body = gzip.compress(draw(bodies()), draw(st.integers(0, 9)))
    return draw(st.sampled_from((body, body + body, body[: len(body) // 2], body + b"rest")))
