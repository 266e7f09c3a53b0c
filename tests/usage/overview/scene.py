"""What the tests of the overview look at: two months, everything visible, random usage."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from teams.models import Department, Member, Project
from teams.permissions import Visible
from tests.usage.rollup_factories import Fact
from usage.models import Integration, LlmModel
from usage.queries.overview import usage_overview

NOV, OCT = date(2026, 11, 1), date(2026, 10, 1)
NOW = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)
EVERYTHING = Visible(whole_organization=True)


def overview(organization, *, visible=EVERYTHING, now=NOW, **options):
    return usage_overview(organization=organization, visible=visible, now=now, **options)


def random_facts(seed, *, members=(0,), departments=(0,), projects=(0,), models=(0,), integrations=(0,)):
    """Usage of October and November 1st to 18th, with gaps, unpriced events and 15-decimal costs."""
    dice = random.Random(seed)
    facts = []
    for offset in range(49):
        for _ in range(dice.choice([0, 1, 3, 6])):
            facts.append(
                Fact(
                    day=OCT + timedelta(days=offset),
                    member_id=dice.choice(members),
                    department_id=dice.choice(departments),
                    project_id=dice.choice(projects),
                    integration_id=dice.choice(integrations),
                    model_id=dice.choice(models),
                    feature=dice.choice(["", "chat", "agents"]),
                    platform=dice.choice(["", "web"]),
                    calls=dice.randint(1, 9),
                    failures=dice.randint(0, 2),
                    input_tokens=dice.randint(0, 10**7),
                    cached=dice.randint(0, 10**5),
                    output_tokens=dice.randint(0, 10**6),
                    cost=None if dice.random() < 0.15 else Decimal(dice.randint(0, 10**18)).scaleb(-15),
                )
            )
    return facts


def directory(organization, *, count=3):
    """Ids of each dimension, 0 (none was sent) included."""
    return {
        "members": [0, *entries(Member, organization, "m", count)],
        "departments": [0, *entries(Department, organization, "d", count)],
        "projects": [0, *entries(Project, organization, "p", count)],
        "integrations": [0, *entries(Integration, organization, "i", count)],
        "models": [
            0,
            *(LlmModel.objects.create(provider_name="x", name=f"model-{index}").pk for index in range(count)),
        ],
    }


def entries(model, organization, prefix, count):
    return [
        model.objects.create(
            organization=organization, external_id=f"{prefix}{index}", name=f"{prefix} {index}"
        ).pk
        for index in range(count)
    ]
