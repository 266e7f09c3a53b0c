"""Workers that die or come in twice, and people who void and send meanwhile: each event is re-rated once."""

import signal
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from config.schedule import SCHEDULE
from teams.models import Organization
from tests.config.processes import ROOT, environment, eventually
from tests.flows.conftest import database_of_the_test
from tests.threads import at_once
from tests.usage.corrections.voids import LATER, void
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import event, open_ledger, store
from tests.usage.rerating.scene import MYSTERY, costs, give_price, previewed, unknown_model
from usage.enums import Correction, ReratingStatus
from usage.models import Rerating, UsageEvent
from usage.queries.rerating import rerating_totals
from usage.services.rerating_run import drain_reratings
from usage.services.reratings import approve_rerating
from usage.tasks import alert_unpriced, work_on_reratings

pytestmark = pytest.mark.django_db(transaction=True)
EACH = Decimal("0.0014")
WORKER = (
    "import django; django.setup(); from usage.services import rerating_batch, rerating_run; "
    "rerating_batch.AT_A_TIME = 20; rerating_run.drain_reratings()"
)


def _approved(organization: Organization, events: int) -> Rerating:
    unknown_model()
    store(
        organization,
        *(event(response_model=MYSTERY, transaction_id=f"late-{number}") for number in range(events)),
    )
    give_price(input=Decimal("0.000001"))
    rerating = previewed()
    approve_rerating(rerating, reason="late", now=timezone.now())
    return rerating


def test_a_worker_that_is_killed_is_followed_by_one_that_goes_on() -> None:
    organization = open_ledger()
    events = 3_000
    rerating = _approved(organization, events)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        cwd=ROOT,
        env=environment(
            DATABASE_URL=database_of_the_test(), VAR_DIR=str(settings.VAR_DIR), SECRET_KEY=settings.SECRET_KEY
        ),
        stdin=subprocess.DEVNULL,
    )
    try:
        eventually(
            lambda: rerating_totals(rerating).done_events or worker.poll() is not None, what="some events"
        )
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(30)
    done = rerating_totals(rerating).done_events
    assert 0 < done < events
    assert UsageEvent.objects.filter(correction=Correction.RERATING).count() == 2 * done
    assert costs(organization) == (done * EACH, events - done)
    assert check(organization).is_clean
    # Its lease still runs: until it is over nobody takes it.
    assert drain_reratings() == 0
    Rerating.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert drain_reratings() == 1
    rerating.refresh_from_db()
    assert (rerating.status, rerating_totals(rerating).done_events) == (ReratingStatus.DONE, events)
    assert UsageEvent.objects.filter(correction=Correction.RERATING).count() == 2 * events
    assert costs(organization) == (events * EACH, 0)
    assert check(organization).is_clean


def test_workers_voids_and_new_events_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usage.services.rerating_batch.AT_A_TIME", 5)
    organization = open_ledger()
    rerating = _approved(organization, 60)

    def send(number: int) -> Any:
        return [
            store(organization, event(response_model=MYSTERY, transaction_id=f"new-{number}-{i}"))
            for i in range(5)
        ]

    results = at_once(
        lambda: drain_reratings(now=LATER),
        lambda: drain_reratings(now=LATER),
        lambda: [void(organization, f"late-{number}") for number in range(0, 60, 6)],
        lambda: send(1),
        lambda: send(2),
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    rerating.refresh_from_db()
    assert rerating.status == ReratingStatus.DONE
    assert costs(organization) == (60 * EACH, 0)
    assert check(organization).is_clean


def test_the_worker_goes_on_every_few_seconds() -> None:
    assert SCHEDULE["work-on-reratings"]["task"] == work_on_reratings.name
    assert SCHEDULE["alert-unpriced"]["task"] == alert_unpriced.name
    organization = open_ledger()
    rerating = _approved(organization, 3)
    work_on_reratings()
    alert_unpriced()
    rerating.refresh_from_db()
    assert rerating.status == ReratingStatus.DONE
