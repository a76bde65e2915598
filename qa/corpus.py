"""From a question to a response: sync, search, read, decide. Nothing here prints."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from index.central import parts_about
from index.errors import QuestionError
from index.models.encoder import open_encoder
from index.models.find import find_model, slug
from index.question import Question
from index.report import OnProgress, SyncReport, nothing_readable
from index.scan import STDIN, Source, corpus_root, read_stdin
from index.search import Query, search
from index.spelling import spelt
from index.split import SETTINGS as SPLITTING
from index.store.open import open_store as open_local_store
from index.store.protocol import OpenStore, Store, View
from index.sync import sync
from index.types import Article, Encoder, Hit, Notify
from index.wording import SETTINGS as WORDING
from index.wording import words_encoded
from qa.folders import sample_article
from qa.reader.about import summary
from qa.reader.kinds import kind_of
from qa.reader.open import open_reader
from qa.scope import Patterns, Scope
from qa.settings import DEFAULT_PASSAGES, Settings
from qa.show.paths import roots_of, shown_id
from qa.timed import timed
from qa.types import Context, Reader, Response
from qa.web import absolute_path, addresses_in, opened_web, refreshed_web, snapshots_of

if TYPE_CHECKING:
    from index.web.articles import Refreshed

CONTEXT_WEIGHT = 0.5
"""Weight of the score for context and question together; the question alone gets the rest."""
DEFAULTS = Settings()


def _ignore(_: object) -> None:
    """Ignore a notification."""


def open_corpus(
    *paths: str | Path,
    settings: Settings = DEFAULTS,
    stdin: Source | None = None,
    notify: Notify = _ignore,
) -> Corpus:
    """Return a corpus of files, folders, web addresses or "-"; by default, the sample article.

    "-" is standard input. Addresses that have no snapshot yet are fetched.

    stdin: standard input, if it has been read already.
    notify: called with a sentence before slow steps and when a fallback is used.

    Raises: ArticleError when a path does not exist, ModelError, StoreError.
    """
    named = [str(path) for path in paths] or [str(sample_article())]
    root = corpus_root(named)  # fails before a model is loaded
    model = find_model(settings.model, download=settings.download, notify=notify)
    encoder = open_encoder(model, settings.models_path, device=settings.device, notify=notify)
    reader = open_reader(settings, notify=notify)
    return Corpus(
        named,
        root=root,
        stdin=stdin,
        encoder=encoder,
        reader=reader,
        settings=settings,
        notify=notify,
    )


class Corpus:
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
        open_store: OpenStore = open_local_store,
        notify: Notify = _ignore,
    ) -> None:
        """Open the store of `paths`; no article is read yet, but web pages are fetched.

        root: what `corpus_root` returns for the paths, if already known.
        stdin: standard input, if it has been read already.
        open_store: opens the store; by default, the one on this machine.
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
        stores = settings.stores_path
        if STDIN in paths:  # piped input is asked once and not stored
            temporary = tempfile.TemporaryDirectory(prefix="article-qa-")
            stores = Path(self._closing.enter_context(temporary))
        named = sorted(map(absolute_path, paths))
        about = {"paths": named, "encoding": settings.encoding or ""}
        flags = [name for name in ("linked", "whole_page") if getattr(settings, name)]
        made_of = [self.root, about, encoder.fingerprint, *flags]
        key = sha256(json.dumps(made_of).encode("utf-8", "replace"))
        self.folder = stores / f"{slug(Path(self.root).name)}-{key.hexdigest()[:16]}"
        try:
            self._store = open_store(
                self.folder,
                dimension=encoder.dimension,
                identity=f"{encoder.fingerprint}:{SPLITTING}:{WORDING}",
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
        self._closing.close()

    def sync(self, on_progress: OnProgress = _ignore) -> SyncReport:
        """Update the store from the files, and return what was done.

        Raises: ArticleError when no article can be read, ModelError, StoreError.
        """
        self.report = self._store.update(lambda store: self._sync(store, on_progress))
        if not self._store.read(lambda view: view.passage_count()):
            raise nothing_readable(self.report, shown_id)
        return self.report

    def search(
        self,
        question: str,
        k: int = DEFAULT_PASSAGES,
        *,
        context: str = "",
        only: Patterns = (),
        exclude: Patterns = (),
    ) -> list[Hit]:
        """Return the k best passages for a question, best first, without answers.

        Searches the store as the latest `sync` left it. context, only, exclude: see `ask`.

        Raises: QuestionError, ArticleError, StoreError.
        """
        asked, scope = _checked(question, k), Scope.of(only, exclude, roots_of(self.root))
        return self._store.read(
            lambda view: self._search(view, asked, k, context, _chosen(view, scope))
        )

    def ask(
        self,
        question: str,
        passages: int = DEFAULT_PASSAGES,
        on_progress: OnProgress = _ignore,
        *,
        context: str | Context = "",
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
        asked, scope = _checked(question, passages), Scope.of(only, exclude, roots_of(self.root))
        followed = Context(context) if isinstance(context, str) else context
        timings: dict[str, float] = {}
        with timed(timings, "total"):
            with timed(timings, "sync"):
                self.sync(on_progress)
            return self._store.read(
                lambda view: self._answer(view, asked, passages, timings, followed, scope)
            )

    def articles(self) -> dict[str, str]:
        """Return the titles of all articles by id, sorted by id, as of the latest `sync`.

        Raises: StoreError.
        """
        return self._store.read(lambda view: view.titles())

    def article(self, id: str) -> Article | None:
        """Return an article as of the latest `sync`, or None if there is none with this id.

        Raises: StoreError.
        """
        return self._store.read(lambda view: view.article(id) if view.hashes([id]) else None)

    def hashes(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of the files of articles by id; unknown ids are skipped.

        Raises: StoreError.
        """
        wanted = list(ids)
        return self._store.read(lambda view: view.hashes(wanted))

    def refresh(self) -> list[Refreshed]:
        """Fetch the web pages again, for the next `sync`; return what came of each.

        Raises: StoreError.
        """
        named = addresses_in(self.paths)
        return refreshed_web(self.web, named, self.settings) if self.web else []

    def size(self) -> tuple[int, int, int]:
        """Return the number of articles, the number of passages, and the size on disk in bytes."""
        size = self._store.read(lambda view: view.size())
        return size.articles, size.passages, size.bytes

    def _sync(self, store: Store, on_progress: OnProgress = _ignore) -> SyncReport:
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
            on_progress=on_progress,
        )

    def _search(
        self, view: View, question: Question, k: int, context: str, articles: Sequence[str] | None
    ) -> list[Hit]:
        also = [Query(Question(f"{context} {question.text}"), CONTEXT_WEIGHT)] if context else []
        return search(view, self.encoder, question, k, also=also, articles=articles)

    def _answer(
        self,
        view: View,
        asked: Question,
        passages: int,
        timings: dict[str, float],
        context: Context,
        scope: Scope,
    ) -> Response:
        with timed(timings, "search"):
            wanted = max(passages, self.reader.passages_to_read)
            articles = _chosen(view, scope)
            question, used, unknown = spelt(view, self.encoder, asked, articles)
            kind, parts = kind_of(question), []
            if kind == "about":
                parts = parts_about(view, self.encoder, question, unknown, articles)
            hits = [] if parts else self._search(view, question, wanted, context.text, articles)
        with timed(timings, "read"):
            if parts:
                reading = summary(parts, self.encoder, self.settings.min_confidence)
            else:
                reading = self.reader.read(question, hits, context if context.text else None)
            words_read = reading.words_read or words_encoded(self.encoder, question)
        if words_read is not None:
            self.notify(
                f"Only part of the question was read: it is longer than {words_read:,} words"
            )
        return Response(
            question=asked.text,
            outcome=reading.outcome,
            answers=reading.answers,
            hits=reading.shown(passages),
            confidence=reading.confidence,
            unknown_words=tuple(unknown),
            timings_ms=timings,
            context=context.text,
            closest=reading.closest,
            kind=kind,
            corrections=used,
            snapshots=snapshots_of(self.web, (hit.passage.article for hit in reading.hits)),
        )


def _chosen(view: View, scope: Scope) -> list[str] | None:
    """Return the ids of the articles to ask, or None for all. Raises: ArticleError."""
    return scope.chosen(list(view.titles())) if scope else None


def _checked(question: str, passages: int) -> Question:
    if passages < 1:
        raise QuestionError(f"Cannot show {passages} passages.", "Ask for at least one.")
    return Question.parse(question)
