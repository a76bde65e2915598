"""Web addresses: what counts as one, its normal form, and which IP addresses are public."""

from __future__ import annotations

import re

from index.errors import ArticleError

MAX_ADDRESS_CHARS = 8_000
_START = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"[^\s/\\?#@:%\[\]<>]+|\[[0-9A-Fa-f:.]+\]")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = "64:ff9b::/96"
"""IPv6 addresses whose last 32 bits are the IPv4 address that is reached through them."""


def is_address(path: str) -> bool:
    """Return whether an argument is a web address and not the path of a file or folder."""
    return _START.match(path) is not None


def normal_address(address: str) -> str:
    """Return the form of a web address by which its article is known.

    Scheme and host are in lower case; a default port and the fragment are dropped.

    Raises: ArticleError if it is not a valid address, or contains a user name or password.
    """
    from urllib.parse import urlsplit

    if len(address) > MAX_ADDRESS_CHARS:
        raise _invalid(f"{address[:60]}…", f"it is longer than {MAX_ADDRESS_CHARS:,} characters")
    if not is_address(address):
        raise _invalid(address, "it does not start with https:// or http://")
    if _UNSAFE.search(address):
        raise _invalid(address, "it contains blanks or control characters")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise _invalid(address, str(error)) from error
    if "@" in parts.netloc:
        raise ArticleError(
            "A web address must not contain a user name or password.",
            "Download the page in a browser, save it, and ask the file.",
        )
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc.rstrip(":")
    if not _HOST.fullmatch(host):
        raise _invalid(address, "it has no valid host name")
    given = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host.lower()}{given}{parts.path or '/'}{query}"


def name_in(address: str) -> str:
    """Return the last name in the path of an address, such as "page.html", or else its host."""
    host, *names = address.partition("://")[2].partition("?")[0].split("/")
    return next((name for name in reversed(names) if name), host)


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to a host on the public internet.

    Not public: loopback, private, link-local, shared, multicast, reserved and unspecified
    addresses, also when they are wrapped in an IPv6 address.
    """
    from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.scope_id or found.is_site_local or found.sixtofour or found.teredo:
            return False
        if found.ipv4_mapped:
            found = found.ipv4_mapped
        elif found in IPv6Network(_NAT64):
            found = IPv4Address(int(found) & 0xFFFFFFFF)
    return found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_loopback or found.is_unspecified
    )


def _invalid(address: str, why: str) -> ArticleError:
    return ArticleError(f"Not a web address that can be fetched: {address}", f"Check it: {why}.")
