"""What calls models without anybody chatting: integrations, service keys, and one job that ran away."""

import random
from collections.abc import Iterator
from datetime import date

from usage.demo.cast import Person, Service
from usage.demo.habits import set_model
from usage.demo.occasion import Calls, Occasion, cacheable
from usage.demo.story import DemoStory, about, how_many
from usage.events import Composition, Event

RUNAWAY_CALLS = 260
_RUNAWAY = Service(
    name="index-backfill",
    feature="agents",
    project="atlas",
    department="engineering",
    platform="api",
    has_member=False,
    tier="medium",
    input_tokens=60_000,
    output_tokens=900,
    titles=(),
)
_USUAL_FAILURES = 0.012


def service_events(story: DemoStory, day: date, service: Service) -> Iterator[Event]:
    """The calls of a service on a day."""
    position = story.position(day)
    if not service.there[0] <= position < service.there[1]:
        return
    dice = story.dice("service", service.name, day)
    mean = service.calls * story.busyness(day, weekend=service.weekend)
    for number in range(how_many(mean, dice)):
        yield from _errand(story, day, service, number, dice)


def runaway_events(story: DemoStory, day: date) -> Iterator[Event]:
    """The job that costs several times a usual day, on the day of the spike."""
    dice = story.dice("runaway", day)
    for number in range(RUNAWAY_CALLS):
        yield from _errand(story, day, _RUNAWAY, number, dice)


def _errand(
    story: DemoStory, day: date, service: Service, number: int, dice: random.Random
) -> Iterator[Event]:
    position = story.position(day)
    person = _somebody(story, position, service, dice)
    troubled = service.trouble[0] <= position < service.trouble[1]
    occasion = Occasion(
        name=f"demo:{day:%Y%m%d}:{service.name}:{number}",
        starts_at=story.moment(day, dice, around_the_clock=not service.has_member),
        feature=service.feature,
        platform=service.platform,
        position=position,
        title=dice.choice(service.titles) if service.titles else "",
        member_id=person.external_id if person else "",
        department_id="" if person else service.department,
        project_id=service.project,
        integration_id=service.integration,
        failure_rate=service.trouble_rate if troubled else _USUAL_FAILURES,
    )
    calls, model = Calls(occasion, dice), set_model(story, service.name, service.tier, position)
    calls.message = 1
    system, text = round(service.input_tokens * 0.45), about(service.input_tokens * 0.55, dice)
    yield from calls.maybe_fail(model, input_tokens=system + text)
    yield calls.succeed(
        model,
        input_tokens=system + text,
        cache_read_input_tokens=cacheable(system) if dice.random() < 0.5 else 0,
        output_tokens=about(service.output_tokens, dice),
        composition=Composition(user_text=text, system=system),
    )


def _somebody(story: DemoStory, position: float, service: Service, dice: random.Random) -> Person | None:
    """The member on whose behalf an integration calls: one of the few who have connected it."""
    if not service.has_member:
        return None
    people = list(story.organization.people)
    story.dice("connected", service.name).shuffle(people)
    present = [
        person
        for person in people
        if person.is_there(position) and service.department in ("", person.department_at(position))
    ]
    return dice.choice(present[: service.users]) if present else None
