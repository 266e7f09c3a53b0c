from usage.models.chat import Chat, Message
from usage.models.event import EventKey, UsageEvent
from usage.models.file import File, FileUse
from usage.models.file_import import FileImport, FileImportChunk, SavedMapping, UnstoredRow
from usage.models.hold import Hold
from usage.models.integration import Integration
from usage.models.ledger_check import LedgerCheck
from usage.models.month import (
    UsageMonthCharges,
    UsageMonthHours,
    UsageMonthly,
    UsageMonthOwn,
    UsageMonthServices,
    UsageMonthTools,
)
from usage.models.period import UsagePeriod
from usage.models.price import ContractRate, LlmModel, LlmProvider, Price, PriceListVersion
from usage.models.quarantine import QuarantinedEvent
from usage.models.quarantine_review import QuarantineReview
from usage.models.rerating import Rerating, ReratingPart, UnpricedAlert
from usage.models.rollup import (
    ChargeByKind,
    ChargeDaily,
    ReceiptDaily,
    SpendDaily,
    ToolDaily,
    UsageDaily,
    UsageHourly,
)
from usage.models.sighting import DoubleSighting, SightingSweep
from usage.models.touch import SpendTouch

__all__ = [
    "ChargeByKind",
    "ChargeDaily",
    "Chat",
    "ContractRate",
    "DoubleSighting",
    "EventKey",
    "File",
    "FileImport",
    "FileImportChunk",
    "FileUse",
    "Hold",
    "Integration",
    "LedgerCheck",
    "LlmModel",
    "LlmProvider",
    "Message",
    "Price",
    "PriceListVersion",
    "QuarantineReview",
    "QuarantinedEvent",
    "ReceiptDaily",
    "Rerating",
    "ReratingPart",
    "SightingSweep",
    "SavedMapping",
    "SpendDaily",
    "SpendTouch",
    "ToolDaily",
    "UnpricedAlert",
    "UnstoredRow",
    "UsageDaily",
    "UsageEvent",
    "UsageHourly",
    "UsageMonthCharges",
    "UsageMonthHours",
    "UsageMonthOwn",
    "UsageMonthServices",
    "UsageMonthTools",
    "UsageMonthly",
    "UsagePeriod",
]
