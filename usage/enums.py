"""Closed lists of words of the ledger."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventSource(models.TextChoices):
    """The door an event came in by."""

    NATIVE = "native", _("Usage API")
    FILE = "file", _("File import")
    DEMO = "demo", _("Demo")
    CORRECTION = "correction", _("Correction")
    OTLP = "otlp", _("OpenTelemetry")
    LITELLM = "litellm", _("LiteLLM")


class Correction(models.TextChoices):
    """Why an event corrects another. Empty on ordinary events."""

    NONE = "", _("None")
    VOID = "void", _("Void")
    RERATING = "rerating", _("Re-rating")


class MonthSums(models.TextChoices):
    """Whether what a billing month adds up to, as far as it has come, stands beside its days."""

    NONE = "none", _("None")
    BEGUN = "begun", _("Begun")
    KEPT = "kept", _("Kept")


class VoidAnswer(models.TextChoices):
    """What became of an event that was to be voided."""

    VOIDED = "voided", _("Voided")
    ALREADY_VOIDED = "already_voided", _("Voided before")
    UNKNOWN = "unknown", _("Unknown")
    REFUSED = "refused", _("Refused")


class Answer(models.TextChoices):
    """What became of one event of a batch."""

    STORED = "stored", _("Stored")
    DUPLICATE = "duplicate", _("Duplicate")
    CONFLICT = "conflict", _("Conflict")
    QUARANTINED = "quarantined", _("Quarantined")
    INVALID = "invalid", _("Invalid")


class QuarantineReason(models.TextChoices):
    """Why an event waits for a person instead of standing in the ledger."""

    FUTURE = "future", _("Too far in the future")
    OUT_OF_RANGE = "out_of_range", _("Older or newer than the months kept open")
    CONFLICT = "conflict", _("Same id, other content")


class QuarantineStatus(models.TextChoices):
    OPEN = "open", _("Open")
    REPLAYED = "replayed", _("Replayed")
    DISCARDED = "discarded", _("Discarded")


class FileImportStatus(models.TextChoices):
    """Where a usage file stands. A worker takes those that are being checked or stored."""

    UPLOADED = "uploaded", _("Uploaded")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    STORING = "storing", _("Being stored")
    STORED = "stored", _("Stored")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")


class ReviewAction(models.TextChoices):
    """What a person decides about many waiting events."""

    REPLAY = "replay", _("Store")
    DISCARD = "discard", _("Discard")


class ReviewAnswer(models.TextChoices):
    """What became of an event in a review of many."""

    STORED = "stored", _("Stored")
    DUPLICATE = "duplicate", _("Was stored before")
    DISCARDED = "discarded", _("Discarded")
    CONFLICT = "conflict", _("Stays: its id stands in the ledger with other content")
    WAITING = "waiting", _("Stays: there is still no month for its time")
    REFUSED = "refused", _("Stays: it cannot be read any more")
    GONE = "gone", _("Was decided by somebody else meanwhile")


class ReratingStatus(models.TextChoices):
    """Where a re-rating stands. A worker takes those that are looked for, counted or running."""

    LOOKING = "looking", _("Looking for usage")
    COUNTING = "counting", _("Being previewed")
    PREVIEWED = "previewed", _("Waits for approval")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")
    STALE = "stale", _("Prices have changed")
    FAILED = "failed", _("Failed")


class ChargeKind(models.TextChoices):
    """The parts that an event's cost is made of; together they are the whole cost, none counted twice."""

    INPUT = "input", _("Input, not cached")
    CACHE_READ = "cache_read", _("Cached input")
    CACHE_WRITE_5M = "cache_write_5m", _("Cache write, 5 minutes")
    CACHE_WRITE_1H = "cache_write_1h", _("Cache write, 1 hour")
    AUDIO_INPUT = "audio_input", _("Audio input")
    IMAGE_INPUT = "image_input", _("Image input")
    OUTPUT = "output", _("Output")
    REASONING = "reasoning", _("Reasoning")
    AUDIO_OUTPUT = "audio_output", _("Audio output")
    AUDIO_SECOND = "audio_second", _("Audio seconds")
    WEB_SEARCH = "web_search", _("Web search calls")
    CODE_RUN = "code_run", _("Code run calls")
    CALL = "call", _("Calls")


class RowKind(models.TextChoices):
    """What a line of a breakdown stands for."""

    NAMED = "named", _("Named")
    UNATTRIBUTED = "unattributed", _("Unattributed")
    OTHER = "other", _("Other")


class NoProjection(models.TextChoices):
    """Why nothing is projected."""

    NOT_ENOUGH_HISTORY = "not_enough_history", _("Not enough history yet: a projection needs two weeks.")
    PERIOD_OVER = "period_over", _("This period is over.")
    NO_USAGE = "no_usage", _("Nothing was used yet.")


class UnpricedReason(models.TextChoices):
    """Why usage has no cost."""

    NO_MODEL = "no_model", _("No model was named, so there is no price to look for.")
    UNKNOWN_MODEL = "unknown_model", _("The price list does not know this model: it is unpriced, not free.")
    NO_PRICE = (
        "no_price",
        _("The price list had no price for this model, tier and kind of usage when it happened: not free."),
    )
