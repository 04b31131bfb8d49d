"""Sockets that give up in time, however slowly the other side drips its bytes.

The timeout of an ordinary socket limits one wait; a server that sends a byte a second never runs
into it. These also ask, several times a second, whether the call as a whole is to be given up.
"""

import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_SLICE_SECONDS = 0.05
_CHUNK = 65536
# More than any reply that is read to its end: its headers, and a body within the limit.
_MAX_RECEIVED = 2 << 20
T = TypeVar("T")


class GivenUpError(TimeoutError):
    """A call took longer than it may, or nobody waits for it any more."""


class Guard:
    """Watches over the calls of one session, one at a time.

    `connect_seconds` limits a connection to one address, `quiet_seconds` a single wait for the
    other side. `began` tells whether anything of the present call was sent.
    """

    def __init__(
        self, connect_seconds: float, quiet_seconds: float, given_up: Callable[[], bool]
    ) -> None:
        self._connect_seconds = connect_seconds
        self._quiet_seconds = quiet_seconds
        self._given_up = given_up
        self._until = 0.0
        self._received = 0
        self.began = False

    def start(self, until: float) -> None:
        """Begin a call that must be over at `until`, by the monotonic clock."""
        self._until = until
        self._received = 0
        self.began = False

    def left(self) -> float:
        """Return how many seconds the call has left.

        Raises:
            GivenUpError: none.
        """
        left = self._until - time.monotonic()
        if left <= 0 or self._given_up():
            raise GivenUpError
        return left

    def connect(self, kind: type[socket.socket], host: str, port: int) -> socket.socket:
        """Connect to the first address of a host that takes the call.

        Its timeout is still that of connecting: encryption may yet be agreed upon.

        Raises:
            GivenUpError: the call must be over.
            OSError: none takes it, or the host is not known.
        """
        failure: OSError = ConnectionError("no address")
        found = socket.getaddrinfo(host.strip("[]"), port, 0, socket.SOCK_STREAM)
        for family, _, proto, _, address in found:
            sock = kind(family, socket.SOCK_STREAM, proto)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(min(self._connect_seconds, self.left()))
                sock.connect(address)
            except GivenUpError:
                sock.close()
                raise
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure

    def count(self, received: int) -> int:
        """Count what was received; a reply may say whatever it likes of its own length.

        Raises:
            ConnectionError: it is more than any reply that is read.
        """
        self._received += received
        if self._received > _MAX_RECEIVED:
            raise ConnectionError("sends too much")
        return received

    def wait(self, sock: socket.socket, step: Callable[[], T]) -> T:
        """Take one step on a socket as soon as it can be taken.

        Raises:
            GivenUpError: the call must be over.
            TimeoutError: the other side was quiet for too long.
        """
        quiet_until = time.monotonic() + self._quiet_seconds
        while True:
            patience = min(self.left(), quiet_until - time.monotonic(), _SLICE_SECONDS)
            if patience <= 0:
                raise TimeoutError
            sock.settimeout(patience)
            try:
                return step()
            except TimeoutError:
                continue


class _Guarded(socket.socket):
    """A socket on which whatever is read or written is watched."""

    guard: Guard

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        step: Callable[[], int] = partial(super().recv_into, *args, **kwargs)
        return self.guard.count(self.guard.wait(self, step))

    def sendall(self, data: Any, flags: int = 0) -> None:
        self.guard.began = True
        view = memoryview(data).cast("B")
        while view:
            sent = self.guard.wait(self, partial(super().send, view[:_CHUNK], flags))
            view = view[sent:]


def guarded_adapter(guard: Guard, *, tls: bool) -> HTTPAdapter:
    """Make an adapter, of one connection, all of whose sockets are guarded."""

    class PlainSocket(_Guarded):
        """A plain connection."""

    class TlsSocket(_Guarded, ssl.SSLSocket):
        """An encrypted connection."""

    PlainSocket.guard = TlsSocket.guard = guard

    class PlainConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return guard.connect(PlainSocket, self.host, self.port)

    class TlsConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            # What is encrypted is guarded above the encryption; see the context's socket class.
            return guard.connect(socket.socket, self.host, self.port)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = TlsConnection

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            if tls:
                kwargs["ssl_context"] = ssl.create_default_context()
                kwargs["ssl_context"].sslsocket_class = TlsSocket
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}

    return Adapter(pool_connections=1, pool_maxsize=1, max_retries=0)
