from usage.models.chat import Chat, Message
from usage.models.event import EventKey, UsageEvent
from usage.models.file import File, FileUse
from usage.models.hold import Hold
from usage.models.integration import Integration
from usage.models.period import UsagePeriod
from usage.models.price import ContractRate, LlmModel, LlmProvider, Price, PriceListVersion
from usage.models.quarantine import QuarantinedEvent
from usage.models.rollup import (
    ChargeByKind,
    ChargeDaily,
    ReceiptDaily,
    SpendDaily,
    ToolDaily,
    UsageDaily,
    UsageHourly,
)
from usage.models.touch import SpendTouch

__all__ = [
    "ChargeByKind",
    "ChargeDaily",
    "Chat",
    "ContractRate",
    "EventKey",
    "File",
    "FileUse",
    "Hold",
    "Integration",
    "LlmModel",
    "LlmProvider",
    "Message",
    "Price",
    "PriceListVersion",
    "QuarantinedEvent",
    "ReceiptDaily",
    "SpendDaily",
    "SpendTouch",
    "ToolDaily",
    "UsageDaily",
    "UsageEvent",
    "UsageHourly",
    "UsagePeriod",
]
