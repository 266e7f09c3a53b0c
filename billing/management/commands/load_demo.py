"""Loads the demo: two organizations with made-up people and 13 months of made-up usage."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from billing.services.demo import LoadedDemo, load_demo
from billing.services.demo_directory import DemoInTheWay
from teams.demo import DEMO_PASSWORD, DEMO_SIGN_INS
from teams.management.progress import ProgressBar
from usage.demo.people import OUTSIDER
from usage.demo.story import MONTHS


class Command(BaseCommand):
    help = _("Load the demo once; again, say how to sign in.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help=_("Also where DEMO is not set. The passwords are public.")
        )
        parser.add_argument(
            "--months",
            type=_months,
            default=MONTHS,
            help=_("Whole months of history before this one. Default: %(months)s.") % {"months": MONTHS},
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or options["force"]):
            raise CommandError(
                _("The demo's passwords are public: set DEMO=1 for a demo, or use --force if you mean it.")
            )
        bar = ProgressBar(name=_("Loading the demo"), unit=_("days"), shown=options["verbosity"] > 0)
        try:
            with bar:
                demos = load_demo(months=options["months"], progress=bar)
        except DemoInTheWay as error:
            raise CommandError(str(error)) from error
        for demo in demos:
            self.stdout.write(_sentence(demo))
        self._say_how_to_sign_in()
        for demo in demos:
            if demo.api_key:
                self.stdout.write(_("API key, shown this once: %(key)s") % {"key": demo.api_key})

    def _say_how_to_sign_in(self) -> None:
        self.stdout.write(_("Sign in with the password “%(password)s”:") % {"password": DEMO_PASSWORD})
        for person in (*DEMO_SIGN_INS, OUTSIDER):
            self.stdout.write(f"  {person.email:24}{person.title}")


def _sentence(demo: LoadedDemo) -> str:
    if demo.was_loaded_before:
        return _("%(organization)s was loaded before.") % {"organization": demo.organization}
    return _("%(organization)s has %(events)s events.") % {
        "organization": demo.organization,
        "events": f"{demo.answers.total():,}",
    }


def _months(text: str) -> int:
    if text not in map(str, range(1, MONTHS + 1)):
        raise ArgumentTypeError(_("Choose 1 to %(most)s months.") % {"most": MONTHS})
    return int(text)
