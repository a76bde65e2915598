"""Decides which requests are served: only those with the token, from the server's own page."""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TOKEN_BYTES = 32
LOCALHOST = "localhost"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",  # the terminal sets the size of its cells with it
            "font-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every response: the page loads nothing from elsewhere, and no other page may show it."""
_HOST = re.compile(r"(?:(?P<name>[\w.-]+)|\[(?P<address>[0-9a-fA-F:.]+)\])(?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Guard:
    """Knows the token, and under which names the server may be addressed.

    The token is in the address that is printed; the page then keeps it in a cookie, which the
    browser sends with everything that the page requests. The name in a request is checked because
    a hostile page can have its own name resolved to this machine (DNS rebinding), and the origin
    because any page can open a WebSocket to any server.
    """

    names: frozenset[str] = frozenset()
    """Host names in lower case, besides "localhost"."""
    is_local: bool = True
    """Whether only this machine is served, so that no addresses but its own are named."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES), repr=False)

    def is_known_host(self, host: str) -> bool:
        """Return whether a request may be addressed to this host, as in its header `Host`."""
        if not (named := _HOST.fullmatch(host)):
            return False
        name = (named["name"] or named["address"]).lower()
        if name == LOCALHOST or name in self.names:
            return True
        try:
            # No page can have an address, other than a name, resolved to another machine.
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not self.is_local

    def is_own_origin(self, host: str, origin: str | None, *, needed: bool = False) -> bool:
        """Return whether a request is from a page of this server, or from no page at all.

        host, origin: its headers. needed: refuse what is from no page.
        """
        if origin is None:
            return not needed
        return origin in (f"http://{host}", f"https://{host}")  # https: behind a proxy

    def has_token(self, given: Iterable[str | None]) -> bool:
        """Return whether the token is among what was given; compared in constant time."""
        expected = self.token.encode()
        # Bytes that are no UTF-8 arrive as surrogates.
        encoded = (one.encode("utf-8", "surrogatepass") for one in given if one)
        return any(hmac.compare_digest(one, expected) for one in encoded)
