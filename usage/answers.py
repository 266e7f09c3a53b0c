"""What is answered for each event of a batch. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from usage.decoding import Rejected
from usage.enums import Answer, QuarantineReason
from usage.events import Event
from usage.placement import Displaced

CONFLICT_REASON: Final = "this transaction_id was sent before with other content; nothing was changed"

TURNS: Final = 4
"""In how many turns the events of one batch are settled that contradict each other."""


class Outcome(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename={"answer": "status"}):
    """What became of one event, encoded as it is answered; ``field`` and ``reason`` are empty unless there is
    something to say."""

    transaction_id: str
    answer: Answer
    field: str = ""
    reason: str = ""


def known_outcome(event: Event, *, same: bool) -> Outcome:
    """The answer for an event whose transaction id stood in the ledger before."""
    if same:
        return Outcome(event.transaction_id, Answer.DUPLICATE)
    return Outcome(event.transaction_id, Answer.CONFLICT, "transaction_id", CONFLICT_REASON)


def stored_outcome(event: Event) -> Outcome:
    return Outcome(event.transaction_id, Answer.STORED)


def quarantined_outcome(waiting: Displaced) -> Outcome:
    return Outcome(waiting.event.transaction_id, Answer.QUARANTINED, "occurred_at", waiting.detail)


def conflict(event: Event, fingerprint: bytes) -> Displaced:
    """A conflicting event as it is kept beside those in quarantine."""
    return Displaced(event, fingerprint, QuarantineReason.CONFLICT, CONFLICT_REASON)


def answer_counts(outcomes: Sequence[Outcome]) -> dict[Answer, int]:
    """How many of each answer there are, 0 included."""
    answers = [outcome.answer for outcome in outcomes]
    # Counted by comparing: to hash a member takes a call of Python.
    return {answer: answers.count(answer) for answer in Answer}


def first_of_each(events: Sequence[Event | Rejected]) -> dict[str, int]:
    """Transaction id → position of the first valid event that carries it."""
    first: dict[str, int] = {}
    for position, event in enumerate(events):
        if isinstance(event, Event):
            first.setdefault(event.transaction_id, position)
    return first


Settle = Callable[[Sequence[Event | Rejected], Sequence[bytes]], list[Outcome]]
"""Events and their fingerprints → an outcome for each, in order."""


def settled_in_turns(
    events: Sequence[Event | Rejected], fingerprints: Sequence[bytes], settle: Settle, *, turns: int = TURNS
) -> list[Outcome]:
    """The outcomes of a batch in which events may contradict each other: same id, other content.

    Such an event is settled as one of a later batch, when it is known what became of the first: that one may have
    no place in the ledger, or be no news there. After the last turn what still contradicts is a conflict.
    """
    first = first_of_each(events)
    if len(first) == len(events) or turns == 1:
        return settle(events, fingerprints)
    later = [
        position
        for position, event in enumerate(events)
        if isinstance(event, Event) and fingerprints[first[event.transaction_id]] != fingerprints[position]
    ]
    if not later:
        return settle(events, fingerprints)
    waiting = set(later)
    now = [position for position in range(len(events)) if position not in waiting]
    settled = dict(zip(now, settle([events[i] for i in now], [fingerprints[i] for i in now]), strict=True))
    rest = [events[i] for i in later], [fingerprints[i] for i in later]
    settled |= zip(later, settled_in_turns(*rest, settle, turns=turns - 1), strict=True)
    return [settled[position] for position in range(len(events))]


def all_outcomes(
    events: Sequence[Event | Rejected],
    fingerprints: Sequence[bytes],
    first: Mapping[str, int],
    settled: Mapping[str, Outcome],
) -> list[Outcome]:
    """One outcome per element, in order; ``settled`` has those of the first event of each transaction id.

    A repeat within the batch is settled like one of an earlier batch: a duplicate if it is the same as the
    first, a conflict if not.
    """
    outcomes = []
    for position, event in enumerate(events):
        if isinstance(event, Rejected):
            outcomes.append(
                Outcome(event.transaction_id, Answer.INVALID, event.fault.field, event.fault.reason)
            )
            continue
        outcome = settled[event.transaction_id]
        leader = first[event.transaction_id]
        if leader == position:
            outcomes.append(outcome)
        elif fingerprints[leader] != fingerprints[position]:
            outcomes.append(known_outcome(event, same=False))
        elif outcome.answer is Answer.STORED:
            outcomes.append(known_outcome(event, same=True))
        else:
            outcomes.append(outcome)
    return outcomes
