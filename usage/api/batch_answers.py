"""The answer to a batch of events, whatever format it came in."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _

from teams.api.problems import Problem
from usage.answers import Outcome, answer_counts
from usage.enums import Answer

_REPORTED_FAULTS: Final = 20
_encoder: Final = msgspec.json.Encoder()


def batch_answer(outcomes: Sequence[Outcome]) -> HttpResponse:
    """Counts and one answer per event. Raises ``Problem`` 422 when no event of the batch is valid."""
    _refuse_if_nothing_is_valid(outcomes)
    return HttpResponse(_encoder.encode(_answer(outcomes)), content_type="application/json")


def _answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    counts = answer_counts(outcomes)
    return {
        "received": len(outcomes),
        **{answer.value: counts[answer] for answer in Answer},
        "events": outcomes,
    }


def _refuse_if_nothing_is_valid(outcomes: Sequence[Outcome]) -> None:
    if not outcomes or any(outcome.answer is not Answer.INVALID for outcome in outcomes):
        return
    faults = [
        (f"{position}.{outcome.field}", outcome.reason)
        for position, outcome in enumerate(outcomes[:_REPORTED_FAULTS])
    ]
    raise Problem(
        status=422,
        detail=_("No event of the batch is valid, and none was stored; “errors” names the first fields."),
        errors=faults,
    )
