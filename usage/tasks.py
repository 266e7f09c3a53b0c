"""Background work of the ledger. Tasks only call services."""

import structlog
from celery import shared_task

from usage.services.file_import_run import run_file_imports
from usage.services.file_imports import forget_old_files
from usage.services.partitions import ensure_partitions, kept_months
from usage.services.periods import extend_all_periods
from usage.services.sightings import sweep_all_sightings

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
