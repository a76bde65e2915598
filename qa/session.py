"""One conversation with one corpus, in its own thread. Every surface talks to a session.

The methods of `Session` return at once. Their results arrive as events (`qa.events`). Requests are
served one after another, and each one ends in exactly one of the events in the last column:

    start           Notice, Fetched,
                    Indexing ...             Ready, RequestFailed or Failed
    ask             Indexing ..., Ready      Answered, Failed or Cancelled
    look_up         Indexing ..., Ready      Found, Failed or Cancelled
    add             Notice, Indexing ...     Added, Failed or Cancelled
    fetch_again     Notice, Indexing ...     FetchedAgain, Failed or Cancelled
    open_article                             Opened or RequestFailed
    list_articles                            Listed or RequestFailed
    introduce       Introduced               Suggested ..., one after another, or nothing more
    check                                    QuotesChecked or RequestFailed

`start` ends in Ready if questions can be answered, in RequestFailed if no article can be read or
the store cannot be used now (each question tries again), and in Failed, without a turn, if the
corpus cannot be opened. `begin` has no event.

During a question, Ready comes once, before its end, even if the question fails or is cancelled
while articles are being indexed. It is missing only if the question is cancelled while it waits for
its turn, or if the store cannot be read. The same holds for `add` and `fetch_again`.

While many articles are being indexed (more than AWAITED_BYTES), nothing waits for the end of it but
`add` and `fetch_again`. Other requests are served between two Indexing events, as soon as anything
is indexed, from what is indexed so far: Answered then has `so_far`. No article is quoted whose file
has changed and is not indexed again yet. A question about articles of which none is indexed waits
for one. A question that finds so much to index is answered in the same way: it ends, and indexing
goes on without it. When all is indexed, Ready names the questions that were answered from a part.

    ask         Indexing, Answered (so_far), Indexing ..., Ready (completed)

If that indexing fails, its error is a RequestFailed.

The files of a large corpus are also scanned while nothing is requested. If any has changed, Ready
follows, after Indexing.

An unexpected error is reported as a Failed without a turn. It ends the current request, and one
that is served while that one indexes. From then on, every question ends in Failed, and every other
request, `begin` included, in RequestFailed. After `stop`, no more events follow, not even the end
of a request. What has been indexed is kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from index.errors import ArticleError, QAError
from qa.additions import addition_to, fetched_when_opened
from qa.answering import AnsweringServer
from qa.answers.wire import PassageJson, ResponseJson
from qa.changes import fetched_again
from qa.conversation import Conversation
from qa.events import (
    Added,
    Cancelled,
    CitationKey,
    Failed,
    Fetched,
    FetchedAgain,
    Listed,
    Opened,
    QuotesChecked,
    Suggested,
)
from qa.introduction import introduction
from qa.quotes import cited_article, gone_quotes
from qa.samples import MAX_SUGGESTED, Sample, is_answered, samples_of
from qa.tasks import Task, TaskCancelled

if TYPE_CHECKING:
    from qa.corpus import Corpus


class Session(AnsweringServer):
    """Owns a corpus and the conversation about it. All methods may be called from any thread.

    open_corpus: called in the session's thread.
    on_event: called in the session's thread, so it should only pass the event on.
    """

    def add(self, turn: int, paths: Sequence[str]) -> None:
        """Add files, folders and web addresses to what is asked. turn: as in `ask`."""
        task = Task(turn)
        work = partial(self._perform, task, partial(self._added, task, paths))
        self.request_task(task, work, indexes=True)

    def fetch_again(self, turn: int) -> None:
        """Fetch the web pages again. turn: as in `ask`."""
        task = Task(turn)
        work = partial(self._perform, task, partial(self._fetched_again, task))
        self.request_task(task, work, indexes=True)

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
        self.request(self._list)

    def introduce(self, is_wanted: Callable[[], bool]) -> None:
        """Request what the corpus is, and questions that it answers, one Suggested each.

        Other requests are served in between. is_wanted: called in the session's thread; once it
            returns False, no more questions are tried.
        """
        self.request(partial(self._introduce, is_wanted))

    def check(self, quotes: Sequence[tuple[CitationKey, PassageJson]]) -> None:
        """Request a check of which quotes have changed or are gone from the articles."""
        self.request(partial(self._check, quotes))

    def opened(self, corpus: Corpus) -> None:
        """Index the articles."""
        self.conversation = Conversation(corpus)
        corpus.watch()
        if said := fetched_when_opened(corpus):
            self.post(Fetched(tuple(said)))
        corpus.sync(self.reports_of(Task(0)))
        self.report_ready(corpus)

    def _list(self, corpus: Corpus) -> None:
        titles, report = corpus.articles(), corpus.report
        sizes = _file_sizes(corpus.root, titles)
        self.post(Listed(titles, tuple(report.skipped), report.notes, sizes))

    def _introduce(self, is_wanted: Callable[[], bool], corpus: Corpus) -> None:
        with suppress(QAError):  # the next question reports its own error
            self.post(introduction(corpus))
            self._suggest(samples_of(corpus) if is_wanted() else [], 0, is_wanted, corpus)

    def _suggest(
        self, waiting: Sequence[Sample], found: int, is_wanted: Callable[[], bool], corpus: Corpus
    ) -> None:
        """Try a question, and request that the next one is tried."""
        if not waiting or not is_wanted():
            return
        first, *others = waiting
        if is_answered(corpus, first):
            found += 1
            self.post(Suggested(first.question))
        if found < MAX_SUGGESTED:
            self.request(partial(self._suggest, others, found, is_wanted))

    def _begin(self, earlier: Sequence[ResponseJson], corpus: Corpus) -> None:
        self.conversation = Conversation(corpus)
        for response in earlier:
            words, place = response.first_quoted
            follows = bool(response.context)
            self.conversation.remember(response.searched, words, place, follow_up=follows)

    def _perform(
        self, task: Task, work: Callable[[Corpus], Added | FetchedAgain], corpus: Corpus
    ) -> None:
        """Do what the user asked for, and report its end."""
        ended: Added | FetchedAgain | Failed | Cancelled = Cancelled(task.turn)
        is_complete = False
        if not task.cancelled.is_set():
            try:
                ended = work(corpus)
                is_complete = True
            except TaskCancelled:
                pass
            except QAError as error:
                ended = Failed(task.turn, error.message, error.hint)
            with suppress(QAError):  # the store; the next question reports its own error
                self.report_ready(self.corpus or corpus, is_complete=is_complete)
        self.end(ended)

    def _added(self, task: Task, paths: Sequence[str], corpus: Corpus) -> Added:
        addition = addition_to(
            corpus,
            paths,
            on_progress=self.reports_of(task, of_another=True),
            fetch=task.fetcher(self.is_stopping),
        )
        self.corpus = addition.corpus
        self.corpus.watch()
        corpus.close()
        if self.conversation:
            self.conversation.corpus = self.corpus
        is_same_root = corpus.root == self.corpus.root
        if not is_same_root:
            self.cited.clear()
        return Added(task.turn, addition.said, addition.ids, tuple(self.corpus.paths), is_same_root)

    def _fetched_again(self, task: Task, corpus: Corpus) -> FetchedAgain:
        if corpus.web is None:
            raise ArticleError("None of the articles is a web page.")
        corpus.web.fetch = task.fetcher(self.is_stopping)
        return FetchedAgain(task.turn, tuple(fetched_again(corpus, self.reports_of(task))))

    def _check(self, quotes: Sequence[tuple[CitationKey, PassageJson]], corpus: Corpus) -> None:
        gone, hashes = gone_quotes(corpus, quotes)
        self.cited.update(hashes)
        self.post(QuotesChecked(gone))


def _file_sizes(root: str, ids: Iterable[str]) -> dict[str, int]:
    """Return the sizes in bytes of the files of articles by id; web pages are skipped."""
    sizes = {}
    for id in ids:
        with suppress(OSError, ValueError):  # ValueError: not a name on this system
            sizes[id] = os.stat(os.path.join(root, id)).st_size
    return sizes
