"""What a mail server's words mean."""

import smtplib
from datetime import timedelta

import pytest

from teams.delivery import MAX_ATTEMPTS, PAUSES, pause_after, read_failure


def test_pauses_grow_over_three_days() -> None:
    assert list(PAUSES) == sorted(PAUSES)
    assert timedelta(days=3) <= sum(PAUSES, timedelta()) < timedelta(days=4)
    assert [pause_after(1), pause_after(MAX_ATTEMPTS - 1), pause_after(MAX_ATTEMPTS)] == [
        PAUSES[0],
        PAUSES[-1],
        None,
    ]


@pytest.mark.parametrize(
    ("error", "reason", "is_permanent"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"No")}), "550 No", True),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (450, b"Full")}), "450 Full", False),
        (smtplib.SMTPRecipientsRefused({}), "", False),
        (smtplib.SMTPDataError(554, b"Spam"), "554 Spam", True),
        (smtplib.SMTPDataError(451, "Later"), "451 Later", False),
        (smtplib.SMTPSenderRefused(550, b"Who are you", "us@example.com"), "550 Who are you", False),
        (smtplib.SMTPAuthenticationError(535, b"Wrong"), "535 Wrong", False),
        (smtplib.SMTPServerDisconnected("gone"), "SMTPServerDisconnected: gone", False),
        (ConnectionRefusedError("nobody"), "ConnectionRefusedError: nobody", False),
        (smtplib.SMTPDataError(451, b"a\x00b\xff\r\nc"), "451 a b\ufffd  c", False),
    ],
)
def test_refusals(error: Exception, reason: str, is_permanent: bool) -> None:
    failure = read_failure(error)
    assert (failure.reason, failure.is_permanent) == (reason, is_permanent)
