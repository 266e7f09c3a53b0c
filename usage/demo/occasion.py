"""Who uses a model on what occasion, and the event of one call. Shared by chats, voice and services."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from usage.demo.catalogue import DemoModel
from usage.events import Event

_ERRORS: Final = {"rate_limit": 5, "timeout": 3, "server_error": 2}
_BLOCK: Final = 128
SMALLEST_CACHED: Final = 1_024
"""Providers cache prompts in blocks, and short ones not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What all calls of a chat, or of a service's errand, have in common. ``name`` begins their ids."""

    name: str
    starts_at: datetime
    feature: str
    platform: str
    position: float
    title: str = ""
    member_id: str = ""
    department_id: str = ""
    project_id: str = ""
    integration_id: str = ""
    failure_rate: float = 0.012


@dataclass(slots=True)
class Calls:
    """The calls of one occasion, one after the other: keeps the clock and numbers the ids."""

    occasion: Occasion
    dice: random.Random
    clock: datetime = field(init=False)
    message: int = 0
    _serial: int = 0

    def __post_init__(self) -> None:
        self.clock = self.occasion.starts_at

    def wait(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)

    def succeed(self, model: DemoModel, **facts: Any) -> Event:
        """A call that is answered; ``facts`` are fields of the event. It takes its time by the clock."""
        first_token = round(180 + facts.get("input_tokens", 0) / 90 + self.dice.expovariate(1 / 150))
        duration = round(
            first_token + facts.get("output_tokens", 0) * model.speed * self.dice.uniform(0.7, 1.4)
        )
        event = self._event(model, duration_ms=duration, time_to_first_token_ms=first_token, **facts)
        self.wait(duration / 1000)
        return event

    def maybe_fail(self, model: DemoModel, *, input_tokens: int) -> list[Event]:
        """At the occasion's rate, a call that fails before the one that succeeds; a timeout has read its input."""
        if self.dice.random() >= self.occasion.failure_rate:
            return []
        error = self.dice.choices(list(_ERRORS), list(_ERRORS.values()))[0]
        timed_out = error == "timeout"
        event = self._event(
            model,
            error_type=error,
            duration_ms=30_000 if timed_out else self.dice.randrange(40, 900),
            input_tokens=input_tokens if timed_out else 0,
        )
        self.wait(30 if timed_out else 2)
        return [event]

    def _event(self, model: DemoModel, **facts: Any) -> Event:
        self._serial += 1
        occasion = self.occasion
        name = f"{occasion.name}:{self._serial}"
        facts.setdefault("operation_name", "chat")
        return Event(
            transaction_id=name,
            response_id="" if "error_type" in facts else f"resp:{name}",
            occurred_at=self.clock,
            provider_name=model.provider,
            request_model=model.name,
            response_model=model.answers_as or model.name,
            conversation_id=occasion.name if occasion.title else "",
            conversation_title=occasion.title,
            message_id=f"{occasion.name}:m{self.message}" if occasion.title else "",
            member_id=occasion.member_id,
            department_id=occasion.department_id,
            project_id=occasion.project_id,
            integration_id=occasion.integration_id,
            feature=occasion.feature,
            platform=occasion.platform,
            **facts,
        )


def cacheable(tokens: int) -> int:
    """The part of a prompt's beginning that a provider keeps: whole blocks, none of a short one."""
    return tokens // _BLOCK * _BLOCK if tokens >= SMALLEST_CACHED else 0
