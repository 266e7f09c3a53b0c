"""Background work of billing. Tasks only call services."""

import structlog
from celery import shared_task

from billing.services.alerts import drain_touches, look_at_all_budgets
from billing.services.ledger_watch import watch_ledger
from billing.services.month_close import close_due_months
from billing.services.paper_run import render_missing_pdfs
from billing.services.rates import fix_rates_of_begun_months

log = structlog.get_logger(__name__)


@shared_task(acks_late=True)  # type: ignore[misc]
def evaluate_budgets() -> None:
    """Look at the budgets whose spending changed. Every few seconds; harmless to repeat and to run beside itself."""
    drained = drain_touches()
    if drained.alerts or drained.failed:
        log.info("budgets evaluated", alerts=drained.alerts, failed=len(drained.failed))


@shared_task(acks_late=True)  # type: ignore[misc]
def look_at_all() -> None:
    """Have every budget looked at, also where no event came in. Once an hour."""
    look_at_all_budgets()


@shared_task(acks_late=True)  # type: ignore[misc]
def render_invoices() -> None:
    """Make the PDFs of invoices that were finalized. Every few seconds; two at once keep one PDF."""
    if rendered := render_missing_pdfs():
        log.info("invoices rendered", count=rendered)


@shared_task(acks_late=True)  # type: ignore[misc]
def close_months() -> None:
    """Draft the invoices of months that are over. Every night; harmless to repeat and to run beside itself."""
    if drafted := close_due_months():
        log.info("months closed", invoices=len(drafted))


@shared_task(acks_late=True)  # type: ignore[misc]
def verify_ledger() -> None:
    """Go on with comparing the ledgers of the night that is due. Every half minute; mostly there is nothing to do."""
    watched = watch_ledger()
    if watched.checked:
        log.info("ledgers verified", organizations=watched.checked, night_is_done=watched.is_done)


@shared_task(acks_late=True)  # type: ignore[misc]
def fix_rates() -> None:
    """Fix the exchange rates of the months that have begun. Nightly; what is fixed stays."""
    fix_rates_of_begun_months()
