"""What changed in web pages that were fetched again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.report import OnProgress
from index.web.articles import Refreshed
from index.web.snapshots import time_in_words
from qa.show.text import counted
from qa.web import addresses_in, refreshed_web

if TYPE_CHECKING:
    from qa.corpus import Corpus

_LINE_END = re.compile(r"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Change:
    """What came of fetching a page again."""

    address: str
    before: str | None
    """When it was fetched before: ISO 8601, UTC; None if it was not."""
    is_changed: bool
    """Whether the server sent other content."""
    lines_added: int
    """Of the page's text."""
    lines_removed: int
    problem: str
    """Why it could not be fetched; then the earlier content is kept."""

    @property
    def in_words(self) -> str:
        """A line for the user."""
        since = f" since {time_in_words(self.before)}" if self.before else ""
        if self.problem:
            kept = f"; keeping the copy of {time_in_words(self.before)}"
            return f"{self.address}: {self.problem}{kept if self.before else ''}"
        if self.before is None:
            return f"{self.address}: fetched for the first time"
        if not self.is_changed:
            return f"{self.address}: unchanged{since}"
        if not (self.lines_added or self.lines_removed):
            return f"{self.address}: changed{since}, but not in its text"
        return (
            f"{self.address}: changed{since}, "
            f"{counted(self.lines_added, 'line')} of text added, {self.lines_removed:,} removed"
        )


def refreshed(corpus: Corpus) -> list[Refreshed]:
    """Fetch the web pages of a corpus that was just opened; those fetched just now only once.

    Raises: StoreError.
    """
    if corpus.web is None:
        return []
    new = [snapshot.about.address for snapshot in corpus.web.fetched]
    first = [Refreshed(address, None, is_changed=True) for address in new]
    named = addresses_in(corpus.paths)
    return [*first, *refreshed_web(corpus.web, named, corpus.settings, but=new)]


def fetched_again(corpus: Corpus, on_progress: OnProgress) -> list[Change]:
    """Fetch the web pages of a corpus again and index them; return what changed in each.

    Raises: ArticleError, ModelError, StoreError.
    """
    before = texts_of_pages(corpus)
    results = corpus.refresh()
    corpus.sync(on_progress)
    return [change_of(one, before, corpus) for one in results]


def texts_of_pages(corpus: Corpus) -> dict[str, str]:
    """Return the texts of a corpus's web pages as they are stored, by address."""
    articles = map(corpus.article, addresses_in(corpus.paths))
    return {article.id: article.text for article in articles if article}


def change_of(refreshed: Refreshed, before: Mapping[str, str], corpus: Corpus) -> Change:
    """Return what changed in a page. before: the texts by address, before it was fetched again."""
    now = corpus.article(refreshed.address)
    old = _lines(before.get(refreshed.address, ""))
    new = _lines(now.text if now else "")
    return Change(
        refreshed.address,
        refreshed.before,
        refreshed.is_changed,
        (new - old).total(),
        (old - new).total(),
        refreshed.problem,
    )


def _lines(text: str) -> Counter[str]:
    """Return how often each line occurs: where a line is moved, nothing is added or removed."""
    return Counter(line for line in _LINE_END.split(text) if line.strip())
