"""Real traces in the ledger: the sums are read from the files here, by other means than the importer's."""

import csv
import gzip
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, Max, Min, Sum

from teams.enums import ScopeKind
from tests.real_data import AZURE, MOONCAKE, needs_real_data
from tests.teams.factories import OrganizationFactory
from tests.usage.price_factories import LlmModelFactory, LlmProviderFactory, PriceFactory
from usage.enums import ChargeKind
from usage.models import (
    ChargeByKind,
    EventKey,
    QuarantinedEvent,
    ReceiptDaily,
    SpendDaily,
    UsageDaily,
    UsageEvent,
    UsageHourly,
)

TOKENS = {"i": Sum("input_tokens"), "c": Sum("cache_read_input_tokens"), "o": Sum("output_tokens")}
TABLES = (
    "usage_event",
    "usage_event_key",
    "usage_hourly",
    "usage_daily",
    "spend_daily",
    "charge_daily",
    "usage_chat",
    "usage_message",
    "usage_quarantine",
    "teams_member",
)


@pytest.fixture
def organization(db):
    LlmProviderFactory()
    PriceFactory(model=LlmModelFactory(name="gpt-4o"), cache_read=Decimal("0.0000005"))
    # Its local day begins 5:45 hours before that of UTC: what lies near midnight lands on another day.
    return OrganizationFactory(slug="acme", time_zone="Asia/Kathmandu")


def run(path: Any, **options: Any) -> str:
    said = io.StringIO()
    arguments = [f"--{name}={value}" for name, value in options.items()]
    call_command("import_trace", str(path), "--organization=acme", *arguments, verbosity=0, stdout=said)
    return said.getvalue()


def azure_sums() -> tuple[int, int, int]:
    with gzip.open(AZURE, "rt") as text:
        rows = list(csv.DictReader(text))
    return (
        len(rows),
        sum(int(row["ContextTokens"]) for row in rows),
        sum(int(row["GeneratedTokens"]) for row in rows),
    )


