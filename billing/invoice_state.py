"""What follows from an invoice's two states and its dates. Pure."""

from datetime import date
from typing import Final

from billing.enums import InvoiceStatus, PaymentStatus

OPEN: Final = (PaymentStatus.UNPAID, PaymentStatus.PARTIALLY_PAID)
"""States in which money is still expected."""


def is_overdue(*, status: str, payment_status: str, payment_due_date: date | None, today: date) -> bool:
    """Whether a finalized invoice is past its due date and not wholly paid; ``today`` is the issuer's."""
    return (
        status == InvoiceStatus.FINALIZED
        and payment_status in OPEN
        and payment_due_date is not None
        and payment_due_date < today
    )
