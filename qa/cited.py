"""Checks that the files of cited articles are still as they were when they were indexed."""

from __future__ import annotations

import hashlib
import itertools
import os
import time
from collections.abc import Callable, Iterable, Set
from pathlib import Path
from typing import TYPE_CHECKING

from index.comparing import RACY_NS
from index.formats.base import Unreadable
from index.load import read
from index.scan import STDIN, Source
from index.types import Article, Notify
from index.web.addresses import is_address
from qa.settings import Settings
from qa.show.text import visible_name
from qa.types import Response

if TYPE_CHECKING:
    from index.web.articles import WebArticles


def cited(response: Response) -> dict[str, Article]:
    """Return the articles that a response quotes, by id."""
    passages = [hit.passage for hit in response.hits]
    passages += [answer.passage for answer in response.quoted]
    return {passage.article.id: passage.article for passage in passages}


MAX_ROUNDS = 4
"""How often a file is indexed again whose content has just changed, until it is not asked."""


class CitedFiles:
    """Compares the files of a few articles with what was indexed of them.

    The content of a file decides; it is read again only if its size or time has changed.
    """

    def __init__(self, web: WebArticles | None, settings: Settings, notify: Notify) -> None:
        """web: finds the snapshots of web pages; None if there are none.

        notify: called with a sentence when an article is not asked because it keeps changing.
        """
        self._web = web
        self._settings = settings
        self._notify = notify
        self._hashes: dict[str, tuple[int, int, str]] = {}
        """Size, time of change and SHA-256 of files that were read here, by path."""

    def current_response(
        self,
        ask: Callable[[Set[str]], Response],
        index_again: Callable[[], object] | None,
        outdated: Set[str],
    ) -> Response:
        """Return a response that quotes only files as they are now.

        ask: returns a response that is not from articles with these ids.
        index_again: indexes what has changed; None if that cannot be done now.
        outdated: ids of articles that are not asked.

        Raises: ArticleError if all files that are asked change again and again; what `ask` and
            `index_again` raise.
        """
        for number in itertools.count(1):
            response = ask(outdated)
            changed = self.changed(cited(response).values())
            if not changed:
                break
            if index_again and number < MAX_ROUNDS:
                index_again()
                continue
            if index_again:
                if all(self.still_stands(response, id) for id in changed):
                    break  # a log, say, that is only ever appended to
                names = ", ".join(map(visible_name, sorted(changed)))
                self._notify(f"Not asked, because it keeps changing: {names}")
            outdated = outdated | changed
        return response

    def changed(self, articles: Iterable[Article]) -> frozenset[str]:
        """Return the ids of the articles whose files have changed or are gone."""
        return frozenset(article.id for article in articles if not self._is_current(article))

    def still_stands(self, response: Response, id: str) -> bool:
        """Return whether all that is quoted from a file is in it now, at the same place."""
        spans = {hit.passage.span for hit in response.hits if hit.passage.article.id == id}
        article = cited(response)[id]
        try:
            found = os.stat(article.path)
            source = Source(id, article.path, found.st_size, found.st_mtime_ns)
            settings = self._settings
            loaded = read(source, settings.encoding, whole_page=settings.whole_page)
        except (OSError, Unreadable):
            return False
        before, now = article.text, loaded.article.text
        return all(now[span.start : span.end] == before[span.start : span.end] for span in spans)

    def _is_current(self, article: Article) -> bool:
        if article.path == STDIN:
            return True
        if is_address(article.id):
            return self._is_current_page(article)
        try:
            return self._hash_of(article.path) == article.sha256
        except OSError:
            # A path that is no text is stored in a readable form, which names no file. On Windows,
            # all are text.
            is_text = os.sep == "\\" or "\\x" not in article.path
            return not is_text and not os.path.exists(article.path)

    def _is_current_page(self, article: Article) -> bool:
        from index.web.articles import NoSnapshot

        try:
            found = self._web.find(article.id) if self._web else None
        except NoSnapshot:
            return False
        return found is None or found.about.sha256 == article.sha256

    def _hash_of(self, path: str) -> str:
        """Return the SHA-256 of a file. Raises: OSError."""
        found = os.stat(path)
        size, changed_ns = found.st_size, max(found.st_mtime_ns, found.st_ctime_ns)
        known = self._hashes.get(path)
        if known and known[:2] == (size, changed_ns):
            return known[2]
        checked_ns = time.time_ns()
        with Path(path).open("rb") as file:
            made = hashlib.file_digest(file, "sha256").hexdigest()
        # A file that changed just now may change again without a new time.
        if changed_ns < checked_ns - RACY_NS:
            self._hashes[path] = (size, changed_ns, made)
        return made
