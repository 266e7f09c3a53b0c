"""Background work of teams. Tasks only call services."""

import structlog
from celery import shared_task

from teams.services.outbox_delivery import deliver_due

log = structlog.get_logger(__name__)


@shared_task(acks_late=True)  # type: ignore[misc]
def deliver_outbox() -> None:
    """Send what is due. Every few seconds; harmless to repeat and to run beside itself."""
    delivery = deliver_due()
    if delivery.tried:
        log.info("outbox delivered", sent=delivery.sent, failed=delivery.failed, dead=delivery.dead)
