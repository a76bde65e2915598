"""Where the server listens, and how it is addressed there."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from index.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Listening:
    """A bound socket."""

    socket: socket.socket
    host: str
    """As the user named it."""

    @property
    def port(self) -> int:
        """The port, also if any free one was asked for."""
        return int(self.socket.getsockname()[1])

    @property
    def is_local(self) -> bool:
        """Whether only this machine can connect."""
        return self._address.is_loopback

    @property
    def names(self) -> frozenset[str]:
        """Names under which browsers may address the server, in lower case."""
        own = () if self.is_local else (socket.gethostname(),)
        return frozenset(name.lower() for name in (self.host, *own))

    @property
    def url(self) -> str:
        """The address of the page, without the token."""
        name = socket.gethostname() if self._address.is_unspecified else self.host
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}/"

    @property
    def _address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        return ipaddress.ip_address(self.socket.getsockname()[0])


def listen(host: str, port: int) -> Listening:
    """Bind a socket. port: 0 for any free one.

    Raises: ConfigurationError if that is not possible.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return Listening(socket.create_server((host, port), family=family), host)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigurationError(
            f"Cannot serve at {host}, port {port}: {reason}.", "Choose others: --host, --port."
        ) from error