def everything() -> dict[str, list[str]]:
    """All rows of all tables, as text."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


@needs_real_data
def test_the_sums_of_the_azure_trace_stand_in_every_table(organization):
    requests, context, generated = azure_sums()
    assert (requests, context, generated) == (8_819, 18_059_974, 245_896)
    run(AZURE, members=5)
    sums = {"i": context, "c": 0, "o": generated}
    assert EventKey.objects.count() == UsageEvent.objects.count() == requests
    assert UsageEvent.objects.aggregate(**TOKENS) == sums
    for rollup in (UsageHourly, UsageDaily):
        assert rollup.objects.aggregate(**TOKENS, calls=Sum("calls")) == sums | {"calls": requests}
    for kind in ScopeKind:
        spend = SpendDaily.objects.filter(scope_kind=kind).aggregate(
            i=Sum("input_tokens"), o=Sum("output_tokens"), calls=Sum("calls"), cost=Sum("contracted_cost")
        )
        cost = context * Decimal("0.000002") + generated * Decimal("0.00001")
        assert spend == {"i": context, "o": generated, "calls": requests, "cost": cost}
    charges = dict(ChargeByKind.objects.values("kind").annotate(q=Sum("quantity")).values_list("kind", "q"))
    assert charges == {ChargeKind.INPUT: context, ChargeKind.OUTPUT: generated, ChargeKind.CALL: requests}
    receipt = ReceiptDaily.objects.get()
    assert (receipt.source, receipt.received, receipt.stored) == ("file", requests, requests)


@needs_real_data
def test_a_dated_trace_keeps_its_dates_in_the_organization_s_zone(organization):
    run(AZURE)
    # 18:17 to 19:14 UTC on 16 November is after midnight in Kathmandu.
    assert UsageDaily.objects.aggregate(first=Min("local_date"), last=Max("local_date")) == {
        "first": date(2023, 11, 17),
        "last": date(2023, 11, 17),
    }
    assert UsageEvent.objects.aggregate(at=Min("occurred_at"))["at"] == datetime(
        2023, 11, 16, 18, 17, 3, 979960, UTC
    )


@needs_real_data
@pytest.mark.parametrize(("path", "requests"), [(AZURE, 8_819), (MOONCAKE, 3_993)])
def test_importing_twice_changes_nothing(organization, path, requests):
    run(path, members=3)
    before = everything()
    said = run(path, members=3)
    assert everything() == before
    assert f"0 stored, {requests:,} stored before" in said
    receipt = ReceiptDaily.objects.get()
    assert (receipt.stored, receipt.duplicate, receipt.conflict) == (requests, requests, 0)


@needs_real_data
def test_the_cached_part_of_the_mooncake_trace_is_charged_as_such(organization):
    tokens, cached_blocks, blocks, seen = 0, 0, 0, set()
    with gzip.open(MOONCAKE, "rt") as text:
        for row in map(json.loads, text):
            tokens += row["input_length"]
            blocks += len(row["hash_ids"])
            cached_blocks += sum(block in seen for block in row["hash_ids"])
            seen |= set(row["hash_ids"])
    assert cached_blocks / blocks == pytest.approx(0.64, abs=0.001)
    run(MOONCAKE)
    charges = dict(ChargeByKind.objects.values("kind").annotate(q=Sum("quantity")).values_list("kind", "q"))
    assert charges[ChargeKind.INPUT] + charges[ChargeKind.CACHE_READ] == tokens
    # Whole blocks but for a few last ones, which are shorter.
    assert cached_blocks * 512 * 0.99 < charges[ChargeKind.CACHE_READ] <= cached_blocks * 512
    assert (
        UsageHourly.objects.aggregate(c=Sum("cache_read_input_tokens"))["c"] == charges[ChargeKind.CACHE_READ]
    )


AZURE_TEXT = (
    "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    "2023-11-16 18:17:03,100,10\n2023-11-16 18:17:04,200,20\n2023-11-16 19:00:00,300,30\n"
)
MOONCAKE_TEXT = "".join(
    f'{{"timestamp": {at}, "input_length": 600, "output_length": 5, "hash_ids": [1, {at}]}}\n'
    for at in (0, 60_000)
)


@pytest.fixture
def azure(tmp_path):
    path = tmp_path / "small.csv"
    path.write_text(AZURE_TEXT)
    return path


@pytest.fixture
def mooncake(tmp_path):
    path = tmp_path / "small.jsonl"
    path.write_text(MOONCAKE_TEXT)
    return path


def test_start_shifts_the_trace_in_the_organization_s_zone(organization, azure):
    run(azure, start="2026-03-01T00:00")
    times = UsageEvent.objects.aggregate(first=Min("occurred_at"), last=Max("occurred_at"))
    first = datetime(2026, 2, 28, 18, 15, tzinfo=UTC)
    assert times == {"first": first, "last": first + timedelta(minutes=42, seconds=57)}
    assert set(UsageDaily.objects.values_list("local_date", flat=True)) == {date(2026, 3, 1)}


def test_start_with_a_zone_means_that_zone(organization, azure):
    run(azure, start="2026-03-01T00:00+01:00")
    assert UsageEvent.objects.aggregate(at=Min("occurred_at"))["at"] == datetime(2026, 2, 28, 23, tzinfo=UTC)


def test_an_undated_trace_ends_now_and_is_found_again_later(organization, mooncake, time_machine):
    time_machine.move_to(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False)
    run(mooncake)
    time_machine.move_to(datetime(2026, 11, 27, 12, tzinfo=UTC), tick=False)
    assert "0 stored, 2 stored before" in run(mooncake)
    assert UsageEvent.objects.aggregate(at=Max("occurred_at"))["at"] == datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_members_share_the_requests_evenly(organization, azure):
    run(azure, members=2)
    counts = UsageDaily.objects.values("member_id").annotate(n=Sum("calls")).values_list("n", flat=True)
    assert sorted(counts) == [1, 2]
    assert UsageDaily.objects.filter(member_id=0).count() == 0


def test_model_provider_and_feature_are_the_caller_s(organization, azure):
    run(azure, provider="elsewhere", model="unheard-of", feature="code")
    event = UsageEvent.objects.first()
    assert event is not None
    assert (event.provider_name, event.response_model, event.feature) == ("elsewhere", "unheard-of", "code")
    assert UsageEvent.objects.aggregate(n=Sum("unpriced"), cost=Count("contracted_cost")) == {
        "n": 3,
        "cost": 0,
    }


def test_the_same_trace_with_other_options_is_refused_and_nothing_changes(organization, azure):
    run(azure, members=2)
    before = everything()
    for other in ({"members": 3}, {"model": "gpt-5"}, {"start": "2026-03-01T00:00"}, {"feature": "code"}):
        with pytest.raises(CommandError, match="imported before with another"):
            run(azure, **{"members": 2} | other)
    assert everything() == before
    assert not QuarantinedEvent.objects.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"start": "2199-01-01"}, "end in the future"),
        ({"start": "1999-01-01"}, "before 2000-01-01"),
        ({"format": "mooncake"}, "Line 1 is not a request of a Mooncake trace"),
    ],
)
def test_what_cannot_be_imported_is_told_and_nothing_is_stored(organization, azure, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(azure, **options)
    assert not EventKey.objects.exists()


def test_a_wrong_line_at_the_end_is_named_before_anything_is_stored(organization, azure):
    azure.write_text(AZURE_TEXT + "2023-11-16 19:00:01,many,30\n")
    with pytest.raises(CommandError, match="Line 5 is not a request"):
        run(azure)
    assert not EventKey.objects.exists()


def test_an_unknown_organization_is_told(db, azure):
    with pytest.raises(CommandError, match="no organization “acme”"):
        run(azure)


@pytest.mark.parametrize(
    "option", ["--members=-1", "--members=lots", "--start=soon", "--model=", "--model=a\nb"]
)
def test_options_that_mean_nothing_are_refused(option):
    with pytest.raises(CommandError, match=r"argument --"):
        call_command("import_trace", "trace.csv", "--organization=acme", option)
