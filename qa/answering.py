"""A thread that answers questions about a corpus, also while its articles are being indexed.

`qa.session` describes the order of its events.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from index.errors import ArticleError, QAError, StoreDamaged
from index.question import Question
from index.report import OnProgress, Progress
from qa.answers.wire import to_wire
from qa.asking import NothingToAsk
from qa.conversation import Conversation
from qa.events import Answered, Cancelled, Event, Failed, Found, Notice, Ready, SoFar
from qa.helping import Helper, Job, changed_meanwhile
from qa.scope import ALL, Scope
from qa.serving import NotYet, OpenCorpus, Server
from qa.settings import DEFAULT_PASSAGES
from qa.tasks import LookUp, QuestionTask, Task, TaskCancelled, Work
from qa.types import Response

if TYPE_CHECKING:
    from qa.corpus import Corpus

AWAITED_BYTES = 100_000
"""Questions wait for files of this size to be indexed, which takes a second, but not for more."""
RETRY_SHARE = 0.05
"""Questions about articles that are not indexed yet are tried again when this share of all files
has been indexed since."""
IDLE_SECONDS = 2.0
"""Without a request for this long, the files of a large corpus may be scanned."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was looked up."""

    up: object


_Result = Response | _Looked


class AnsweringServer(Server):
    """Owns a corpus and the conversation about it.

    `ask` and `look_up` may be called from any thread.
    """

    def __init__(
        self,
        open_corpus: OpenCorpus,
        on_event: Callable[[Event], object],
        *,
        is_helped: bool = False,
    ) -> None:
        """See `Session`."""
        super().__init__(open_corpus, on_event)
        self._helper: Helper | None = None
        if is_helped:
            self._helper = Helper(lambda: open_corpus(lambda text: self.post(Notice(text))))
        self.conversation: Conversation | None = None
        self.cited: dict[str, str] = {}
        """SHA-256 of the files of the articles quoted so far, by article id."""
        self._indexing: Progress | None = None
        """Of the indexing that is interrupted while a request is served; otherwise None."""
        self._retry_at = 0.0
        """How many files have to be indexed until what waits is tried again."""
        self._partial: set[int] = set()
        """Questions that were answered from a part of the articles."""

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

    def look_up(self, turn: int, work: Work[object]) -> None:
        """Look something up in the articles as they are now, like a question; see `ask`."""
        task = LookUp(turn, work=work)
        self.request_task(task, partial(self._answer, task))

    def reports_of(self, task: Task, *, of_another: bool = False) -> OnProgress:
        """Return what to call with the progress of indexing; it also serves what was requested.

        of_another: whether not the corpus that is asked is being indexed, but one to replace it.
        """
        report = task.reports(self.post)
        self._retry_at = 0.0

        def on_progress(progress: Progress) -> None:
            report(progress)
            if progress.changed_bytes <= AWAITED_BYTES or self.corpus is None:
                return
            if of_another:
                articles, _, _ = self.corpus.size()
                progress = replace(progress, indexed=articles, outdated=frozenset())
            is_done = progress.indexed == progress.files and not progress.outdated
            if is_done or self.corpus.is_empty():
                return
            again = progress.indexed >= self._retry_at
            if again:
                self._retry_at = progress.indexed + RETRY_SHARE * progress.files
            self._indexing = progress
            try:
                self.serve_waiting(again=again)
            finally:
                self._indexing = None

        return on_progress

    def report_ready(self, corpus: Corpus, *, is_complete: bool = True) -> None:
        """Report what the corpus holds, and which cited articles have changed.

        The change may have been found by this question, by an earlier one that was cancelled, or
        by another process.

        is_complete: whether all articles are indexed.
        """
        articles, passages, _ = corpus.size()
        now = corpus.hashes(self.cited)
        changed = frozenset(id for id, sha256 in self.cited.items() if now.get(id) != sha256)
        self.cited = {id: sha256 for id, sha256 in self.cited.items() if id not in changed}
        completed = frozenset(self._partial) if is_complete else frozenset()
        self._partial -= completed
        self.post(Ready(articles, passages, len(corpus.report.skipped), changed, completed))

    def stop(self, seconds: float) -> bool:
        """See `Server`."""
        is_stopped = super().stop(seconds)
        return (self._helper is None or self._helper.stop(seconds)) and is_stopped

    def idle_seconds(self) -> float | None:
        """Return how long to wait for a request before `idle` is called; None for ever."""
        due = self.corpus.seconds_until_scan() if self.corpus else None
        return None if due is None else max(IDLE_SECONDS, due)

    def idle(self, corpus: Corpus) -> None:
        """Look for changes that the system does not notify."""
        try:
            report = corpus.sync(self.reports_of(Task(0)))
        except QAError:  # the next question reports it
            return
        if report.added or report.changed or report.removed:
            self.report_ready(corpus)

    def _answer(self, asked: QuestionTask | LookUp, corpus: Corpus) -> None:
        if asked.cancelled.is_set():
            self.end(Cancelled(asked.turn))
        elif self._indexing is not None:
            self._answer_from_part(asked, corpus, self._indexing)
        else:
            self._answer_from_all(asked, corpus)

    def _answer_from_all(self, asked: QuestionTask | LookUp, corpus: Corpus) -> None:
        """Index what has changed, and answer. If that is much, it is answered from a part."""
        is_left = False
        on_progress = self.reports_of(asked)

        def leave_if_long(progress: Progress) -> None:
            nonlocal is_left, on_progress
            if not is_left and progress.changed_bytes > AWAITED_BYTES:
                is_left = True
                self.wait_for_index()
                on_progress = self.reports_of(Task(0))  # nothing ends it but `stop`
            on_progress(progress)

        result, is_complete = None, False
        try:
            if isinstance(asked, QuestionTask):
                Question.parse(asked.text)  # fails before anything is indexed
            with suppress(TaskCancelled):
                corpus.catch_up(leave_if_long)
                is_complete = True
                if not is_left:
                    if self._hand_over(asked, corpus):
                        return
                    result = self._result(asked, corpus, leave_if_long)
        except QAError as error:
            with suppress(QAError):  # the store; the question reports its own error
                self.report_ready(corpus, is_complete=False)  # some articles may be indexed
            if is_left:
                raise
            self.end(Failed(asked.turn, error.message, error.hint))
            return
        self.report_ready(corpus, is_complete=is_complete)
        if not is_left:
            self._end(asked, result)

    def _hand_over(self, asked: QuestionTask | LookUp, corpus: Corpus) -> bool:
        """Have the helper answer a question, if it is free and others wait as well.

        Only a question that is no follow-up: the conversation belongs to the session's thread.
        """
        helper = self._helper
        if not (helper and helper.is_free() and self.is_anyone_waiting()):
            return False
        if not (isinstance(asked, QuestionTask) and asked.alone and not asked.is_given_back):
            return False

        def do(own: Corpus) -> None:
            response = own.ask_indexed(
                asked.text,
                asked.passages,
                changed_meanwhile,
                only=asked.scope.only,
                exclude=asked.scope.exclude,
            )
            is_cancelled = asked.cancelled.is_set()
            self.end(Cancelled(asked.turn) if is_cancelled else _answered(asked, response))

        again = replace(asked, is_given_back=True)
        self.report_ready(corpus)
        helper.take(Job(do, lambda: self.request_task(again, partial(self._answer, again))))
        return True

    def _answer_from_part(
        self, asked: QuestionTask | LookUp, corpus: Corpus, indexing: Progress
    ) -> None:
        try:
            result = self._result(asked, corpus, outdated=indexing.outdated)
        except StoreDamaged:
            raise
        except ArticleError as error:  # none of those that are asked is indexed
            raise NotYet from error
        except QAError as error:
            self.end(Failed(asked.turn, error.message, error.hint))
            return
        self._end(asked, result, SoFar(indexing.indexed, indexing.files))

    def _result(
        self,
        asked: QuestionTask | LookUp,
        corpus: Corpus,
        on_progress: OnProgress | None = None,
        *,
        outdated: Set[str] = frozenset(),
    ) -> _Result:
        """Return what is asked from what is indexed; see `Corpus.ask_indexed`."""
        if isinstance(asked, LookUp):
            try:
                return _Looked(asked.work(corpus, outdated))
            except NothingToAsk:
                if on_progress is None:
                    raise
            corpus.sync(on_progress)  # a file has just changed, or the system did not notify it
            return _Looked(asked.work(corpus, outdated))
        conversation = self.conversation or Conversation(corpus)
        return corpus.ask_indexed(
            asked.text,
            asked.passages,
            partial(corpus.sync, on_progress) if on_progress else None,
            context=conversation.context_of(asked.text, alone=asked.alone),
            only=asked.scope.only,
            exclude=asked.scope.exclude,
            outdated=outdated,
        )

    def _end(
        self, asked: QuestionTask | LookUp, result: _Result | None, so_far: SoFar | None = None
    ) -> None:
        """Report the end of a question. result: None if it was cancelled during indexing."""
        if result is None or asked.cancelled.is_set():
            self.end(Cancelled(asked.turn))
            return
        if isinstance(result, _Looked):
            self.end(Found(asked.turn, result.up, so_far))
            return
        if so_far:
            self._partial.add(asked.turn)
        # A follow-up must not refer to a question whose answer was not shown.
        if self.conversation:
            self.conversation.remember_response(result)
        answered = _answered(asked, result, so_far)
        self.cited.update({id: article.sha256 for id, article in answered.articles.items()})
        self.end(answered)


def _answered(asked: Task, response: Response, so_far: SoFar | None = None) -> Answered:
    articles = {hit.passage.article.id: hit.passage.article for hit in response.hits}
    return Answered(asked.turn, to_wire(response), articles, so_far)
