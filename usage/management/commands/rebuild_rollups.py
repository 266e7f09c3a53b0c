"""Makes rollups, messages, chats, file uses and receipts anew from the events, and keys when asked to."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from tqdm import tqdm

from teams.models import Organization
from usage.management.ranges import add_range_arguments, chosen_days, chosen_organizations
from usage.progress import Days
from usage.services.key_repair import repair_keys
from usage.services.rebuild import Rebuilt, rebuild_rollups


class Command(BaseCommand):
    help = _(
        "Make rollups, messages, chats, file uses and receipts of whole billing months anew from the events. "
        "Can be repeated, and run while events come in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_range_arguments(parser)
        parser.add_argument(
            "--keys",
            action="store_true",
            help=_(
                "Repair the keys of events first: make the missing ones and drop those without an event. An event "
                "whose key is made anew is never stored again, whatever is sent under its id then."
            ),
        )
        parser.add_argument("--reason", default="", help=_("Why, for the audit history."))

    def handle(self, *args: Any, **options: Any) -> None:
        days = chosen_days(options)
        for organization in chosen_organizations(options):
            if options["keys"]:
                self._repair_keys(organization, days, options["reason"])
            rebuilt = self._rebuild(organization, days, options["reason"])
            self.stdout.write(
                self.style.SUCCESS(
                    _(
                        "%(organization)s: %(months)d months, %(rows)s rollup rows and %(chats)s chats made anew, "
                        "%(receipts)s receipts set right."
                    )
                    % {
                        "organization": organization.slug,
                        "months": rebuilt.months,
                        "rows": f"{rebuilt.rollup_rows:,}",
                        "chats": f"{rebuilt.chats:,}",
                        "receipts": f"{rebuilt.receipts:,}",
                    }
                )
            )

    def _repair_keys(self, organization: Organization, days: Days | None, reason: str) -> None:
        keys = repair_keys(organization=organization, days=days, reason=reason)
        self.stdout.write(
            _(
                "%(organization)s: %(made)s keys made, %(mended)s set right, %(dropped)s without an event dropped."
            )
            % {
                "organization": organization.slug,
                "made": f"{keys.made:,}",
                "mended": f"{keys.mended:,}",
                "dropped": f"{keys.dropped:,}",
            }
        )

    def _rebuild(self, organization: Organization, days: Days | None, reason: str) -> Rebuilt:
        # On a terminal only: in a log a bar is noise.
        with tqdm(desc=organization.slug, unit=_("step"), disable=None, leave=False) as bar:

            def show(done: int, count: int) -> None:
                bar.total = count
                bar.update(done - bar.n)

            return rebuild_rollups(organization=organization, days=days, reason=reason, on_step=show)
