"""``manage.py prepare``: everything between a fresh checkout and a server that can start."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from usage.services.partitions import ensure_partitions, kept_months
from usage.services.periods import extend_all_periods


class Command(BaseCommand):
    help = "Migrate, make the cache table, collect static files and, in the demo, load its organization."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        # The nightly task does this too, but an installation may sleep at night.
        ensure_partitions(kept_months())
        extend_all_periods()
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if settings.DEMO:
            call_command("load_demo")
