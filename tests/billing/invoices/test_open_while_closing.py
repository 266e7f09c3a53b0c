"""An event's transaction is open while its month is closed: it is on that invoice, or on the next, and once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

import pytest
from django.db import connection, connections, transaction

from billing.enums import ChargeCategory
from billing.models import Invoice
from billing.queries.invoice_check import invoice_differences, reproduced_digest
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from tests.billing.billing_fixtures import AFTER_JUNE, AFTER_MAY, JUNE, MAY, billed_organization
from tests.config.processes import eventually
from tests.usage.ledger_fixtures import answers, event, store
from usage.models import UsageEvent

pytestmark = pytest.mark.django_db(transaction=True)


def _somebody_waits_for_the_month() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
        )
        (waiting,) = cursor.fetchone() or (0,)
    return bool(waiting)


def test_the_close_waits_for_it_and_what_comes_later_is_an_adjustment_once() -> None:
    organization = billed_organization()
    open_event, late = (event(transaction_id=name, input_tokens=1_000_000) for name in ("open", "late"))
    is_stored, go_on = Signal(), Signal()

    def store_slowly() -> None:
        try:
            with transaction.atomic():
                store(organization, open_event)
                is_stored.set()
                assert go_on.wait(timeout=30)
        finally:
            connections.close_all()

    def close() -> Invoice:
        try:
            closed = close_month(organization=organization, period=MAY, now=AFTER_MAY)
            return finalize_invoice(invoice_id=closed.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        storing = pool.submit(store_slowly)
        assert is_stored.wait(timeout=30)
        closing = pool.submit(close)
        eventually(_somebody_waits_for_the_month, what="a close that waits")
        go_on.set()
        storing.result(timeout=30)
        first = closing.result(timeout=30)
    before = (first.number, first.total, first.lines_digest)
    assert first.lines.get(charge_kind="input").quantity == 1_000_000
    assert answers(store(organization, late)) == ["stored"]
    # The answer to the open one was lost.
    assert answers(store(organization, open_event)) == ["duplicate"]
    numbers = dict(UsageEvent.objects.values_list("transaction_id", "close_number"))
    assert numbers == {"open": 1, "late": 2}
    first.refresh_from_db()
    assert (first.number, first.total, first.lines_digest) == before
    assert reproduced_digest(first) == first.lines_digest
    second = close_month(organization=organization, period=JUNE, now=AFTER_JUNE)
    adjustments = second.lines.filter(charge_category=ChargeCategory.ADJUSTMENT, charge_kind="input")
    assert [(line.service_period, line.quantity) for line in adjustments] == [(MAY, 1_000_000)]
    assert list(invoice_differences(organization.pk)) == []
