"""A connection to a server that breaks."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class CutProxy:
    """Passes bytes on to a server, and cuts all connections after some of them."""

    def __init__(self, port: int) -> None:
        """Listen for connections to a port of this machine."""
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._left: int | None = None
        self._open: list[socket.socket] = []
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, number: int) -> None:
        """Cut all connections once this many bytes have passed, in either direction."""
        with self._lock:
            self._left = number

    def heal(self) -> None:
        """Cut nothing from now on."""
        with self._lock:
            self._left = None

    def close(self) -> None:
        """End all connections, and accept no more."""
        self._listening.close()
        self._cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                with self._lock:
                    self._open += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := one.recv(4096):
                with self._lock:
                    passed = content if self._left is None else content[: self._left]
                    if self._left is not None:
                        self._left -= len(passed)
                other.sendall(passed)
                if len(passed) < len(content):
                    self._cut()
                    self.heal()  # what connects again gets through
                    return
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _cut(self) -> None:
        with self._lock:
            connections, self._open = self._open, []
        for one in connections:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextlib.contextmanager
def cut_proxy(port: int) -> Iterator[CutProxy]:
    """Return a proxy for a port of this machine."""
    proxy = CutProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
