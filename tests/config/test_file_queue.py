"""The queue of files: what one process writes, another one reads whole or not yet."""

import os
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from config.celery import app
from config.file_queue import Channel, Transport

PAYLOAD = {"body": "é" * 100, "headers": {"task": "usage.tasks.drain"}}


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    for name in ("messages", "processed", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "processed_folder": str(tmp_path / "processed"),
        "control_folder": str(tmp_path / "control"),
    }
    return Connection("filesystem://", transport_options=options).channel()


def test_the_product_uses_it(channel: Channel) -> None:
    assert isinstance(channel, Channel)
    assert isinstance(app.connection_for_write().transport, Transport)


def test_a_message_is_not_there_before_it_is_whole(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    replace = os.replace

    def look(*arguments: Any) -> None:
        with pytest.raises(Empty):
            channel._get("celery")
        seen.append(arguments)
        replace(*arguments)

    monkeypatch.setattr(os, "replace", look)
    channel._put("celery", PAYLOAD)
    assert len(seen) == 1
    assert channel._size("celery") == 1
    assert channel._get("celery") == PAYLOAD
    with pytest.raises(Empty):
        channel._get("celery")


def test_messages_come_in_order_and_each_from_its_queue(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter(range(1_000_000_000, 10_000_000_000, 1_000_000_000))
    monkeypatch.setattr("config.file_queue.monotonic_ns", lambda: next(moments))
    for number, queue in enumerate(("celery", "other", "celery")):
        channel._put(queue, {"number": number})
    assert [channel._get("celery")["number"] for _time in range(2)] == [0, 2]
    assert channel._get("other") == {"number": 1}
