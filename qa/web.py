"""The web addresses among the paths of a corpus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.scan import STDIN, source_of
from index.types import Article, Notify
from index.web.addresses import is_address, normal_address
from qa.settings import Settings

if TYPE_CHECKING:
    from index.web.articles import Fetch, Refreshed, WebArticles
    from index.web.snapshots import About

MAX_LINKED = 50
"""How many articles of a feed are fetched, the first ones."""


def absolute_path(path: str) -> str:
    """Return what a path is saved as: absolute, unless it is an address or standard input.

    Raises: ArticleError if it is an invalid address.
    """
    if is_address(path):
        return normal_address(path)
    return path if path == STDIN else str(Path(path).absolute())


def addresses_in(paths: Iterable[str]) -> list[str]:
    """Return the web addresses among paths, in normal form. Raises: ArticleError."""
    return list(dict.fromkeys(normal_address(path) for path in paths if is_address(path)))


def opened_web(
    paths: Sequence[str], settings: Settings, notify: Notify, fetch: Fetch | None = None
) -> WebArticles | None:
    """Fetch the addresses among paths that have no snapshot yet; None if none is an address.

    notify: called with a sentence before each fetch. fetch: see `WebArticles`.

    Raises: ArticleError if there is nothing else to ask and no address could be fetched,
        StoreError.
    """
    addresses = addresses_in(paths)
    if not addresses:
        return None
    from index.web.articles import WebArticles

    web = WebArticles(settings.snapshots_path, allow_private=settings.allow_private, notify=notify)
    web.fetch = fetch or web.fetch
    problems = web.fetch_missing(addresses)
    if len(problems) == len(addresses) and all(map(is_address, paths)):
        address, problem = next(iter(problems.items()))
        raise ArticleError(
            f"Cannot fetch {address}: {problem}.",
            "Check the address, or save the page in a browser and ask the file.",
        )
    if settings.linked:
        web.linked = _linked(web, addresses)
        web.fetch_missing(web.linked)
    return web


def refreshed_web(
    web: WebArticles, addresses: Sequence[str], settings: Settings, *, but: Sequence[str] = ()
) -> list[Refreshed]:
    """Fetch addresses again, and what feeds among them link to if it is new.

    but: those that were fetched just now.

    Raises: StoreError.
    """
    results = web.refresh(address for address in addresses if address not in but)
    if settings.linked:
        web.linked = _linked(web, addresses)
        web.fetch_missing(web.linked)
    return results


def _linked(web: WebArticles, addresses: Iterable[str]) -> list[str]:
    """Return the addresses of the articles that the feeds among some addresses link to."""
    from index.formats.base import Unreadable
    from index.formats.feed import FEED, links_in
    from index.load import format_of, read
    from index.web.articles import NoSnapshot

    found: list[str] = []
    for address in addresses:
        with suppress(NoSnapshot, Unreadable):  # indexing says so
            source = source_of(web.find(address))
            if format_of(source) is FEED:
                found += _valid(links_in(read(source).article))[:MAX_LINKED]
    return [address for address in dict.fromkeys(found) if address not in addresses]


def _valid(links: Iterable[str]) -> list[str]:
    """Return those links that are addresses which can be fetched, in normal form."""
    found = []
    for link in links:
        with suppress(ArticleError):
            found.append(normal_address(link))
    return found


def snapshots_of(web: WebArticles | None, articles: Iterable[Article]) -> dict[str, About]:
    """Return what was fetched of those articles that are web pages, by id."""
    found: dict[str, About] = {}
    if web is None:
        return found
    from index.web.articles import NoSnapshot

    for article in articles:
        if is_address(article.id) and article.id not in found:
            with suppress(NoSnapshot):
                about = web.find(article.id).about
                if about.sha256 == article.sha256:  # no other process has fetched it again
                    found[article.id] = about
    return found
