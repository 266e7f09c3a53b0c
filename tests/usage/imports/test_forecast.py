"""Whatever is in a file and in the ledger: the check counts what storing then counts, and a repetition nothing."""

from decimal import Decimal
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from time_machine import travel

from tests.usage.imports.scene import RECEIVED, as_csv, bring_in, check, findings, ledger_rows, store, upload
from tests.usage.ledger_fixtures import open_ledger
from usage.enums import EventSource
from usage.imports import batches
from usage.models import UsageEvent
from usage.services.snapshots import MEMORY

HEADER = "id,timestamp,model,user,tier,prompt_tokens,cached_tokens,completion_tokens,void"
ROWS = st.lists(
    st.tuples(
        st.sampled_from([f"id-{number}" for number in range(9)]),
        st.sampled_from(
            [
                "2026-05-20T12:00:00Z",
                "2026-05-20T12:00:01Z",
                "2023-12-31T23:59:59Z",
                "2031-01-01T00:00:00Z",
                "soon",
            ]
        ),
        st.sampled_from(["gpt-4o", "gpt-4o", "unheard-of", ""]),
        st.sampled_from(["bob", "zoe", ""]),
        st.sampled_from(["", "", "batch"]),
        st.integers(-1, 5),
        st.integers(0, 2),
        st.integers(0, 10**9),
        st.sampled_from(["", "", "", "", "yes"]),
    ),
    max_size=30,
)


class TestForecast(TestCase):
    @settings(max_examples=12, deadline=None)
    @given(before=ROWS, rows=ROWS, opens_months=st.booleans(), size=st.sampled_from([1, 3, 1_000]))
    def test_the_check_counts_what_storing_counts(
        self, before: list[Any], rows: list[Any], opens_months: bool, size: int
    ) -> None:
        MEMORY.forget()
        with travel(RECEIVED, tick=False), patch.object(batches, "BATCH", size):
            organization = open_ledger()
            bring_in(organization, as_csv(before, header=HEADER), opens_months=opens_months)
            UsageEvent.objects.filter(source=EventSource.FILE).update(source=EventSource.NATIVE)
            job = check(upload(organization, as_csv(rows, header=HEADER)), opens_months=opens_months)
            found, standing = findings(job), ledger_rows()
            assert found.rows == len(rows)
            store(job)
            assert (job.answers, job.void_answers) == (found.answers, found.void_answers)
            events = UsageEvent.objects.filter(source=EventSource.FILE)
            assert events.count() == found.answers.get("stored", 0)
            assert sum(event.input_tokens for event in events) == found.input_tokens
            cost = sum((event.contracted_cost or Decimal(0) for event in events), Decimal(0))
            assert cost == Decimal(found.contracted_cost) / 10**15
            assert sum(event.unpriced for event in events) == found.unpriced_rows
            assert (
                found.answers.get("stored") or found.void_answers.get("voided") or ledger_rows() == standing
            )
            once = ledger_rows()
            again = bring_in(organization, as_csv(rows, header=HEADER), opens_months=opens_months)
            assert not again.answers.get("stored") and not again.void_answers.get("voided")
            assert ledger_rows() == once
