"""How long delivery waits between attempts, and what a mail server's refusal means. Pure."""

import smtplib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# Three days in all: an outage over a weekend loses nothing.
PAUSES: Final = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=8),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
MAX_ATTEMPTS: Final = len(PAUSES) + 1
_LONGEST_ERROR: Final = 2000


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed, in words for staff, and whether another attempt would fail alike."""

    reason: str
    is_permanent: bool


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None when it was the last."""
    return PAUSES[attempts - 1] if attempts < MAX_ATTEMPTS else None


def read_failure(error: Exception) -> Failure:
    """What ``error`` tells.

    Permanent is a refusal (5yz) of the recipient or of the message itself. A refused sender or sign-in is our own
    configuration: it is mended here and concerns every message, so those wait.
    """
    permanent = False
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies = list(error.recipients.values())
        permanent = bool(replies) and all(_is_final(code) for code, _words in replies)
        reason = "; ".join(f"{code} {_words_of(words)}" for code, words in replies)
    elif isinstance(error, smtplib.SMTPResponseException):
        permanent = isinstance(error, smtplib.SMTPDataError) and _is_final(error.smtp_code)
        reason = f"{error.smtp_code} {_words_of(error.smtp_error)}"
    else:
        reason = f"{type(error).__name__}: {error}"
    return Failure(reason=_printable(reason)[:_LONGEST_ERROR], is_permanent=permanent)


def _is_final(code: int) -> bool:
    return 500 <= code < 600


def _words_of(reply: bytes | str) -> str:
    return reply.decode(errors="replace") if isinstance(reply, bytes) else reply


def _printable(text: str) -> str:
    """A server may answer anything, NUL bytes too, which the database does not keep."""
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()
