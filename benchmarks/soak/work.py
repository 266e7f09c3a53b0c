"""The organization that is reported to, and what staff do with its ledger while usage comes in. Needs Django set up."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

from django.core.management import call_command
from django.db import Error, connection

from benchmarks.billed_usage import Seller
from benchmarks.database import BASE_DIR
from benchmarks.soak.stage import NAME, Stage, wait_until
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from teams.enums import KeyScope
from teams.models import Organization
from teams.services.keys import create_api_key
from usage.periods import add_months, month_of
from usage.services.price_list import apply_price_sync, preview_price_sync

REBUILD_ATTEMPTS: Final = 20


def make_organization() -> tuple[Organization, str]:
    """An organization that is billed from last month on, in an empty database, and the secret of its API key."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    apply_price_sync(diff=preview_price_sync())
    organization = Seller(month_before()).organization(NAME)
    key = create_api_key(organization=organization, name=NAME, scopes=[KeyScope.USAGE_WRITE])
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")  # Recoveries are to replay what clients send, not the migrations.
    return organization, key.secret


def month_before() -> date:
    return add_months(month_of(datetime.now(UTC).date()), -1)


def close_month_before(organization: Organization) -> None:
    """Close last month while its usage is still coming in, and finalize the invoice."""

    def close() -> bool:
        draft = close_month(organization=organization, period=month_before())
        assert draft is not None
        finalize_invoice(invoice_id=draft.pk)
        return True

    try:
        _patiently(close, "the close of last month")
    finally:
        connection.close()


def rebuild(stage: Stage) -> int:
    """Run ``manage.py rebuild_rollups`` until it comes through. Returns how often the database went away under it."""
    command = [sys.executable, "manage.py", "rebuild_rollups", "--reason", NAME]
    for failed in range(REBUILD_ATTEMPTS):
        wait_until(stage.answers, "the database's return")
        done = subprocess.run(
            command,
            cwd=BASE_DIR,
            env=os.environ | stage.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return failed
    raise RuntimeError(f"rebuild_rollups does not come through: {done.stderr[-2000:]}")


def _patiently(action: Callable[[], Any], what: str) -> None:
    """Do it until the database stays for as long as it takes; each try is a transaction or can be repeated."""

    def done() -> bool:
        try:
            return bool(action())
        except Error:
            connection.close()
            return False

    wait_until(done, what)
