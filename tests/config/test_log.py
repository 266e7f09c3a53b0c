"""What the log tells of an exception."""

import pytest
import structlog


def test_a_traceback_tells_the_way_and_no_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(password: str) -> None:
        raise RuntimeError("disk")

    try:
        fail("open" + "sesame")
    except RuntimeError:
        structlog.get_logger(__name__).exception("a step failed", step=3)
    said = capsys.readouterr().out
    assert "a step failed" in said and "step" in said
    assert "Traceback (most recent call last)" in said and "RuntimeError: disk" in said
    assert "in fail" in said
    assert "opensesame" not in said
