"""The page for client developers says what the decoder takes, field by field."""

import json
import re
from typing import Any, get_args

import msgspec
import pytest
from django.conf import settings

from tests.docs.pages import DOCS, fenced, prose, section, table
from usage.api.event_schema import BatchAnswerSerializer
from usage.decoding import decode_batch
from usage.enums import Answer
from usage.events import Composition, Event, FileReference, ToolUse
from usage.formats import envelopes, usage_adapters
from usage.formats.cloudevents.adapter import BATCH, BINARY, SINGLE, decode
from usage.formats.protocol import Arrival
from usage.formats.raw_usage import plain

PAGE = DOCS / "ingest.md"
SECTIONS: list[tuple[type[msgspec.Struct], tuple[str, ...]]] = [
    (Event, ("The call", "Who and where", "Tokens and other quantities")),
    (Composition, ("In `composition`",)),
    (ToolUse, ("In each of `tools`",)),
    (FileReference, ("In each of `files`",)),
]
WORDS: dict[str, str] = {
    "DateTimeType": "instant",
    "UUIDType": "UUID",
    "BoolType": "true or false",
    "StructType": "object",
    "DictType": "object",
}


def documented(sections: tuple[str, ...]) -> dict[str, str]:
    return {
        cells[0]: cells[1]
        for heading in sections
        for cells in table(section(PAGE, heading))
        if len(cells) == 3
    }


def in_words(name: str, kind: Any) -> str:
    """What the table says that a field holds."""
    match kind:
        case msgspec.inspect.UnionType(types=types):
            one = next(each for each in types if not isinstance(each, msgspec.inspect.NoneType))
            return in_words(name, one)
        case msgspec.inspect.StrType(min_length=least, max_length=most):
            return f"text, 1–{most}" if least else f"text, up to {most}"
        case msgspec.inspect.ListType(max_length=most):
            return f"list, up to {most}"
        case msgspec.inspect.IntType(le=1_000_000):
            return "calls, default 1" if name == "calls" else "calls"
        case msgspec.inspect.IntType(le=1_000_000_000_000):
            unit = next((unit for unit in ("seconds", "bytes") if name.endswith(unit)), "tokens")
            return "milliseconds" if name.endswith("_ms") else unit
    return WORDS[type(kind).__name__]


@pytest.mark.parametrize(("struct", "sections"), SECTIONS, ids=lambda value: getattr(value, "__name__", ""))
def test_tables_name_every_field_and_say_what_it_holds(struct, sections):
    described = msgspec.inspect.type_info(struct)
    assert isinstance(described, msgspec.inspect.StructType)
    assert documented(sections) == {
        field.encode_name: in_words(field.encode_name, field.type)
        + (" or nothing" if field.name == "time_to_first_token_ms" else "")
        for field in described.fields
    }


def test_required_fields_are_the_two_that_it_names():
    described = msgspec.inspect.type_info(Event)
    assert isinstance(described, msgspec.inspect.StructType)
    assert [field.name for field in described.fields if field.required] == ["transaction_id", "occurred_at"]
    assert "Only `transaction_id` and `occurred_at` are required." in PAGE.read_text()


def test_its_example_is_valid():
    (event,) = decode_batch(fenced(PAGE, "json")[0].encode(), limit=1)

    assert isinstance(event, Event)
    assert event.files[0].tokens == 1000


def test_its_answer_has_the_shape_of_answers():
    answer = json.loads(fenced(PAGE, "json")[1])

    serializer = BatchAnswerSerializer(data=answer)
    assert serializer.is_valid(), serializer.errors
    assert list(answer) == list(serializer.fields)
    assert {cells[0] for cells in table(section(PAGE, "Answers"))} >= set(Answer.values)


