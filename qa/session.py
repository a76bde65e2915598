"""One conversation with one corpus, in its own thread. Every surface talks to a session.

The methods of `Session` return at once. Their results arrive as events (`qa.events`). Requests are
served one after another, and each one ends in exactly one of the events in the last column:

    start           Notice, Fetched,
                    Indexing ...             Ready, RequestFailed or Failed
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

from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from functools import partial
from typing import TYPE_CHECKING

from index.errors import ArticleError, QAError
from qa.additions import addition_to, fetched_when_opened
from qa.answers.wire import PassageJson, ResponseJson, to_wire
from qa.changes import fetched_again
from qa.conversation import Conversation
from qa.events import (
    Added,
    Answered,
    Cancelled,
    CitationKey,
    Event,
    Failed,
    Fetched,
    FetchedAgain,
    Listed,
    Opened,
    QuotesChecked,
    Ready,
)
from qa.quotes import cited_article, gone_quotes
from qa.scope import ALL, Scope
from qa.serving import OpenCorpus, Server
from qa.settings import DEFAULT_PASSAGES
from qa.tasks import QuestionTask, Task, TaskCancelled
from qa.types import Response

if TYPE_CHECKING:
    from qa.corpus import Corpus


class Session(Server):
    """Owns a corpus and the conversation about it. All methods may be called from any thread."""

    def __init__(self, open_corpus: OpenCorpus, on_event: Callable[[Event], object]) -> None:
        """Create the session; `start` opens the corpus and indexes its articles.

        open_corpus: called in the session's thread.
        on_event: called in the session's thread, so it should only pass the event on.
        """
        super().__init__(open_corpus, on_event)
        self._conversation: Conversation | None = None
        self._cited: dict[str, str] = {}
        """SHA-256 of the files of the articles quoted so far, by article id."""

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
        asked = QuestionTask(turn, text=question, passages=passages, scope=scope, alone=alone)
        self.request_task(asked, partial(self._answer, asked))

    def add(self, turn: int, paths: Sequence[str]) -> None:
        """Add files, folders and web addresses to what is asked. turn: as in `ask`."""
        task = Task(turn)
        self.request_task(task, partial(self._perform, task, partial(self._added, task, paths)))

    def fetch_again(self, turn: int) -> None:
        """Fetch the web pages again. turn: as in `ask`."""
        task = Task(turn)
        self.request_task(task, partial(self._perform, task, partial(self._fetched_again, task)))

    def begin(self, earlier: Sequence[ResponseJson] = ()) -> None:
        """Begin a new conversation, or continue the one that these responses are from."""
        self.request(partial(self._begin, earlier))

    def open_article(self, id: str, citation: CitationKey | None = None, path: str = "") -> None:
        """Request an article. citation: the passage it is opened for, which the event carries.

        path: as it was cited, in case its id has changed; see `cited_article`.
        """
        self.request(
            lambda corpus: self.post(Opened(id, cited_article(corpus, id, path or id), citation))
        )

    def list_articles(self) -> None:
        """Request the list of articles."""
        self.request(
            lambda corpus: self.post(
                Listed(corpus.articles(), tuple(corpus.report.skipped), corpus.report.notes)
            )
        )

    def check(self, quotes: Sequence[tuple[CitationKey, PassageJson]]) -> None:
        """Request a check of which quotes have changed or are gone from the articles."""
        self.request(partial(self._check, quotes))

    def opened(self, corpus: Corpus) -> None:
        """Index the articles."""
        self._conversation = Conversation(corpus)
        if said := fetched_when_opened(corpus):
            self.post(Fetched(tuple(said)))
        corpus.sync(Task(0).reports(self.post))
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
        self.post(Ready(articles, passages, len(corpus.report.skipped), changed))

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
                self._report_ready(self.corpus or corpus)
        self.end(ended)

    def _added(self, task: Task, paths: Sequence[str], corpus: Corpus) -> Added:
        addition = addition_to(
            corpus,
            paths,
            on_progress=task.reports(self.post),
            fetch=task.fetcher(self.is_stopping),
        )
        self.corpus = addition.corpus
        corpus.close()
        if self._conversation:
            self._conversation.corpus = self.corpus
        is_same_root = corpus.root == self.corpus.root
        if not is_same_root:
            self._cited.clear()
        return Added(task.turn, addition.said, addition.ids, tuple(self.corpus.paths), is_same_root)

    def _fetched_again(self, task: Task, corpus: Corpus) -> FetchedAgain:
        if corpus.web is None:
            raise ArticleError("None of the articles is a web page.")
        corpus.web.fetch = task.fetcher(self.is_stopping)
        return FetchedAgain(task.turn, tuple(fetched_again(corpus, task.reports(self.post))))

    def _answer(self, asked: QuestionTask, corpus: Corpus) -> None:
        if asked.cancelled.is_set():
            self.end(Cancelled(asked.turn))
            return
        # A follow-up must not refer to a question whose answer was not shown.
        conversation = copy(self._conversation or Conversation(corpus))
        try:
            response = self._response(asked, conversation, corpus)
        except QAError as error:
            with suppress(QAError):  # the store; the question reports its own error
                self._report_ready(corpus)  # some articles may have been indexed
            self.end(Failed(asked.turn, error.message, error.hint))
            return
        if response is None or asked.cancelled.is_set():
            self.end(Cancelled(asked.turn))
            return
        self._conversation = conversation
        articles = {hit.passage.article.id: hit.passage.article for hit in response.hits}
        self._cited.update({id: article.sha256 for id, article in articles.items()})
        self.end(Answered(asked.turn, to_wire(response), articles))

    def _response(
        self, asked: QuestionTask, conversation: Conversation, corpus: Corpus
    ) -> Response | None:
        """Return the response to a question; None if it was cancelled during indexing."""
        on_progress = asked.reports(self.post)
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
        self.post(QuotesChecked(gone))
