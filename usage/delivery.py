"""How a batch of events arrived."""

from dataclasses import dataclass
from datetime import datetime

from usage.enums import EventSource


@dataclass(frozen=True, slots=True)
class Delivery:
    """Whose events they are, the door they came in by, the API key (0 for none) and the moment of receipt."""

    organization_id: int
    source: EventSource
    api_key_id: int
    received_at: datetime
