"""Background work of the ledger. Tasks only call services."""

import structlog
from celery import shared_task

from usage.services.file_import_run import run_file_imports
from usage.services.file_imports import forget_old_files
from usage.services.month_sums import keep_all_month_sums
from usage.services.partitions import ensure_partitions, kept_months
from usage.services.periods import extend_all_periods
from usage.services.quarantine_alert import alert_growing_quarantines
from usage.services.quarantine_reviews import drain_reviews
from usage.services.quiet_chats import mark_quiet_chats
from usage.services.rerating_run import drain_reratings
from usage.services.sightings import sweep_all_sightings
from usage.services.unpriced_alert import alert_unpriced_models

log = structlog.get_logger(__name__)


@shared_task  # type: ignore[misc]
def keep_months_open() -> None:
    """Make the partitions and periods that have come into the kept range. Nightly; harmless to repeat."""
    months = ensure_partitions(kept_months())
    periods = extend_all_periods()
    log.info("months kept open", partitions=[month.isoformat() for month in months], periods=periods)


@shared_task  # type: ignore[misc]
def sweep_sightings() -> None:
    """Look for calls that came by two doors since the last sweep. Harmless to repeat."""
    log.info("sightings swept", changed=sweep_all_sightings())


@shared_task  # type: ignore[misc]
def mark_chats() -> None:
    """Mark the chats that were left alone. Every few minutes; harmless to repeat and beside itself."""
    if marked := mark_quiet_chats():
        log.info("chats marked as quiet", count=marked)


@shared_task(acks_late=True)  # type: ignore[misc]
def sum_up_months() -> None:
    """Keep what months add up to, up to yesterday. Every few minutes; harmless to repeat and beside itself."""
    if kept := keep_all_month_sums():
        log.info("months summed up", count=kept)


@shared_task(acks_late=True)  # type: ignore[misc]
def work_on_usage_files() -> None:
    """Check and store the files that staff brought in. Every few seconds; harmless to run beside itself."""
    if worked_on := run_file_imports():
        log.info("usage files worked on", count=worked_on)


@shared_task(acks_late=True)  # type: ignore[misc]
def forget_usage_files() -> None:
    """Drop the bytes of files that nobody went on with. Nightly; harmless to repeat."""
    if forgotten := forget_old_files():
        log.info("usage files dropped", count=forgotten)


@shared_task(acks_late=True)  # type: ignore[misc]
def review_quarantine() -> None:
    """Go on with decisions about many waiting events. Every few seconds; harmless to repeat and beside itself."""
    if reviews := drain_reviews():
        log.info("quarantine reviewed", reviews=reviews)


@shared_task(acks_late=True)  # type: ignore[misc]
def alert_quarantine() -> None:
    """Write to people whose quarantine grows. Every few minutes; at most one e-mail per organization and day."""
    if queued := alert_growing_quarantines():
        log.warning("quarantine grows", messages=queued)


@shared_task(acks_late=True)  # type: ignore[misc]
def work_on_reratings() -> None:
    """Preview re-ratings and carry out those approved. Every few seconds; harmless to run beside itself."""
    if worked_on := drain_reratings():
        log.info("re-ratings worked on", count=worked_on)


@shared_task(acks_late=True)  # type: ignore[misc]
def alert_unpriced() -> None:
    """Write to finance staff about models that are new without a price. Once ever for each; harmless to repeat."""
    if queued := alert_unpriced_models():
        log.warning("models without a price", messages=queued)
