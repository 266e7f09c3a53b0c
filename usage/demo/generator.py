"""All events of a demo organization, day by day."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Final

from usage.demo.cast import DemoFile, Person
from usage.demo.catalogue import FEATURES, VOICE, DemoFeature, choose_model
from usage.demo.chats import Chat, upload_events
from usage.demo.habits import features_of, model_of, next_feature, platform_of, project_of
from usage.demo.occasion import Occasion
from usage.demo.services import runaway_events, service_events
from usage.demo.story import DemoStory, how_many
from usage.demo.voice import voice_events
from usage.events import Event

_VOICE_TOPICS: Final = ("On the way", "Call notes", "Dictation", "Quick question")


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
    weights, feature = features_of(story, person, day), ""
    for number in range(how_many(person.chats * story.busyness(day), dice)):
        feature = next_feature(weights, feature, dice)
        occasion = _occasion(story, day, person, number, feature, dice)
        if feature == VOICE:
            yield from voice_events(story, occasion, dice)
        else:
            yield from _chat(story, occasion, FEATURES[feature], dice).events()


def _occasion(
    story: DemoStory, day: date, person: Person, number: int, feature: str, dice: random.Random
) -> Occasion:
    topic = dice.choice(FEATURES[feature].topics if feature in FEATURES else _VOICE_TOPICS)
    project = project_of(story, person, day, feature, dice)
    return Occasion(
        name=f"demo:{day:%Y%m%d}:{person.external_id}:{number}",
        starts_at=story.moment(day, dice),
        feature=feature,
        platform=platform_of(story, person, day, feature, dice),
        position=story.position(day),
        title=f"{topic}: {story.organization.projects[project]}" if project else topic,
        member_id=person.external_id,
        project_id=project,
    )


def _chat(story: DemoStory, occasion: Occasion, feature: DemoFeature, dice: random.Random) -> Chat:
    return Chat(
        occasion=occasion,
        feature=feature,
        model=model_of(story, occasion.member_id, feature, occasion.position, dice),
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
