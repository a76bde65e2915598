"""The thread that opens the corpus and does one thing after another with it, beside the app."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from copy import copy

from textual.message import Message

from index.errors import QAError
from index.models.find import Notify
from index.sync import Progress
from index.types import Article
from qa.chat.messages import (
    Answered,
    Checked,
    Citation,
    Failed,
    Indexing,
    Listed,
    Noted,
    Opened,
    Ready,
    Troubled,
)
from qa.conversation import Conversation
from qa.corpus import Corpus, Only
from qa.show.response import PassageJson, ResponseJson, to_json

OpenCorpus = Callable[[Notify], Corpus]
Post = Callable[[Message], object]
Job = Callable[[Corpus], None]


class _Stopped(Exception):
    """The app is closing; what was indexed so far is kept."""


class _Cancelled(Exception):
    """The question at hand is not wanted any more."""


class AskingThread:
    """Owns the corpus. Everything it has to say, it posts; it touches no widget.

    A daemon, since nothing can interrupt a model that is loading: leaving the app does not wait.
    """

    def __init__(self, open_corpus: OpenCorpus, passages: int, post: Post) -> None:
        """passages: how many to show for a question. post: may be called from any thread."""
        self._open_corpus = open_corpus
        self._passages = passages
        self._post = post
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._cancelled: set[int] = set()
        self._asking: int | None = None
        self._began = 0.0
        self._conversation: Conversation | None = None
        self._cited: dict[str, str] = {}
        """Articles whose quotes are shown, with the SHA-256 of the file they stand in."""
        self._thread = threading.Thread(target=self._run, name="asking", daemon=True)

    def start(self) -> None:
        """Begin to open the corpus."""
        self._thread.start()

    def ask(self, turn: int, question: str, *, only: Only = (), alone: bool = False) -> None:
        """Ask a question once the corpus is open and the ones before are answered."""
        self._jobs.put(lambda corpus: self._answer(corpus, turn, question, only, alone))

    def cancel(self, turn: int) -> None:
        """Do not ask a question that waits; break off one that is being asked."""
        self._cancelled.add(turn)

    def begin(self, earlier: Sequence[ResponseJson] = ()) -> None:
        """Begin a new conversation, or go on from these responses."""
        self._jobs.put(lambda corpus: self._begin(corpus, earlier))

    def open_article(self, id: str, citation: Citation | None = None) -> None:
        """Have an article posted."""
        self._jobs.put(lambda corpus: self._tell(Opened(citation, id, corpus.article(id))))

    def list_articles(self) -> None:
        """Have the list of articles posted."""
        self._jobs.put(
            lambda corpus: self._tell(Listed(corpus.articles(), tuple(corpus.report.skipped)))
        )

    def check(self, quotes: Sequence[tuple[Citation, PassageJson]]) -> None:
        """Have it posted which of the quotes do not stand any more."""
        self._jobs.put(lambda corpus: self._check(corpus, quotes))

    def stop(self, seconds: float) -> bool:
        """End after the step at hand; wait for that no longer than `seconds`.

        Tell whether it is over.
        """
        self._stopping.set()
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with self._open_corpus(lambda text: self._tell(Noted(text))) as corpus:
                self._attempt(self._sync, corpus)
                while (job := self._jobs.get()) is not None:
                    self._attempt(job, corpus)
        except _Stopped:
            return
        except QAError as error:
            self._post(Failed(None, error.message, error.hint))
        # A thread that dies without a word would leave every question waiting for ever.
        except Exception as error:  # noqa: BLE001
            self._post(Failed(None, f"This should not happen: {error!r}", "Please report it."))

    def _attempt(self, job: Job, corpus: Corpus) -> None:
        try:
            job(corpus)
        except QAError as error:  # files may come or be mended: asking tries again
            self._tell(Troubled(f"{error.message} {error.hint}".strip()))

    def _sync(self, corpus: Corpus) -> None:
        self._began = time.monotonic()
        corpus.sync(self._on_progress)
        self._tell_ready(corpus)

    def _tell_ready(self, corpus: Corpus) -> None:
        """Tell what the corpus holds, and what it holds otherwise than when it was cited.

        Whoever changed the store: this question, one that was broken off, or another process.
        """
        articles, passages, _ = corpus.size()
        now = corpus.hashes(self._cited)
        changed = frozenset(id for id, sha256 in self._cited.items() if now.get(id) != sha256)
        self._cited = {id: sha256 for id, sha256 in self._cited.items() if id not in changed}
        self._tell(Ready(articles, passages, len(corpus.report.skipped), changed))

    def _begin(self, corpus: Corpus, earlier: Sequence[ResponseJson]) -> None:
        self._conversation = Conversation(corpus)
        for row in earlier:
            answer = row["answers"][0]["text"] if row["answers"] else ""
            self._conversation.remember(row["question"], answer, leaned=bool(row["context"]))

    def _answer(self, corpus: Corpus, turn: int, question: str, only: Only, alone: bool) -> None:
        if turn in self._cancelled:
            return
        self._asking, self._began = turn, time.monotonic()
        before = self._conversation or Conversation(corpus)
        self._conversation = copy(before)
        try:
            response = self._conversation.ask(
                question, self._passages, self._on_progress, only=only, alone=alone
            )
            self._tell_ready(corpus)
        except _Cancelled:
            self._tell_ready(corpus)
            return
        except QAError as error:
            self._conversation = before
            self._tell(Failed(turn, error.message, error.hint))
            self._tell_ready(corpus)  # what was read before it went wrong
            return
        finally:
            self._asking = None
        if turn in self._cancelled:  # nothing leans on what nobody saw
            self._conversation = before
            return
        articles = {hit.passage.article.id: hit.passage.article for hit in response.hits}
        self._cited.update({id: article.sha256 for id, article in articles.items()})
        self._tell(Answered(turn, to_json(response), articles))

    def _check(self, corpus: Corpus, quotes: Sequence[tuple[Citation, PassageJson]]) -> None:
        articles: dict[str, Article | None] = {}
        gone = set()
        for citation, passage in quotes:
            cited = passage["citation"]
            id = cited["article"]
            if id not in articles:
                articles[id] = corpus.article(id)
            article = articles[id]
            if article is None or not stands(article, passage):
                gone.add(citation)
            else:
                self._cited[id] = article.sha256
        self._tell(Checked(frozenset(gone)))

    def _on_progress(self, progress: Progress) -> None:
        if self._asking in self._cancelled:
            raise _Cancelled
        elapsed, done = time.monotonic() - self._began, progress.fraction
        left = elapsed * (1 - done) / done if done > 0.02 else None
        self._tell(Indexing(progress, left))

    def _tell(self, message: Message) -> None:
        if self._stopping.is_set():
            raise _Stopped
        self._post(message)


def stands(article: Article, passage: PassageJson) -> bool:
    """Tell whether a quote stands in an article, as it is now, where it was cited."""
    cited = passage["citation"]
    return article.text[cited["start"] : cited["end"]] == passage["text"]
