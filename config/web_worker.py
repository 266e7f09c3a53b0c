"""A gunicorn worker that slow clients cannot keep busy.

gunicorn's own threads wait for a request's bytes as long as the client cares to send one now and then, so that as many
slow clients as there are threads would lock everybody out. Here the loop that watches all connections collects what
comes in, and a thread begins once the request, or a good part of it, is there. What is then still missing must come
at a fair rate, and the answer must be taken in time.
"""

import re
import selectors
import socket
import time
from functools import partial
from typing import Any, Final

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

REQUEST_SECONDS: Final = 15
"""In this time a request must be there, or ``COLLECTED`` bytes of it."""
COLLECTED: Final = 64 * 1024
SLOWEST_RATE: Final = 64 * 1024
"""Bytes per second that the rest of a larger body has to keep up."""
ANSWER_SECONDS: Final = 60
"""For taking each piece of the answer off our hands."""

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_READY: Final = (BlockingIOError, InterruptedError)


class Connection(TConn):  # type: ignore[misc]
    """A client's connection with what has been collected of its next request."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.collected = bytearray()
        self.length = 0
        self.ended = False

    def collect(self) -> bool:
        """Take what has arrived. Whether a thread can begin with it, be it only to see that the client has left."""
        while len(self.collected) < COLLECTED:
            try:
                piece = self.sock.recv(COLLECTED)
            except _READY:
                return self._is_enough()
            except OSError:
                piece = b""
            if not piece:
                self.ended = True
                return True
            self.collected += piece
            if self._is_enough():
                return True
        return True

    def _is_enough(self) -> bool:
        head, end, body = self.collected.partition(_HEAD_END)
        if not end:
            return False
        found = _LENGTH.search(bytes(head) + b"\r\n")
        self.length = int(found[1]) if found else 0
        return len(body) >= min(self.length, COLLECTED)

    def begin(self) -> None:
        """Give the parser what was collected; called in the thread that answers."""
        self.sock.setblocking(True)
        self.init()
        if not isinstance(self.parser.unreader, TimedUnreader):
            self.parser.unreader = TimedUnreader(self.sock)
        self.parser.unreader.deadline = time.monotonic() + REQUEST_SECONDS + self.length / SLOWEST_RATE
        self.parser.unreader.unread(bytes(self.collected))
        self.collected.clear()
        self.length = 0

    def close(self, graceful: bool = False) -> None:
        if self.collected and not self.ended:
            try:
                self.sock.send(_TOO_SLOW)
            except OSError:
                pass
        super().close(graceful)


class TimedUnreader(SocketUnreader):  # type: ignore[misc]
    """Reads from a socket until a deadline. Then it raises ``TimeoutError``, which the API answers with 408."""

    deadline = 0.0

    def chunk(self, size_hint: int | None = None) -> bytes:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request came in too slowly")
        self.sock.settimeout(left)
        try:
            piece: bytes = super().chunk(size_hint)
        finally:
            self.sock.settimeout(ANSWER_SECONDS)
        return piece


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, whose threads are given requests and not waiting clients."""

    def accept(self, listener: socket.socket) -> None:
        """A new client, who waits in the loop until its request is there. TLS is left to gunicorn's own ways."""
        if self.cfg.is_ssl:
            super().accept(listener)
            return
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self._await_request(Connection(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """A client that stayed sends its next request."""
        if self.cfg.is_ssl:
            super().on_client_socket_readable(conn, client)
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await_request(conn)

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """More of a request that is awaited."""
        if self.cfg.is_ssl:
            super().on_pending_socket_readable(conn, client)
        elif conn.collect():
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self._begin(conn)

    def murder_pending(self) -> None:
        """Close whoever took too long. Who has not begun a request does not hold up an end either."""
        super().murder_pending()
        if not self.alive:
            for conn in [conn for conn in self.pending_conns if not getattr(conn, "collected", True)]:
                self.poller.unregister(conn.sock)
                self.pending_conns.remove(conn)
                self.nr_conns -= 1
                conn.close()

    def handle(self, conn: TConn) -> Any:
        """Answer one request, in a thread."""
        if isinstance(conn, Connection):
            conn.data_ready = True
            conn.begin()
        return super().handle(conn)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        conn.sock.settimeout(ANSWER_SECONDS)
        return super().handle_request(req, conn)

    def _await_request(self, conn: Connection) -> None:
        if conn.collect():
            self._begin(conn)
            return
        # ``murder_pending`` of gunicorn's own worker closes whoever is not through by then.
        conn.timeout = time.monotonic() + REQUEST_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _begin(self, conn: Connection) -> None:
        if conn.ended:
            self.nr_conns -= 1
            conn.close()
        else:
            self.enqueue_req(conn)
