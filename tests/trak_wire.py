"""The sockets of the stand-in for Trak: listening, connections, and requests as they arrive."""

import socket
import socketserver
import ssl
import struct
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

from trak_contract import Request
from trak_misbehaviour import Link

HOST = "127.0.0.1"
_LARGEST_BODY = 128 << 20
_TICK = 0.01


class Trak(Protocol):
    """Who answers the requests; `changed` guards all that it and the listener count."""

    port: int
    tls: ssl.SSLContext | None
    changed: threading.Condition
    connections: int
    most_at_once: int

    def record(self, **parts: Any) -> Request:
        """Take down a request that has arrived."""

    def answer(self, request: Request, link: Link) -> None:
        """Answer it."""

    def object_to(self, text: str) -> None:
        """Take down a breach of the contract."""


@dataclass(eq=False)
class _Connection:
    """An open connection, and what is to be known of it."""

    number: int
    socket: socket.socket
    used: bool = False
    reset: bool = False

    def abandoned(self) -> bool:
        """Tell whether the client has closed it; looks below any TLS."""
        try:
            peek = socket.MSG_PEEK | socket.MSG_DONTWAIT
            return socket.socket.recv(self.socket, 1, peek) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def cut(self) -> None:
        """End it under whoever reads or writes."""
        with suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def close_by_reset(self) -> None:
        """Make the closing of it, when that comes, a reset."""
        self.reset = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Listener(socketserver.ThreadingTCPServer):
    """A listening socket with its connections, from a resume to a pause."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, trak: Trak) -> None:
        super().__init__((HOST, trak.port), _Handler)
        self.trak = trak
        self.ending = threading.Event()
        self._open: dict[socket.socket, _Connection] = {}

    def start(self) -> None:
        """Accept connections in a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(_TICK,), daemon=True).start()

    def close(self) -> None:
        """Stop listening, cut the open connections and give their threads a moment to end."""
        self.ending.set()
        self.shutdown()
        self.server_close()
        with self.trak.changed:
            for connection in self._open.values():
                connection.cut()
            self.trak.changed.wait_for(lambda: not self._open, 0.5)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; the thread that serves it will shake hands."""
        accepted, address = super().get_request()
        if self.trak.tls is not None:
            accepted = self.trak.tls.wrap_socket(
                accepted, server_side=True, do_handshake_on_connect=False
            )
        with self.trak.changed:
            self.trak.connections += 1
            self._open[accepted] = _Connection(self.trak.connections, accepted)
        return accepted, address

    def connection_used(self, accepted: socket.socket) -> _Connection:
        """Return a connection that carries a request, and count those that do so at once."""
        with self.trak.changed:
            connection = self._open[accepted]
            if not connection.used:
                connection.used = True
                others = [other for other in self._open.values() if other is not connection]
                busy = 1 + sum(other.used and not other.abandoned() for other in others)
                self.trak.most_at_once = max(self.trak.most_at_once, busy)
        return connection

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that was served, or could not be."""
        with self.trak.changed:
            connection = self._open.pop(request)
            self.trak.changed.notify_all()
        if connection.reset:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over what a client's going causes; anything else is a fault to be seen."""
        error = sys.exception()
        if not isinstance(error, OSError):
            traceback.print_exception(error)
            self.trak.object_to(f"the stand-in itself failed: {error!r}")


class _Handler(BaseHTTPRequestHandler):
    """One connection: each request is recorded, checked, and answered well or otherwise."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener
    request: Any

    def setup(self) -> None:
        """Shake hands before anything is read."""
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().setup()

    def answer(self) -> None:
        """Answer one request."""
        body = self._body()
        if body is None:
            self.close_connection = True
            return
        request = self.server.trak.record(
            connection=self.server.connection_used(self.request).number,
            method=self.command,
            path=self.requestline.split()[1],
            headers=list(self.headers.items()),
            body=body,
        )
        self.server.trak.answer(request, _Link(self))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server names them

    def _body(self) -> bytes | None:
        """Read the body; None if the client went, or does not say how long it is."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.send_error(411)
        elif int(length) > _LARGEST_BODY:
            self.send_error(413)
        else:
            body = self.rfile.read(int(length))
            return body if len(body) == int(length) else None
        return None

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request that could be recorded."""
        self.server.trak.object_to(f"refused with {code}: {self.requestline!r}")
        super().send_error(code, message, explain)

    def log_message(self, *_: object) -> None:
        """Say nothing: the server has a log of its own."""


@dataclass(frozen=True)
class _Link:
    """The connection of a handler, as a misbehaviour sees it."""

    handler: _Handler

    def write(self, data: bytes) -> None:
        self.handler.wfile.write(data)

    def wait(self, seconds: float) -> bool:
        return self.handler.server.ending.wait(seconds)

    def wait_for_end(self) -> None:
        connection = self.handler.server.connection_used(self.handler.request)
        while not connection.abandoned() and not self.wait(_TICK):
            pass

    def hang_up(self, *, reset: bool = False) -> None:
        self.handler.close_connection = True
        if reset:
            self.handler.server.connection_used(self.handler.request).close_by_reset()
