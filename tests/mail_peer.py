"""A real mail server on this machine that answers as it is told."""

import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.config.processes import free_port


class Peer:
    """Keeps what it takes in ``received``; ``replies`` holds what it says to a recipient instead of taking it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[EmailMessage] = []
        self.replies: dict[str, str] = {}
        self.data_reply = ""
        self.asked: list[str] = []
        self.at_data: Callable[[], None] = lambda: None
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def message_ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.received]

    @property
    def recipients(self) -> list[str]:
        return [message["To"] for message in self.received]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.asked.append(address)
        if reply := self.replies.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data_reply:
            return self.data_reply
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.received.append(message)
        self.at_data()
        return "250 OK"
