"""All events of a demo organization, day by day."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Final

from usage.demo.cast import DemoFile, Person
from usage.demo.catalogue import FEATURES, PROFILES, VOICE, DemoFeature, choose_model
from usage.demo.chats import Chat, upload_events
from usage.demo.occasion import Occasion
from usage.demo.services import runaway_events, service_events
from usage.demo.story import DemoStory, how_many
from usage.demo.voice import voice_events
from usage.events import Event

_VOICE_TOPICS: Final = ("On the way", "Call notes", "Dictation", "Quick question")
_BOOKED: Final = 0.55
"""The share of chats that are booked on a project; the rest is for nobody's account."""


def demo_days(story: DemoStory) -> Iterator[tuple[date, list[Event]]]:
    """Each day with the events that began on it and happened by the story's end."""
    for day in story.days():
        yield day, [event for event in _day_events(story, day) if event.occurred_at <= story.end]


def demo_events(story: DemoStory) -> Iterator[Event]:
    """The same without the days. Transaction ids and contents depend on the organization and its last day only."""
    for _day, events in demo_days(story):
        yield from events


def _day_events(story: DemoStory, day: date) -> Iterator[Event]:
    organization, position = story.organization, story.position(day)
    for file in organization.files:
        if story.day_at(file.uploaded) == day:
            yield from _upload(story, day, file)
    for person in organization.people:
        if person.is_there(position):
            yield from _person_events(story, day, person)
    for service in organization.services:
        yield from service_events(story, day, service)
    if story.is_spike(day):
        yield from runaway_events(story, day)


def _person_events(story: DemoStory, day: date, person: Person) -> Iterator[Event]:
    dice = story.dice("person", person.external_id, day)
    profile = PROFILES.get(person.department_at(story.position(day)), PROFILES[""])
    for number in range(how_many(person.chats * story.busyness(day), dice)):
        feature = dice.choices(list(profile), list(profile.values()))[0]
        occasion = _occasion(story, day, person, number, feature, dice)
        if feature == VOICE:
            yield from voice_events(occasion, dice)
        else:
            yield from _chat(story, occasion, FEATURES[feature], dice).events()


def _occasion(
    story: DemoStory, day: date, person: Person, number: int, feature: str, dice: random.Random
) -> Occasion:
    topics = FEATURES[feature].topics if feature in FEATURES else _VOICE_TOPICS
    projects = list(story.organization.projects.values())
    ids = list(story.organization.projects)
    chosen = dice.randrange(len(ids)) if ids and dice.random() < _BOOKED else None
    topic = dice.choice(topics)
    on_phone = dice.random() < person.phone * (3 if feature == VOICE else 1)
    return Occasion(
        name=f"demo:{day:%Y%m%d}:{person.external_id}:{number}",
        starts_at=story.moment(day, dice),
        feature=feature,
        platform=dice.choice(("ios", "ios", "android")) if on_phone else "web",
        position=story.position(day),
        title=topic if chosen is None else f"{topic}: {projects[chosen]}",
        member_id=person.external_id,
        project_id="" if chosen is None else ids[chosen],
    )


def _chat(story: DemoStory, occasion: Occasion, feature: DemoFeature, dice: random.Random) -> Chat:
    tier = dice.choices(list(feature.tiers), list(feature.tiers.values()))[0]
    # Nothing of its own tier is there yet: an in-house model comes late.
    model = choose_model(tier, occasion.position, dice)
    if not model.share(occasion.position):
        model = choose_model("medium", occasion.position, dice)
    return Chat(
        occasion=occasion,
        feature=feature,
        model=model,
        files=_files(story, occasion, dice) if dice.random() < feature.files else (),
        dice=dice,
    )


def _files(story: DemoStory, occasion: Occasion, dice: random.Random) -> tuple[DemoFile, ...]:
    """One or two files of those there were before the day, the earlier ones more often."""
    library = [file for file in story.organization.files if file.uploaded < occasion.position]
    if not library:
        return ()
    first = library[min(int(dice.expovariate(3 / len(library))), len(library) - 1)]
    second = dice.choice(library)
    return (first,) if first is second or dice.random() < 0.8 else (first, second)


def _upload(story: DemoStory, day: date, file: DemoFile) -> Iterator[Event]:
    dice = story.dice("upload", file.external_id)
    occasion = Occasion(
        name=f"demo:{day:%Y%m%d}:{file.external_id}",
        starts_at=story.moment(day, dice),
        feature="files",
        platform="web",
        position=story.position(day),
        title=f"Upload: {file.name}",
        member_id=file.owner,
    )
    return upload_events(occasion, file=file, model=choose_model("small", occasion.position, dice), dice=dice)
