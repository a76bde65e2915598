"""A set of articles: keeps its store in step with the files, and asks it. Nothing here prints."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Sequence, Set
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.engines.address import EngineAddress
from index.engines.open import opener_of
from index.report import OnProgress, SyncReport, nothing_readable
from index.scan import STDIN, Source, corpus_root, read_stdin
from index.store.protocol import KnownVectors, OpenStore, Store
from index.sync import sync
from index.types import Article, Encoder, Hit, Notify
from index.watching import Watch
from qa.asking import NO_CONTEXT, Answering, Asked
from qa.cited import CitedFiles, cited
from qa.identity import store_identity, store_name
from qa.scope import Patterns, Scope
from qa.settings import DEFAULT_PASSAGES, Settings
from qa.show.paths import roots_of, shown_id
from qa.stored import StoredArticles
from qa.timed import timed
from qa.types import Context, Reader, Response
from qa.web import absolute_path, addresses_in, opened_web, refreshed_web, snapshots_of

if TYPE_CHECKING:
    from index.web.articles import Refreshed

DEFAULTS = Settings()


def _ignore(_: object) -> None:
    """Ignore a notification."""


class Corpus(StoredArticles):
    """A set of articles that can be asked. Close it, or use it in a `with`."""

    def __init__(
        self,
        paths: Sequence[str],
        *,
        encoder: Encoder,
        reader: Reader,
        settings: Settings = DEFAULTS,
        root: str = "",
        stdin: Source | None = None,
        open_store: OpenStore | None = None,
        notify: Notify = _ignore,
    ) -> None:
        """Open the store of `paths`; no article is read yet, but web pages are fetched.

        root: what `corpus_root` returns for the paths, if already known.
        stdin: standard input, if it has been read already.
        open_store: opens the store; by default, where the settings say.
        notify: called with a sentence when the store has to be rebuilt, and when only a part of a
            question is read.

        Raises: ArticleError when a path does not exist or nothing is fetched, StoreError.
        """
        self.paths = tuple(paths)
        self.encoder = encoder
        self.reader = reader
        self.report = SyncReport()
        """What the latest sync did."""
        self.settings = settings
        self.notify = notify
        self.open_store = open_store
        self.stdin = (stdin or read_stdin()) if STDIN in paths else None
        self._closing = ExitStack()
        self.root = root or corpus_root(paths)
        """The folder that article ids are relative to."""
        self.web = opened_web(paths, settings, notify)
        """Its web pages; None if it has none."""
        self._cited_files = CitedFiles(self.web, settings, notify)
        self._watch: Watch | None = None
        stores = settings.stores
        if STDIN in paths:  # piped input is asked once, and neither stored nor sent to a server
            temporary = tempfile.TemporaryDirectory(prefix="article-qa-")
            stores = Path(self._closing.enter_context(temporary))
        named = sorted(map(absolute_path, paths))
        name = store_name(self.root, named, encoder, settings)
        self.folder = Path(name) if isinstance(stores, EngineAddress) else stores / name
        """Of the store. On a server, only its name counts."""
        try:
            self._store = (open_store or opener_of(stores))(
                self.folder,
                dimension=encoder.dimension,
                identity=store_identity(encoder),
                about={"paths": json.dumps(named), "model": encoder.name},
                fill=self._sync,
                notify=notify,
            )
        except BaseException:
            self._closing.close()
            raise

    def __enter__(self) -> Corpus:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store. A closed corpus can no longer be asked."""
        self._store.close()
        if self._watch:
            self._watch.close()
        self._closing.close()

    def sync(
        self, on_progress: OnProgress = _ignore, known: KnownVectors | None = None
    ) -> SyncReport:
        """Update the store from the files, and return what was done.

        known: vectors that need not be encoded, such as those of `vectors_in`.

        Raises: ArticleError when no article can be read, ModelError, StoreError.
        """
        if self._watch:
            self._watch.begin_scan()
        self.report = self._store.update(lambda store: self._sync(store, on_progress, known))
        if self._watch:
            self._watch.end_scan(self.report.folders, self.report.found)
        if self.is_empty():
            raise nothing_readable(self.report, shown_id)
        return self.report

    def watch(self) -> None:
        """From the next `sync` on, have the system tell `catch_up` whether files have changed.

        For a corpus that is asked again and again. Only a large one is watched.
        """
        self._watch = self._watch or Watch()

    def catch_up(self, on_progress: OnProgress = _ignore) -> SyncReport:
        """Do what `sync` does, unless the system says that no file has changed since the last one.

        Raises: as `sync`.
        """
        # Other processes may fetch web pages again, without a change in these folders.
        if self._watch and not self.web and self._watch.is_unchanged() and not self.is_empty():
            return self.report
        return self.sync(on_progress)

    def seconds_until_scan(self) -> float | None:
        """Return when to call `sync` for what the system does not notify; None if never."""
        return self._watch.seconds_until_scan() if self._watch else None

    def search(
        self,
        question: str,
        k: int = DEFAULT_PASSAGES,
        *,
        context: str = "",
        only: Patterns = (),
        exclude: Patterns = (),
        outdated: Set[str] = frozenset(),
    ) -> list[Hit]:
        """Return the k best passages for a question, best first, without answers.

        Searches the store as the latest `sync` left it. For the arguments, see `ask_indexed`.

        Raises: QuestionError, ArticleError, StoreError.
        """
        asked = Asked.of(question, k, self._scope(only, exclude), context)
        return self._store.read(lambda view: self._answering.hits(view, asked, outdated))

    def ask(
        self,
        question: str,
        passages: int = DEFAULT_PASSAGES,
        on_progress: OnProgress = _ignore,
        *,
        context: str | Context = NO_CONTEXT,
        only: Patterns = (),
        exclude: Patterns = (),
    ) -> Response:
        """Return the answer to a question from the articles as they are now.

        passages: how many to return, at least 1; the answer does not depend on it.
        context: earlier questions and answers, searched together with a follow-up; see
            `Conversation`.
        only: patterns of ids of the articles to ask, such as "2024/*.md"; empty for all. They may
            begin with the path of the corpus, as in the citations that are shown.
        exclude: patterns of ids of the articles not to ask, even if they match `only`.

        Raises: QuestionError, ArticleError, ModelError, StoreError.
        """
        asked = Asked.of(question, passages, self._scope(only, exclude), context)
        timings: dict[str, float] = {}
        with timed(timings, "total"):
            with timed(timings, "sync"):
                self.catch_up(on_progress)
            return self._answer(asked, timings, lambda: self.sync(on_progress))

    def ask_indexed(
        self,
        question: str,
        passages: int = DEFAULT_PASSAGES,
        index_again: Callable[[], object] | None = None,
        *,
        context: str | Context = "",
        only: Patterns = (),
        exclude: Patterns = (),
        outdated: Set[str] = frozenset(),
    ) -> Response:
        """Return the answer from what is indexed: after a `sync`, or from `on_progress` during one.

        index_again: called to index a file that has changed since, if the answer is from it.
            Without it, as during a sync, its article is not asked.
        outdated: ids of articles that are not asked; during a sync, `Progress.outdated`.
        For the others, see `ask`.

        Raises: NothingToAsk if all articles that are asked have changed, and as `ask`.
        """
        asked = Asked.of(question, passages, self._scope(only, exclude), context)
        timings: dict[str, float] = {}
        with timed(timings, "total"):
            return self._answer(asked, timings, index_again, outdated)

    def refresh(self) -> list[Refreshed]:
        """Fetch the web pages again, for the next `sync`; return what came of each.

        Raises: StoreError.
        """
        named = addresses_in(self.paths)
        return refreshed_web(self.web, named, self.settings) if self.web else []

    def changed(self, articles: Iterable[Article]) -> frozenset[str]:
        """Return the ids of the articles whose files are not as they were indexed."""
        return self._cited_files.changed(articles)

    def _answer(
        self,
        asked: Asked,
        timings: dict[str, float],
        index_again: Callable[[], object] | None,
        outdated: Set[str] = frozenset(),
    ) -> Response:
        """Return an answer that is not from a file that has changed. Raises: ArticleError."""

        def ask(outdated: Set[str]) -> Response:
            return self._store.read(
                lambda view: self._answering.response(view, asked, outdated, timings)
            )

        response = self._cited_files.current_response(ask, index_again, outdated)
        web = snapshots_of(self.web, cited(response).values())
        return replace(response, snapshots=web)

    @property
    def _answering(self) -> Answering:
        return Answering(self.encoder, self.reader, self.settings.min_confidence, self.notify)

    def _scope(self, only: Patterns, exclude: Patterns) -> Scope:
        return Scope.of(only, exclude, roots_of(self.root))

    def _sync(
        self,
        store: Store,
        on_progress: OnProgress = _ignore,
        known: KnownVectors | None = None,
    ) -> SyncReport:
        return sync(
            store,
            self.encoder,
            (*self.paths, *(self.web.linked if self.web else ())),
            root=self.root,
            max_bytes=self.settings.max_bytes,
            encoding=self.settings.encoding,
            whole_page=self.settings.whole_page,
            stdin=self.stdin,
            web=self.web,
            known=known,
            on_progress=on_progress,
        )
