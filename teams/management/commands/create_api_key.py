"""Makes an API key and prints nothing but its secret, so that a shell can keep it in a variable."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from teams.enums import KeyScope
from teams.models import Organization
from teams.services.keys import create_api_key


class Command(BaseCommand):
    help = _("Make an API key and print its secret, which is shown this once.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG", help=_("Whose key it is."))
        parser.add_argument("--name", required=True, help=_("What people will know it by."))
        parser.add_argument(
            "--scope",
            dest="scopes",
            action="append",
            required=True,
            choices=KeyScope.values,
            help=_("What it opens; may be given several times."),
        )
        parser.add_argument(
            "--test", action="store_true", help=_("A test key: what it sends goes to the test organization.")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(_("There is no organization “%(slug)s”.") % {"slug": options["organization"]})
        try:
            new = create_api_key(
                organization=organization,
                name=options["name"],
                scopes=options["scopes"],
                is_test=options["test"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(new.secret)
