"""The address of a server with stores, such as mysql://ada@example.org:2881/articles.

The password never shows: neither in `str` and `repr` nor in what is wrong with an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlsplit

SCHEMES = {"mysql": 2881, "http": 19530, "https": 443}
"""The kinds of addresses, with their usual ports."""
_KINDS = "mysql:// for OceanBase and seekdb, http:// and https:// for Milvus"
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|(?:mysql|https?):", re.IGNORECASE)
"""Also without the slashes: no folder is meant that way."""
_ESCAPES = "in a password, write / as %2F, # as %23, ? as %3F"


class InvalidAddress(ValueError):
    """The address of a store cannot be understood."""


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where a server is, and who asks it."""

    scheme: str
    """One of `SCHEMES`."""
    host: str
    port: int
    database: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> EngineAddress:
        """Return what an address says. Raises: InvalidAddress."""
        if not text.isprintable() or " " in text:
            raise InvalidAddress("an address has no spaces and no control characters")
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:  # which may quote a part of the password
            raise InvalidAddress(f"the host or the port is not valid; {_ESCAPES}") from None
        scheme = parts.scheme
        if scheme not in SCHEMES:
            raise InvalidAddress(f"unknown kind of address: {scheme}://; known are {_KINDS}")
        if parts.query or parts.fragment:
            raise InvalidAddress(f"remove what follows the database; {_ESCAPES}")
        database = unquote(parts.path.strip("/"))
        if not host or port == 0:
            raise InvalidAddress(f"write {_form(scheme)}")
        if scheme == "mysql" and not (parts.username and database):
            raise InvalidAddress(f"user or database is missing; write {_form(scheme)}")
        if "/" in database:
            raise InvalidAddress(f"only the database follows the port; write {_form(scheme)}")
        return cls(
            scheme,
            host,
            port or SCHEMES[scheme],
            database,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )

    def __str__(self) -> str:
        """Return the address without the password."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        database = f"/{quote(self.database, safe='')}" if self.database else ""
        return f"{self.scheme}://{user}{host}:{self.port}{database}"

    def with_password(self, password: str) -> EngineAddress:
        """Return the address with this password, unless it has one."""
        return self if self.password or not password else replace(self, password=password)


def is_engine_address(text: str) -> bool:
    """Return whether this is meant as an address rather than as the path of a folder."""
    return _ADDRESS.match(text) is not None


def _form(scheme: str) -> str:
    """Return how an address of this kind is written."""
    if scheme == "mysql":
        return f"mysql://USER@HOST:{SCHEMES[scheme]}/DATABASE"
    return f"{scheme}://HOST:{SCHEMES[scheme]}"
