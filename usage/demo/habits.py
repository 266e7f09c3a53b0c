"""What people keep doing: the model they have set, the project they are on, the phone they carry, the task at hand.

Everybody differs, but from one day to the next nobody changes much. Each habit is drawn from dice of its own, so it
comes out the same every time; what is in use at a position of the history still decides, so habits move with it.
"""

import math
import random
from datetime import date
from typing import Final

from usage.demo.cast import Person
from usage.demo.catalogue import PROFILES, VOICE, DemoFeature, DemoModel, choose_model
from usage.demo.story import DemoStory

_SAME_TASK: Final = 0.5
"""How often the next chat of a day is about the task of the one before."""
_USUAL_TIER: Final = 0.88
_WEEKS_ON_A_PROJECT: Final = 6
_ON_A_PROJECT: Final = {"code": 0.95, "agents": 0.85, "analysis": 0.9, "files": 0.75}
_HAS_A_PROJECT: Final = 0.85
"""The part of the people who work for a project at all; what they ask in passing is for nobody's account."""


def features_of(story: DemoStory, person: Person, day: date) -> dict[str, float]:
    """How often a person uses each feature: as the department does, by their own taste."""
    department = person.department_at(story.position(day))
    profile = PROFILES.get(department, PROFILES[""])
    dice = story.dice("taste", person.external_id, department)
    return {feature: weight * math.exp(dice.gauss(0, 0.5)) for feature, weight in profile.items()}


def next_feature(weights: dict[str, float], before: str, dice: random.Random) -> str:
    """The feature of a chat; one thing often leads to the next."""
    if before and dice.random() < _SAME_TASK:
        return before
    return dice.choices(list(weights), list(weights.values()))[0]


def model_of(
    story: DemoStory, person_id: str, feature: DemoFeature, position: float, dice: random.Random
) -> DemoModel:
    """Mostly the model that the person has set for the feature, at times one of another tier."""
    habit = story.dice("kind", person_id, feature.name)
    chosen = habit if dice.random() < _USUAL_TIER else dice
    tier = chosen.choices(list(feature.tiers), list(feature.tiers.values()))[0]
    model = set_model(story, person_id, tier, position)
    # Nothing of its own tier is there yet: an in-house model comes late.
    return model if model.share(position) else set_model(story, person_id, "medium", position)


def set_model(story: DemoStory, whose: str, tier: str, position: float) -> DemoModel:
    """The model of a tier that somebody, or a service, has set: kept until its share of use has moved on."""
    return choose_model(tier, position, story.dice("model", whose, tier))


def project_of(story: DemoStory, person: Person, day: date, feature: str, dice: random.Random) -> str:
    """The project that a chat is booked on, if any: the one of the department that the person is on in these weeks."""
    projects = story.organization.works_for.get(person.department_at(story.position(day)), ())
    if not projects or dice.random() >= _ON_A_PROJECT.get(feature, 0.0):
        return ""
    if story.dice("on a project", person.external_id).random() >= _HAS_A_PROJECT:
        return ""
    weeks = (day - story.first_day).days // 7
    return story.dice("project", person.external_id, weeks // _WEEKS_ON_A_PROJECT).choice(projects)


def platform_of(story: DemoStory, person: Person, day: date, feature: str, dice: random.Random) -> str:
    """At the desk or on the road for the day; who speaks has a phone in the hand more often."""
    is_away = story.dice("away", person.external_id, day).random() < person.phone
    if is_away or (feature == VOICE and dice.random() < 2 * person.phone):
        return "ios" if story.dice("phone", person.external_id).random() < 2 / 3 else "android"
    return "web"
