"""One message in detail: what its input and output were made of, how long it took and what it cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Min, Q, Sum

from teams.permissions import Visible
from usage.cost_lines import CostLine
from usage.enums import ChargeKind, Correction
from usage.queries.ledger_rows import message_rows, seen_by
from usage.queries.why_cost import Group, cost_groups, why_groups
from usage.why_cost import WhyCost

_PARTS: Final = ("user_text_tokens", "context_tokens", "file_tokens", "system_tokens", "tool_result_tokens")
_MORE: Final = (*_PARTS, "tool_call_tokens", "duration_ms", "failures")
"""What is summed up beside what is metered."""

_SUMS: Final = (
    *_MORE,
    "input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "audio_seconds",
    "calls",
)
_AUDIO: Final = (ChargeKind.AUDIO_INPUT, ChargeKind.AUDIO_OUTPUT, ChargeKind.AUDIO_SECOND)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDetail:
    """A message as far as the asker may see it, corrections counted against what they correct.

    The five parts of the input and ``other_tokens`` are ``input_tokens`` exactly. ``answer_tokens`` is the output
    without reasoning, audio and tool calls. ``audio_cost`` is US dollars, None while some audio has no price.
    ``time_to_first_token_ms`` is the lowest of the calls that were not voided. ``models`` are names, the dearest first.
    ``cost`` explains the whole.
    """

    input_tokens: int
    user_text_tokens: int
    context_tokens: int
    file_tokens: int
    system_tokens: int
    tool_result_tokens: int
    other_tokens: int
    output_tokens: int
    answer_tokens: int
    reasoning_output_tokens: int
    tool_call_tokens: int
    audio_input_tokens: int
    audio_output_tokens: int
    audio_seconds: int
    audio_lines: tuple[CostLine, ...]
    audio_cost: Decimal | None
    calls: int
    failures: int
    duration_ms: int
    time_to_first_token_ms: int | None
    models: tuple[str, ...]
    cost: WhyCost

    @property
    def model_titles(self) -> dict[str, str]:
        """What people call each of ``models``."""
        return {part.model_name: part.model_title for part in self.cost.parts if part.model_name}


def message_detail(
    organization_id: int, message_id: str, *, conversation_id: str = "", visible: Visible
) -> MessageDetail | None:
    """A message, named like in ``why_message``; None when nothing of it is visible."""
    rows = message_rows(organization_id, message_id, conversation_id=conversation_id)
    if rows is None:
        return None
    rows = seen_by(visible, rows).order_by()
    voided = rows.filter(correction=Correction.VOID).values("corrects")
    counts = Q(correction=Correction.NONE) & ~Q(id__in=voided)
    groups = cost_groups(
        rows,
        first_token=Min("time_to_first_token_ms", filter=counts),
        **{f"sum_{name}": Sum(name) for name in _MORE},
    )
    cost = why_groups(groups)
    return None if cost is None else _detail(groups, cost)


def _detail(groups: Sequence[Group], cost: WhyCost) -> MessageDetail:
    sums = {name: sum(group[f"sum_{name}"] for group in groups) for name in _SUMS}
    first_tokens = [group["first_token"] for group in groups if group["first_token"] is not None]
    other = sums["input_tokens"] - sum(sums[name] for name in _PARTS)
    told = sums["reasoning_output_tokens"] + sums["audio_output_tokens"] + sums["tool_call_tokens"]
    audio = tuple(line for part in cost.parts for line in part.lines if line.kind in _AUDIO)
    return MessageDetail(
        **sums,
        other_tokens=other,
        # Tool calls may be counted as reasoning too.
        answer_tokens=max(sums["output_tokens"] - told, 0),
        audio_lines=audio,
        audio_cost=_total(line.cost for line in audio),
        time_to_first_token_ms=min(first_tokens, default=None),
        models=tuple(dict.fromkeys(part.model_name for part in cost.parts if part.model_name)),
        cost=cost,
    )


def _total(costs: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return total
