"""Runs the product's rebuild of organizations and a range of days; prints what it made of each as one line of JSON."""

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
    slugs, first, last = sys.argv[1:]
    days = date.fromisoformat(first), date.fromisoformat(last)
    print(json.dumps([rebuild(slug, *days) for slug in slugs.split(",")]))
