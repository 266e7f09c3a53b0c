"""Makes the product's tables and price list, and organizations; prints these with their keys as one line of JSON."""

import argparse
import json

import django


def make_tables() -> None:
    """Migrate, and load the price list."""
    from django.core.management import call_command

    from usage.services.price_list import apply_price_sync, preview_price_sync

    call_command("migrate", interactive=False, verbosity=0)
    apply_price_sync(diff=preview_price_sync())


def make_organizations(count: int) -> list[dict[str, object]]:
    """Gives the id and the secret of a key of each."""
    from teams.enums import KeyScope
    from teams.services.keys import create_api_key
    from teams.services.organizations import create_organization

    made = []
    for number in range(count):
        slug = f"benchmark-{number}"
        organization = create_organization(name=f"Benchmark {number}", slug=slug, time_zone="Europe/Berlin")
        key = create_api_key(organization=organization, name="benchmark", scopes=[KeyScope.USAGE_WRITE])
        made.append({"id": organization.pk, "secret": key.secret})
    return made


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prepare")
    parser.add_argument("--tables", action="store_true")
    parser.add_argument("--organizations", type=int, default=0)
    options = parser.parse_args()
    django.setup()
    if options.tables:
        make_tables()
    print(json.dumps(make_organizations(options.organizations)))
