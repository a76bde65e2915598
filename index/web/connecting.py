"""Connections for fetching: to public addresses only, and never for longer than is left.

A name is resolved once, all of its addresses are checked, and the connection goes to one that was
checked: a second answer of the name server cannot lead elsewhere.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from ssl import SSLContext
from threading import Thread
from typing import Any

import httpcore2

Resolve = Callable[[str, int], list[str]]
"""Returns the IP addresses of a host and port. Raises: OSError."""


class Refused(Exception):
    """A host is at an address that must not be connected to."""


class TooSlow(Exception):
    """The time for a fetch is over."""


class Deadline:
    """The time until which a fetch must be done."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return how many seconds are left, above 0. Raises: TooSlow."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TooSlow
        return left


class CheckedBackend(httpcore2.NetworkBackend):
    """Connects to hosts of which all addresses are allowed."""

    def __init__(
        self, deadline: Deadline, is_allowed: Callable[[str], bool], resolve: Resolve | None = None
    ) -> None:
        self._deadline = deadline
        self._is_allowed = is_allowed
        self._resolve = resolve or resolved
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to a host. Raises: Refused, TooSlow, httpcore2.ConnectError."""
        addresses = self._addresses(host, port)
        if not all(map(self._is_allowed, addresses)):
            raise Refused(host)
        for number, address in enumerate(addresses, start=1):
            seconds = self._deadline.left() / (len(addresses) - number + 1)
            try:
                stream = self._backend.connect_tcp(
                    address, port, seconds, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if number == len(addresses):
                    raise
            else:
                return _TimedStream(stream, self._deadline)
        raise httpcore2.ConnectError(f"{host} has no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host. The system's resolver has no time limit of its own."""
        found: list[str | OSError] = []

        def look_up() -> None:
            try:
                found.extend(dict.fromkeys(self._resolve(host, port)))
            except (OSError, UnicodeError) as error:
                found.append(OSError(f"cannot find {host}: {error}"))

        thread = Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(self._deadline.left())
        if thread.is_alive():
            raise TooSlow
        errors = [error for error in found if isinstance(error, OSError)]
        if errors:
            raise httpcore2.ConnectError(str(errors[0])) from errors[0]
        return [address for address in found if isinstance(address, str)]


class _TimedStream(httpcore2.NetworkStream):
    """A stream whose reads and writes end at a deadline, however slowly bytes drip in."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._deadline.left()
        return _TimedStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  as it is declared
        return self._stream.get_extra_info(info)


def resolved(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host, as the system finds them. Raises: OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
