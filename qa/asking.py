"""From a question to a response: search, read, decide, in a view of a store."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from index.central import Part, parts_about
from index.errors import ArticleError, QuestionError
from index.question import Question
from index.search import Query, search
from index.spelling import spelt
from index.store.protocol import View
from index.types import Encoder, Hit, Notify
from index.wording import words_encoded
from qa.reader.about import summary
from qa.reader.kinds import kind_of
from qa.scope import Scope
from qa.timed import timed
from qa.types import Context, Reader, Response

CONTEXT_WEIGHT = 0.5
"""Weight of the score for context and question together; the question alone gets the rest."""
NO_CONTEXT = Context("")


class NothingToAsk(ArticleError):
    """None of the articles that are asked is stored as it is now."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and how it is asked."""

    question: Question
    passages: int
    """How many to return."""
    scope: Scope
    """The articles to ask."""
    context: Context = NO_CONTEXT

    @classmethod
    def of(
        cls, question: str, passages: int, scope: Scope, context: str | Context = NO_CONTEXT
    ) -> Asked:
        """Return a question as it was typed. Raises: QuestionError."""
        if passages < 1:
            raise QuestionError(f"Cannot show {passages} passages.", "Ask for at least one.")
        followed = Context(context) if isinstance(context, str) else context
        return cls(Question.parse(question), passages, scope, followed)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search found."""

    question: Question
    """The question that was searched for: spelt as in the articles."""
    corrections: dict[str, str]
    """Of misspelt words."""
    unknown: tuple[str, ...]
    """Words that are in no article."""
    parts: tuple[Part, ...]
    """What the articles are about, if that is asked."""
    hits: tuple[Hit, ...]
    """The best passages, otherwise."""

    @property
    def articles(self) -> set[str]:
        """Ids of the articles found."""
        ids = {part.article.id for part in self.parts}
        return ids | {hit.passage.article.id for hit in self.hits}


@dataclass(frozen=True, slots=True)
class Answering:
    """What answers questions."""

    encoder: Encoder
    reader: Reader
    min_confidence: float | None
    notify: Notify
    """Called with a sentence if only a part of a question is read."""

    def hits(self, view: View, asked: Asked, outdated: Set[str] = frozenset()) -> list[Hit]:
        """Return the best passages, best first. outdated: ids of articles that are not asked.

        Raises: ArticleError, StoreError.
        """
        articles = chosen(view, asked.scope, outdated)
        return self._search(view, asked, asked.question, asked.passages, articles)

    def response(
        self,
        view: View,
        asked: Asked,
        outdated: Set[str] = frozenset(),
        timings: dict[str, float] | None = None,
    ) -> Response:
        """Return the answer. outdated: ids of articles that are not asked.

        timings: what was measured before; more is added.

        Raises: NothingToAsk, ArticleError, ModelError, StoreError.
        """
        timings = {} if timings is None else timings
        with timed(timings, "search"):
            found = self._found(view, asked, outdated)
            question, kind, hits = found.question, kind_of(found.question), found.hits
        with timed(timings, "read"):
            context = asked.context
            if found.parts:
                reading = summary(found.parts, self.encoder, self.min_confidence)
            else:
                reading = self.reader.read(question, hits, context if context.text else None)
            words_read = reading.words_read or words_encoded(self.encoder, question)
        if words_read is not None:
            self.notify(
                f"Only part of the question was read: it is longer than {words_read:,} words"
            )
        return Response(
            question=asked.question.text,
            outcome=reading.outcome,
            answers=reading.answers,
            hits=reading.shown(asked.passages),
            confidence=reading.confidence,
            unknown_words=found.unknown,
            timings_ms=timings,
            context="" if found.parts else context.text,
            closest=reading.closest,
            kind=kind,
            corrections=found.corrections,
        )

    def _found(self, view: View, asked: Asked, outdated: Set[str]) -> _Found:
        """Return what is found in articles that are not outdated."""
        if outdated and not asked.scope:
            # To skip a few of 100,000 articles takes seconds, and they are seldom among the best.
            found = self._found_in(view, asked, None)
            if found.articles and found.articles.isdisjoint(outdated):
                return found
        return self._found_in(view, asked, chosen(view, asked.scope, outdated))

    def _found_in(self, view: View, asked: Asked, articles: Sequence[str] | None) -> _Found:
        question, corrections, unknown = spelt(view, self.encoder, asked.question, articles)
        parts: list[Part] = []
        hits: list[Hit] = []
        if kind_of(question) == "about":
            parts = parts_about(view, self.encoder, question, unknown, articles)
        if not parts:
            wanted = max(asked.passages, self.reader.passages_to_read)
            hits = self._search(view, asked, question, wanted, articles)
        return _Found(question, corrections, tuple(unknown), tuple(parts), tuple(hits))

    def _search(
        self, view: View, asked: Asked, question: Question, k: int, articles: Sequence[str] | None
    ) -> list[Hit]:
        also = []
        if context := asked.context.text:
            also = [Query(Question(f"{context} {question.text}"), CONTEXT_WEIGHT)]
        return search(view, self.encoder, question, k, also=also, articles=articles)


def chosen(view: View, scope: Scope, outdated: Set[str] = frozenset()) -> list[str] | None:
    """Return the ids of the articles to ask, or None for all.

    Raises: ArticleError if none matches; NothingToAsk if all that match are outdated.
    """
    if not scope and not outdated:
        return None
    titles = list(view.titles())
    asked = scope.chosen(titles)
    current = [id for id in (titles if asked is None else asked) if id not in outdated]
    if not current:
        raise NothingToAsk("The articles asked have changed and are not indexed yet.", "Ask again.")
    return current
