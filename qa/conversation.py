"""A conversation with a corpus, in which follow-ups refer to earlier questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.report import OnProgress
from index.types import Span
from qa.followup import is_follow_up
from qa.scope import Patterns
from qa.settings import DEFAULT_PASSAGES
from qa.types import Context, Response

if TYPE_CHECKING:
    from qa.corpus import Corpus


class Conversation:
    """Remembers the latest questions and answers, which follow-ups refer to."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._opening = ""
        """The latest question that was not a follow-up; later questions refer to what it names."""
        self._latest = ""
        """The answer to it, or the latest follow-up with its answer."""
        self._place: tuple[str, Span] | None = None
        """The latest answer: id of its article, and its span."""

    def ask(
        self,
        question: str,
        passages: int = DEFAULT_PASSAGES,
        on_progress: OnProgress = lambda _: None,
        *,
        only: Patterns = (),
        exclude: Patterns = (),
        alone: bool = False,
    ) -> Response:
        """Return the answer to a question. A follow-up is searched together with its context.

        alone: never treat the question as a follow-up. For other arguments, see `Corpus.ask`.

        Raises: QuestionError, ArticleError, ModelError, StoreError.
        """
        context = self.context_of(question, alone=alone)
        response = self.corpus.ask(
            question, passages, on_progress, context=context, only=only, exclude=exclude
        )
        self.remember_response(response)
        return response

    def context_of(self, question: str, *, alone: bool = False) -> Context:
        """Return what a follow-up refers to; empty for other questions. alone: see `ask`."""
        if alone or not is_follow_up(question):
            return Context("")
        text = f"{self._opening} {self._latest}".strip()
        return Context(text, *self._place) if self._place else Context(text)

    def remember_response(self, response: Response) -> None:
        """Remember a question and its response.

        The closest words of an unsure response count, too: people refer to what they just read,
        and the context only adds words to the search, which the user is told.
        """
        first = response.quoted[0] if response.quoted else None
        answer = first.text if first else ""
        place = (first.passage.article.id, first.span) if first else None
        self.remember(response.searched, answer, place, follow_up=bool(response.context))

    def remember(
        self,
        question: str,
        answer: str,
        place: tuple[str, Span] | None = None,
        *,
        follow_up: bool,
    ) -> None:
        """Remember a question, and the words that were quoted first; empty if none were.

        place: id of the article of these words, and their span.
        """
        self._place = place or (self._place if follow_up else None)
        if follow_up:
            self._latest = f"{question} {answer}".strip()
        else:
            self._opening, self._latest = question, answer.strip()
