"""One conversation with one corpus, in its own thread. Every surface talks to a session.

The methods of `Session` return at once. Their results arrive as events (`qa.events`). Requests are
served one after another, and each one ends in exactly one of the events in the last column:

    start           Notice, Indexing ...     Ready, RequestFailed or Failed
    ask             Indexing ..., Ready      Answered, Failed or Cancelled
    add             Notice, Indexing ...     Added, Failed or Cancelled
    fetch_again     Notice, Indexing ...     FetchedAgain, Failed or Cancelled
    open_article                             Opened or RequestFailed
    list_articles                            Listed or RequestFailed
    check                                    QuotesChecked or RequestFailed

`start` ends in Ready if questions can be answered, in RequestFailed if no article can be read or
the store cannot be used now (each question tries again), and in Failed, without a turn, if the
corpus cannot be opened. `begin` has no event.

During a question, Ready comes once, before its end, even if the question fails or is cancelled
while articles are being indexed. It is missing only if the question is cancelled while it waits for
its turn, or if the store cannot be read. The same holds for `add` and `fetch_again`.

An unexpected error is reported as a Failed without a turn. It ends the current request. From then
on, every question ends in Failed, and every other request, `begin` included, in RequestFailed.
After `stop`, no more events follow, not even the end of a request.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from functools import partial

from index.errors import ArticleError, QAError
from index.types import Notify
from qa.additions import addition_to
from qa.answers.wire import PassageJson, ResponseJson, to_wire
from qa.changes import fetched_again
from qa.conversation import Conversation
from qa.corpus import DEFAULT_PASSAGES, Corpus
from qa.events import (
    Added,
    Answered,
    Cancelled,
    CitationKey,
    Event,
    Failed,
    FetchedAgain,
    Listed,
    Notice,
    Opened,
    QuotesChecked,
    Ready,
    RequestFailed,
)
from qa.quotes import cited_article, gone_quotes
from qa.scope import ALL, Scope
from qa.tasks import Question, Task, TaskCancelled
from qa.types import Response

OpenCorpus = Callable[[Notify], Corpus]


class _Stopped(Exception):
    """The session is being stopped; what was indexed so far is kept."""


@dataclass(frozen=True, slots=True)
class _Request:
    run: Callable[[Corpus], None]
    turn: int | None = None
    """Number of the task; None for requests that cannot be cancelled."""


class Session:
    """Owns a corpus and the conversation about it. All methods may be called from any thread."""

    def __init__(self, open_corpus: OpenCorpus, on_event: Callable[[Event], object]) -> None:
        """Create the session; `start` opens the corpus.

        open_corpus: called in the session's thread.
        on_event: called in the session's thread, so it should only pass the event on.
        """
        self._open_corpus = open_corpus
        self._on_event = on_event
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._tasks: dict[int, Task] = {}
        """Those that have not ended, by number."""
        self._corpus: Corpus | None = None
        self._conversation: Conversation | None = None
        self._cited: dict[str, str] = {}
        """SHA-256 of the files of the articles quoted so far, by article id."""
        self._stopping = threading.Event()
        # A daemon: a model that is loading cannot be interrupted, and must not delay the exit.
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)

    def start(self) -> None:
        """Open the corpus and index its articles."""
        self._thread.start()

    def ask(
        self,
        turn: int,
        question: str,
        *,
        passages: int = DEFAULT_PASSAGES,
        scope: Scope = ALL,
        alone: bool = False,
    ) -> None:
        """Ask a question once the corpus is open and the earlier questions are answered.

        turn: the caller's number for the question, not used before; the event that ends it carries
            it. scope: the articles to ask. For the others, see `Conversation.ask`.
        """
        asked = Question(turn, text=question, passages=passages, scope=scope, alone=alone)
        self._put(asked, partial(self._answer, asked))

    def add(self, turn: int, paths: Sequence[str]) -> None:
        """Add files, folders and web addresses to what is asked. turn: as in `ask`."""
        task = Task(turn)
        self._put(task, partial(self._perform, task, partial(self._added, task, paths)))

    def fetch_again(self, turn: int) -> None:
        """Fetch the web pages again. turn: as in `ask`."""
        task = Task(turn)
        self._put(task, partial(self._perform, task, partial(self._fetched_again, task)))

    def cancel(self, turn: int) -> None:
        """Cancel a task that is waiting or running. Does nothing if it has ended.

        The Cancelled arrives when the session gets to it, not at once.
        """
        if task := self._tasks.get(turn):
            task.cancelled.set()

    def begin(self, earlier: Sequence[ResponseJson] = ()) -> None:
        """Begin a new conversation, or continue the one that these responses are from."""
        self._request(partial(self._begin, earlier))

    def open_article(self, id: str, citation: CitationKey | None = None, path: str = "") -> None:
        """Request an article. citation: the passage it is opened for, which the event carries.

        path: as it was cited, in case its id has changed; see `cited_article`.
        """
        self._request(
            lambda corpus: self._post(Opened(id, cited_article(corpus, id, path or id), citation))
        )

    def list_articles(self) -> None:
        """Request the list of articles."""
        self._request(
            lambda corpus: self._post(Listed(corpus.articles(), tuple(corpus.report.skipped)))
        )

    def check(self, quotes: Sequence[tuple[CitationKey, PassageJson]]) -> None:
        """Request a check of which quotes have changed or are gone from the articles."""
        self._request(partial(self._check, quotes))

    def stop(self, seconds: float) -> bool:
        """Stop after the current step, and wait for that for at most `seconds`.

        No more events follow. Return whether the thread has ended.
        """
        self._stopping.set()
        self._requests.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _put(self, task: Task, run: Callable[[Corpus], None]) -> None:
        self._tasks[task.turn] = task
        self._requests.put(_Request(run, task.turn))

    def _request(self, run: Callable[[Corpus], None]) -> None:
        self._requests.put(_Request(run))

    def _run(self) -> None:
        request: _Request | None = None
        try:
            self._corpus = self._open_corpus(lambda text: self._post(Notice(text)))
            try:
                self._conversation = Conversation(self._corpus)
                self._attempt(self._sync, self._corpus)
                while (request := self._requests.get()) is not None:
                    self._attempt(request.run, self._corpus)
            finally:
                self._corpus.close()
            return
        except _Stopped:
            return
        except QAError as error:
            failure = Failed(None, error.message, error.hint)
        # If the thread died silently, every question would wait forever.
        except Exception as error:  # noqa: BLE001
            failure = Failed(None, f"Unexpected error: {error!r}", "Please report it.")
        with suppress(_Stopped):
            self._refuse(failure, request)

    def _refuse(self, failure: Failed, request: _Request | None) -> None:
        """Report a failure, and fail the current request and all that follow."""
        self._post(failure)
        request = request or self._requests.get()
        while request is not None:
            if request.turn is None:
                self._post(RequestFailed(failure.message, failure.hint))
            else:
                self._end(Failed(request.turn, failure.message, failure.hint))
            request = self._requests.get()

    def _attempt(self, run: Callable[[Corpus], None], corpus: Corpus) -> None:
        try:
            run(corpus)
        except QAError as error:  # the next question tries again: files may have been repaired
            self._post(RequestFailed(error.message, error.hint))

    def _sync(self, corpus: Corpus) -> None:
        corpus.sync(Task(0).reports(self._post))
        self._report_ready(corpus)

    def _report_ready(self, corpus: Corpus) -> None:
        """Report what the corpus holds, and which cited articles have changed.

        The change may have been found by this question, by an earlier one that was cancelled, or
        by another process.
        """
        articles, passages, _ = corpus.size()
        now = corpus.hashes(self._cited)
        changed = frozenset(id for id, sha256 in self._cited.items() if now.get(id) != sha256)
        self._cited = {id: sha256 for id, sha256 in self._cited.items() if id not in changed}
        self._post(Ready(articles, passages, len(corpus.report.skipped), changed))

    def _begin(self, earlier: Sequence[ResponseJson], corpus: Corpus) -> None:
        self._conversation = Conversation(corpus)
        for response in earlier:
            words, place = response.first_quoted
            follows = bool(response.context)
            self._conversation.remember(response.searched, words, place, follow_up=follows)

    def _perform(
        self, task: Task, work: Callable[[Corpus], Added | FetchedAgain], corpus: Corpus
    ) -> None:
        """Do what the user asked for, and report its end."""
        ended: Added | FetchedAgain | Failed | Cancelled = Cancelled(task.turn)
        if not task.cancelled.is_set():
            try:
                ended = work(corpus)
            except TaskCancelled:
                pass
            except QAError as error:
                ended = Failed(task.turn, error.message, error.hint)
            with suppress(QAError):  # the store; the next question reports its own error
                self._report_ready(self._corpus or corpus)
        self._end(ended)

    def _added(self, task: Task, paths: Sequence[str], corpus: Corpus) -> Added:
        addition = addition_to(
            corpus,
            paths,
            on_progress=task.reports(self._post),
            fetch=task.fetcher(self._stopping.is_set),
        )
        self._corpus = addition.corpus
        corpus.close()
        if self._conversation:
            self._conversation.corpus = self._corpus
        is_same_root = corpus.root == self._corpus.root
        if not is_same_root:
            self._cited.clear()
        return Added(
            task.turn, addition.said, addition.ids, tuple(self._corpus.paths), is_same_root
        )

    def _fetched_again(self, task: Task, corpus: Corpus) -> FetchedAgain:
        if corpus.web is None:
            raise ArticleError("None of the articles is a web page.")
        corpus.web.fetch = task.fetcher(self._stopping.is_set)
        return FetchedAgain(task.turn, tuple(fetched_again(corpus, task.reports(self._post))))

    def _answer(self, asked: Question, corpus: Corpus) -> None:
        if asked.cancelled.is_set():
            self._end(Cancelled(asked.turn))
            return
        # A follow-up must not refer to a question whose answer was not shown.
        conversation = copy(self._conversation or Conversation(corpus))
        try:
            response = self._response(asked, conversation, corpus)
        except QAError as error:
            with suppress(QAError):  # the store; the question reports its own error
                self._report_ready(corpus)  # some articles may have been indexed
            self._end(Failed(asked.turn, error.message, error.hint))
            return
        if response is None or asked.cancelled.is_set():
            self._end(Cancelled(asked.turn))
            return
        self._conversation = conversation
        articles = {hit.passage.article.id: hit.passage.article for hit in response.hits}
        self._cited.update({id: article.sha256 for id, article in articles.items()})
        self._end(Answered(asked.turn, to_wire(response), articles))

    def _response(
        self, asked: Question, conversation: Conversation, corpus: Corpus
    ) -> Response | None:
        """Return the response to a question; None if it was cancelled during indexing."""
        on_progress = asked.reports(self._post)
        response = None
        with suppress(TaskCancelled):
            response = conversation.ask(
                asked.text,
                asked.passages,
                on_progress,
                only=asked.scope.only,
                exclude=asked.scope.exclude,
                alone=asked.alone,
            )
        self._report_ready(corpus)
        return response

    def _check(self, quotes: Sequence[tuple[CitationKey, PassageJson]], corpus: Corpus) -> None:
        gone, hashes = gone_quotes(corpus, quotes)
        self._cited.update(hashes)
        self._post(QuotesChecked(gone))

    def _end(self, event: Answered | Added | FetchedAgain | Failed | Cancelled) -> None:
        """Report the end of a task."""
        if event.turn is not None:
            self._tasks.pop(event.turn, None)
        self._post(event)

    def _post(self, event: Event) -> None:
        if self._stopping.is_set():
            raise _Stopped
        self._on_event(event)
