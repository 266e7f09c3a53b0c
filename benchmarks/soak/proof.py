"""Compares what clients sent and were answered with what the ledger holds. Needs Django set up."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any, Final

from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum

from benchmarks.soak.client import VOIDED
from benchmarks.soak.sent import Load, sent_events
from teams.models import Organization
from usage.enums import Correction
from usage.models import EventKey, ReceiptDaily, UsageEvent

SUCCESSES: Final = ("stored", "duplicate")
SHOWN: Final = 20


class Answers:
    """The clients' records: what each id was answered, in order, and how many answers there are so far."""

    def __init__(self, records: Sequence[Path]) -> None:
        self.read = dict.fromkeys(records, 0)
        self.count = 0

    def answered(self) -> int:
        """How many lines the records have now."""
        for record, position in self.read.items():
            if record.exists():
                with record.open("rb") as file:
                    file.seek(position)
                    new = file.read()
                self.read[record] += len(new)
                self.count += new.count(b"\n")
        return self.count

    def by_id(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for record in self.read:
            for line in record.read_text(encoding="utf-8").splitlines():
                name, answer = line.split("\t")
                found.setdefault(name, []).append(answer)
        return found


def differences(organization: Organization, loads: Sequence[Load], answers: Answers) -> list[str]:
    """Everything that is not as it should be, in words; empty when nothing was lost, doubled or changed."""
    connection.close()  # The server that it led to may be dead.
    answered = answers.by_id()
    voided = {name for name, given in answered.items() if VOIDED in given}
    return [
        *_compared_with_sent(organization, loads),
        *_unfit_answers(loads, answered),
        *_compared_voids(organization, voided),
        *_compared_receipts(organization),
        *_verified(),
    ]


def lost_answers(answers: Answers) -> int:
    """How many ids were first answered "duplicate": they had been stored, and nobody was told."""
    return sum(given[0] == "duplicate" for given in answers.by_id().values())


def _compared_with_sent(organization: Organization, loads: Sequence[Load]) -> Iterator[str]:
    """Each event that was sent stands once, with the time and the tokens that were sent, and has its key."""
    sent = {
        event["transaction_id"]: (
            datetime.fromisoformat(event["occurred_at"]),
            event["input_tokens"],
            event["output_tokens"],
            event["response_model"],
        )
        for load in loads
        for event in sent_events(load)
    }
    originals = UsageEvent.objects.filter(organization=organization, correction=Correction.NONE)
    rows = originals.values_list(
        "transaction_id", "occurred_at", "input_tokens", "output_tokens", "response_model"
    )
    stored: Counter[str] = Counter()
    for name, *facts in rows.iterator(chunk_size=10_000):
        stored[name] += 1
        if sent.get(name) != tuple(facts):
            yield f"{name} is {facts}, sent was {sent.get(name)}"
    yield from (f"{name} is stored {times} times" for name, times in stored.items() if times > 1)
    yield from (f"{name} is missing" for name in sent.keys() - stored.keys())
    keys = set(EventKey.objects.filter(organization=organization).values_list("transaction_id", flat=True))
    yield from (f"{name} has no key" for name in stored.keys() - keys)


def _unfit_answers(loads: Sequence[Load], answered: dict[str, list[str]]) -> Iterator[str]:
    """Each event was answered, with success, and "stored" at most once."""
    names = {event["transaction_id"] for load in loads for event in sent_events(load)}
    yield from (f"{name} has no answer" for name in names - answered.keys())
    for name, given in answered.items():
        if unfit := set(given) - {*SUCCESSES, VOIDED}:
            yield f"{name} was answered {unfit}"
        if given.count("stored") > 1:
            yield f"{name} was answered “stored” {given.count('stored')} times"


def _compared_voids(organization: Organization, voided: set[str]) -> Iterator[str]:
    """What was taken back has one void, and nothing else has one."""
    events = UsageEvent.objects.filter(organization=organization)
    voids = Counter(events.filter(correction=Correction.VOID).values_list("corrects", flat=True))
    names: dict[Any, str] = dict(events.filter(pk__in=list(voids)).values_list("pk", "transaction_id"))
    yield from (f"{names[pk]} is voided {times} times" for pk, times in voids.items() if times > 1)
    yield from (f"{name} is voided or not, unlike its answer" for name in voided ^ set(names.values()))


def _compared_receipts(organization: Organization) -> Iterator[str]:
    """More may have come in than clients know, but as many were counted as stored as stand in the ledger."""
    counted = ReceiptDaily.objects.filter(organization=organization).aggregate(total=Sum("stored"))["total"]
    stored = UsageEvent.objects.filter(organization=organization, correction=Correction.NONE).count()
    if counted != stored:
        yield f"{counted} events were counted as stored, {stored} stand in the ledger"


def _verified() -> Iterator[str]:
    """``manage.py verify_ledger`` over everything: keys, rollups, messages, chats, files, receipts, invoices."""
    words = StringIO()
    try:
        call_command("verify_ledger", limit=SHOWN, stdout=words)
    except CommandError as error:
        yield f"verify_ledger: {error}\n{words.getvalue()}"
