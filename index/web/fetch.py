"""Fetches what is at a web address, within limits. Nothing in it is run.

Cookies, credentials, proxies of the environment and the cache of a browser play no part.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.web.addresses import is_public, normal_address
from index.web.media_types import media_type_of

if TYPE_CHECKING:
    import httpcore2
    import httpx2

    from index.web.connecting import Resolve

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_MODIFIED = 304
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE)
_GZIP = 31
"""For zlib: content in the format of gzip."""
MAX_STATED_CHARS = 200
"""How much is kept of what a server says about itself."""
ACCEPTED = "text/html,application/xhtml+xml,application/pdf;q=0.9,text/*;q=0.9,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server may take."""

    bytes: int = 20_000_000
    """Of the content, and of what it is compressed to."""
    seconds: float = 30.0
    """For everything: the name, the connections, all redirects and the content."""
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Page:
    """What a server sent."""

    address: str
    """Where it was in the end, after redirects."""
    content: bytes
    media_type: str
    """One of `SUFFIXES`."""
    charset: str
    """As the server states it; empty if it does not."""
    etag: str = ""
    modified: str = ""
    """The headers ETag and Last-Modified, by which a later fetch can ask for changes only."""


class NotFetched(Exception):
    """Nothing was fetched. The message says why, as the end of a sentence."""


def fetch(
    address: str,
    *,
    known: Page | None = None,
    allow_private: bool = False,
    limits: Limits = Limits(),
    is_allowed: Callable[[str], bool] = is_public,
    resolve: Resolve | None = None,
) -> Page | None:
    """Return what is at a web address; None if it is still what `known` says.

    address: in normal form. known: what an earlier fetch returned; its content is not looked at.
    allow_private: connect to any address, also of this machine and its network.
    is_allowed: returns whether to connect to an IP address. resolve: finds those of a host.

    Raises: NotFetched.
    """
    import httpcore2
    import httpx2

    from index.web.connecting import CheckedBackend, Deadline, Refused, TooSlow

    deadline = Deadline(limits.seconds)
    backend = CheckedBackend(deadline, (lambda _: True) if allow_private else is_allowed, resolve)
    try:
        with httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(), max_connections=1, network_backend=backend
        ) as pool:
            return _followed(pool, address, known, limits)
    except Refused as error:
        raise NotFetched(
            f"{error} is on this machine or its network; --allow-private allows that"
        ) from error
    except (TooSlow, httpcore2.TimeoutException) as error:
        raise NotFetched(f"it took longer than {limits.seconds:g} s") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.InvalidURL) as error:
        raise NotFetched(_in_words(error)) from error


def _followed(
    pool: httpcore2.ConnectionPool, address: str, known: Page | None, limits: Limits
) -> Page | None:
    """Return what is at an address, or where it redirects to."""
    from importlib.metadata import version

    import httpx2

    for _ in range(limits.redirects + 1):
        headers = {
            "User-Agent": f"article-qa/{version('article-qa')}",
            "Accept": ACCEPTED,
            "Accept-Encoding": "gzip",
        }
        if known is not None and known.address == address:
            headers.update(_conditions(known))
        url = httpx2.URL(address)
        request = partial(pool.stream, "GET", _raw(url))
        fields = [(b"Host", url.netloc), *((k.encode(), v.encode()) for k, v in headers.items())]
        with request(headers=fields) as response:
            stated = httpx2.Headers(response.headers)
            if response.status in _REDIRECTS and "location" in stated:
                address = _redirected(address, stated["location"])
                continue
            if response.status == _NOT_MODIFIED and known and known.address == address:
                return None
            if response.status != httpx2.codes.OK:
                reason = httpx2.codes.get_reason_phrase(response.status)
                raise NotFetched(f"the server says {response.status} {reason}".rstrip())
            return _page(address, stated, response, limits)
    raise NotFetched(f"it redirects more than {limits.redirects} times")


def _conditions(known: Page) -> Iterator[tuple[str, str]]:
    if known.etag:
        yield "If-None-Match", known.etag
    if known.modified:
        yield "If-Modified-Since", known.modified


def _raw(url: httpx2.URL) -> httpcore2.URL:
    import httpcore2

    return httpcore2.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _redirected(address: str, location: str) -> str:
    """Return where a redirect leads. Raises: NotFetched if it must not be followed."""
    from urllib.parse import urljoin

    try:
        target = normal_address(urljoin(address, location.strip().replace(" ", "%20")))
    except (ArticleError, ValueError) as error:
        raise NotFetched(f"it redirects to an address that is not followed: {error}") from error
    if address.startswith("https:") and target.startswith("http:"):
        raise NotFetched("it redirects from https to http, which is not encrypted")
    return target


def _page(
    address: str, stated: Mapping[str, str], response: httpcore2.Response, limits: Limits
) -> Page:
    content_type = stated.get("content-type", "")
    named = content_type.partition(";")[0].strip().lower()[:MAX_STATED_CHARS]
    path = address.partition("?")[0]
    if media_type_of(named, path, b"%PDF-") is None:  # before its content is read
        raise NotFetched(f"its content type is {named}")
    content = b"".join(_content(stated, response, limits.bytes))
    media_type = media_type_of(named, path, content[:1024])
    if media_type is None:
        raise NotFetched(f"its content type is {named}")
    charset = _CHARSET.search(content_type)
    return Page(
        address,
        content,
        media_type,
        charset[1].lower() if charset else "",
        _kept(stated.get("etag", "")),
        _kept(stated.get("last-modified", "")),
    )


def _content(
    stated: Mapping[str, str], response: httpcore2.Response, max_bytes: int
) -> Iterator[bytes]:
    """Yield the content, decompressed, piece by piece. Raises: NotFetched if it is too large."""
    too_large = NotFetched(f"it is larger than {max_bytes / 1e6:g} MB")
    encoding = stated.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise NotFetched(f"it is compressed in an unknown way, {encoding[:MAX_STATED_CHARS]}")
    length = stated.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > max_bytes:
        raise too_large
    inflate = zlib.decompressobj(_GZIP) if "gzip" in encoding else None
    received = size = 0
    for chunk in response.iter_stream():
        received += len(chunk)
        try:
            piece = inflate.decompress(chunk, max_bytes - size + 1) if inflate else chunk
        except zlib.error as error:
            raise NotFetched("its compressed content is damaged") from error
        size += len(piece)
        if max(size, received) > max_bytes:
            raise too_large
        yield piece
    if inflate and received and not inflate.eof:
        raise NotFetched("its content is incomplete")


def _kept(header: str) -> str:
    """Return a header to send back later; empty if it is too long to be kept."""
    return header if len(header) <= MAX_STATED_CHARS and header.isascii() else ""


def _in_words(error: Exception) -> str:
    """Return what went wrong in a connection, on one line."""
    words = " ".join(str(error).split())[:MAX_STATED_CHARS]
    if "CERTIFICATE_VERIFY_FAILED" in words:
        why = words.partition("failed: ")[2].rpartition(" (_ssl")[0] or words
        return f"its certificate is not valid: {why}"
    if "without sending complete message body" in words or "incomplete chunked read" in words:
        return "its content is incomplete"
    return f"the connection failed: {words}" if words else "the connection failed"
