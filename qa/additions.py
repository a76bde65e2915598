"""Articles that are added to a corpus that is open."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.report import EXPECTED, OnProgress
from index.scan import STDIN, Skip
from index.web.addresses import is_address
from index.web.articles import Fetch, NoSnapshot, WebArticles
from index.web.snapshots import Snapshot, time_in_words
from qa.show.paths import shown_path
from qa.show.text import counted
from qa.web import absolute_path, addresses_in, opened_web

if TYPE_CHECKING:
    from qa.corpus import Corpus

MAX_NAMED = 3
"""Skipped files that are named; any others are counted."""


@dataclass(frozen=True, slots=True)
class Addition:
    """A corpus with more articles."""

    corpus: Corpus
    """Has the earlier paths and the new ones; the earlier corpus is still open."""
    ids: tuple[str, ...]
    """Of the articles that were added."""
    said: tuple[str, ...]
    """What was fetched and added: lines for the user."""


def addition_to(
    corpus: Corpus, paths: Sequence[str], *, on_progress: OnProgress, fetch: Fetch
) -> Addition:
    """Add files, folders and web addresses to a corpus; no model is loaded again.

    fetch: how the addresses are fetched that have no snapshot yet.

    Raises: ArticleError if no article is added: nothing has changed then. ModelError, StoreError.
    """
    named = list(dict.fromkeys(map(_normal, paths)))
    web = opened_web([*filter(is_address, named)], corpus.settings, corpus.notify, fetch)
    missing = _not_fetched(web, named) if web else {}
    new = [path for path in named if path not in missing]
    known = {_path_of(corpus, id) for id in corpus.articles()}
    larger = _with_paths(corpus, new)
    try:
        larger.sync(on_progress)
        linked = larger.web.linked if larger.web else ()
        found = [id for id in larger.articles() if _is_below(_path_of(larger, id), [*new, *linked])]
        added = [id for id in found if _path_of(larger, id) not in known]
        if not added:
            raise _nothing_added(larger, new, is_known=bool(found))
        fetched = _fetched(web.fetched if web else (), missing)
        said = [*fetched, *_kept(larger, web, added), *_added(larger, new, added)]
        return Addition(larger, tuple(added), tuple(said))
    except BaseException:
        larger.close()
        raise


def fetched_when_opened(corpus: Corpus) -> list[str]:
    """Return what was fetched, and could not be, for a corpus that was just opened."""
    if corpus.web is None:
        return []
    return [*_fetched(corpus.web.fetched, _not_fetched(corpus.web, corpus.paths))]


def _not_fetched(web: WebArticles, paths: Sequence[str]) -> dict[str, str]:
    """Return why addresses were not fetched, by address."""
    problems = {}
    for address in addresses_in(paths):
        try:
            web.find(address)
        except NoSnapshot as error:
            problems[address] = str(error)
    return problems


def _with_paths(corpus: Corpus, paths: Sequence[str]) -> Corpus:
    from qa.corpus import Corpus

    return Corpus(
        list(dict.fromkeys([*map(absolute_path, corpus.paths), *paths])),
        encoder=corpus.encoder,
        reader=corpus.reader,
        settings=corpus.settings,
        stdin=corpus.stdin,
        open_store=corpus.open_store,
        notify=corpus.notify,
    )


def _normal(path: str) -> str:
    """Return a path as that of its articles begins: absolute, and without ".."."""
    absolute = absolute_path(path)
    return absolute if is_address(absolute) else os.path.normpath(absolute)


def _path_of(corpus: Corpus, id: str) -> str:
    return id if is_address(id) or id == STDIN else os.path.join(corpus.root, id.rstrip("/"))


def _is_below(path: str, folders: Sequence[str]) -> bool:
    """Return whether a path is one of those given, or in one of them."""
    return any(path == folder or path.startswith(os.path.join(folder, "")) for folder in folders)


def _skipped_below(corpus: Corpus, paths: Sequence[str]) -> list[Skip]:
    return [skip for skip in corpus.report.skipped if _is_below(_path_of(corpus, skip.id), paths)]


def _nothing_added(corpus: Corpus, new: Sequence[str], *, is_known: bool) -> ArticleError:
    named = ", ".join(map(shown_path, new))
    if is_known:
        return ArticleError(f"Already among the articles: {named}")
    skipped = _skipped_below(corpus, new)
    reasons = "; ".join(_reasons(corpus, skipped))
    return ArticleError(f"Nothing to read in {named}{': ' if reasons else '.'}{reasons}")


def _reasons(corpus: Corpus, skipped: Sequence[Skip]) -> Iterator[str]:
    """Yield why files were skipped; those after the first ones are counted."""
    for skip in skipped[:MAX_NAMED]:
        detail = f" ({skip.detail})" if skip.detail else ""
        yield f"{shown_path(_path_of(corpus, skip.id))}: {skip.reason}{detail}"
    if len(skipped) > MAX_NAMED:
        yield f"and {len(skipped) - MAX_NAMED:,} more"


def _fetched(fetched: Sequence[Snapshot], missing: Mapping[str, str]) -> Iterator[str]:
    """Yield what was fetched, and what could not be fetched."""
    for about in (snapshot.about for snapshot in fetched):
        size = f"{max(1, round(about.size / 1e3)):,} kB"
        yield f"Fetched {about.address}: {size}, {about.media_type}"
    for address, problem in missing.items():
        yield f"Cannot fetch {address}: {problem}"


def _kept(corpus: Corpus, web: WebArticles | None, added: Sequence[str]) -> Iterator[str]:
    """Yield what had been fetched before."""
    new = {snapshot.about.address for snapshot in web.fetched} if web else set()
    for id in filter(is_address, added):
        if corpus.web and id not in new:
            time = time_in_words(corpus.web.find(id).about.fetched)
            yield f"Using the page fetched on {time}: {id}"


def _added(corpus: Corpus, new: Sequence[str], added: Sequence[str]) -> Iterator[str]:
    """Yield what was added, with notes on what could not be read."""
    titles = corpus.articles()
    for path in new:
        ids = [id for id in added if _is_below(_path_of(corpus, id), [path])]
        if len(ids) == 1:
            yield f"Added: {titles[ids[0]]} · {shown_path(_path_of(corpus, ids[0]))}"
        elif ids:
            yield f"Added: {counted(len(ids), 'article')} in {shown_path(path)}"
    for id in added:
        if note := corpus.report.notes.get(id):
            yield f"{shown_path(_path_of(corpus, id))}: {note}"
    skipped = [skip for skip in _skipped_below(corpus, new) if skip.reason not in EXPECTED]
    if skipped:
        yield f"Skipped: {'; '.join(_reasons(corpus, skipped))}"
