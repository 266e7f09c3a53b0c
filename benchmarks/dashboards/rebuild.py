"""Runs the product's rebuild of one organization and range of days; prints what it made as one line of JSON."""

import json
import sys
from dataclasses import asdict
from datetime import date

import django


def rebuild(slug: str, first: date, last: date) -> dict[str, int]:
    """Make anew what the organization's events of these days' months add up to."""
    from teams.models import Organization
    from usage.progress import Days
    from usage.services.rebuild import rebuild_rollups

    organization = Organization.objects.get(slug=slug)
    return asdict(rebuild_rollups(organization=organization, days=Days(first, last)))


if __name__ == "__main__":
    django.setup()
    slug, first, last = sys.argv[1:]
    print(json.dumps(rebuild(slug, date.fromisoformat(first), date.fromisoformat(last))))