def test_limits_are_those_in_force():
    limits = dict(table(section(PAGE, "Limits")))

    assert limits["events in a request"] == f"{settings.INGEST_MAX_EVENTS:,}"
    assert limits["body, compressed and uncompressed"] == f"{settings.INGEST_MAX_BYTES // 2**20} MiB"
    assert settings.INGEST_FUTURE_TOLERANCE.total_seconds() == 5 * 60
    assert "ahead by up to five minutes is forgiven" in prose(PAGE)
    assert settings.PARTITION_MONTHS_BACK == 24
    assert "kept open for two years back" in prose(PAGE)
    for count in get_args(Event.__annotations__["input_tokens"])[1:]:
        assert f"from 0 to {count.le:,}" in " ".join(prose(PAGE).split())


# Heading of a format → what the examples under it mean: tokens in, of those from a cache, out.
USAGE_SECTIONS = {
    "OpenAI and its like": ("openai", [(2006, 1920, 300), (36, 0, 87)]),
    "Anthropic": ("anthropic", [(4096, 1800, 503)]),
    "Gemini": ("gemini", [(1580, 1000, 550)]),
    "Mistral": ("mistral", [(10, 4, 635)]),
    "Bedrock": ("bedrock", [(1225, 900, 60)]),
}


def examples(heading: str, language: str = "json") -> list[str]:
    """The fenced blocks under a heading."""
    text = re.split(rf"^#+ {heading}$", PAGE.read_text(), flags=re.MULTILINE)[1]
    text = re.split(r"^#+ ", text, flags=re.MULTILINE)[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def quantities(event: object) -> tuple[int, int, int]:
    assert isinstance(event, Event), event
    meant = plain(event)
    return meant.input_tokens, meant.cache_read_input_tokens, meant.output_tokens


def test_every_format_of_usage_objects_has_its_section():
    assert sorted(name for name, _means in USAGE_SECTIONS.values()) == [
        adapter.name for adapter in usage_adapters()
    ]


@pytest.mark.parametrize("heading", USAGE_SECTIONS)
def test_its_usage_objects_mean_what_it_says(heading):
    name, means = USAGE_SECTIONS[heading]
    bodies = examples(heading)
    found = decode_batch(f"[{','.join(bodies)}]".encode(), limit=9)
    assert [quantities(event) for event in found] == means
    adapter = next(adapter for adapter in usage_adapters() if adapter.name == name)
    text = section(PAGE, heading)
    assert [provider for provider in adapter.providers if f"`{provider}`" not in text] == []
    for tokens in re.findall(r"here ([\d,]+) (?:went )?in", text):
        assert int(tokens.replace(",", "")) == means[0][0]


def test_it_names_the_address_of_every_other_format():
    assert {cells[1] for cells in table(section(PAGE, "What else can be sent"))} >= {
        f"POST /api/v1/ingest/{envelope.path}" for envelope in envelopes()
    }


def test_its_cloudevents_are_read_in_all_three_ways():
    (one,) = examples("CloudEvents")
    (binary,) = examples("CloudEvents", "http")
    head, _blank, body = binary.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    arrivals = [
        Arrival(one.encode(), SINGLE, {}, 10),
        Arrival(f"[{one}]".encode(), BATCH, {}, 10),
        Arrival(body.encode(), BINARY, headers, 10),
    ]
    found = [event for arrival in arrivals for event in decode(arrival)]
    assert [quantities(event) for event in found] == [(3848, 1800, 503)] * 2 + [(1200, 0, 150)]
    assert {event.transaction_id for event in found} == {"msg_01HZX3-1"}


@pytest.mark.parametrize(("heading", "name"), [("OpenTelemetry", "otlp"), ("LiteLLM", "litellm")])
def test_its_examples_of_exporters_are_read(heading: str, name: str) -> None:
    envelope = next(each for each in envelopes() if each.name == name)
    (example,) = examples(heading)
    assert json.loads(example) == envelope.example
    (found,) = envelope.decode(Arrival(example.encode(), "application/json", {}, 10))
    assert isinstance(found, Event)
    assert found.transaction_id.startswith(f"{name}:")
    assert found.input_tokens > 0 < found.output_tokens
