"""Asks questions with known answers, and compares what is given with the gold answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index.errors import ArticleError, QuestionError
from index.report import OnProgress
from index.types import Article, Hit, Passage
from index.view import plain
from qa.answers.wire import CitationJson, citation_of
from qa.conversation import Conversation
from qa.corpus import Corpus
from qa.eval.gold import Asked, GoldSpan
from qa.eval.measures import best_of, exact_match, f1, occurs_in
from qa.scope import Patterns
from qa.show.text import clipped
from qa.types import Answer, Outcome

DEFAULT_PASSAGES = 10
RIGHT = 0.5
"""Lowest F1 of an answer that counts as right."""
ARTICLES_NAMED = 5

Failure = Literal["false answer", "false abstention", "wrong answer", "passage not found"]
"""What went wrong with a question. The first of these that applies:

- false answer: answered, although the text does not answer it
- false abstention: unsure or not found, although the text answers it
- wrong answer: answered with an F1 below `RIGHT`
- passage not found: answered right, but no retrieved passage contains the gold answer
"""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one question."""

    asked: Asked
    golds: tuple[str, ...]
    """Texts of all gold answers."""
    outcome: Outcome
    given: str | None
    """The first answer as people read it, or the closest words if unsure; None if not found."""
    exact_match: float
    """1 or 0, of what is given. Always 0 for an unanswerable question, like F1."""
    f1: float
    """In [0, 1]."""
    confidence: float
    """In [0, 1]: of what is given as shown, or of the best candidate if nothing is."""
    rank: int | None
    """Rank, from 1, of the first retrieved passage with a whole gold answer, before reading."""
    first: bool
    """Whether the first passage after reading contains a whole gold answer."""
    citation: CitationJson | None
    """Of the first passage after reading."""
    elapsed_ms: float
    """From the question to its response, including the check for changed files."""

    @property
    def kind(self) -> str:
        """The kind that the questions file names; by default, whether the text answers."""
        return self.asked.kind or ("answerable" if self.answerable else "unanswerable")

    @property
    def answerable(self) -> bool:
        """Whether the text answers."""
        return self.asked.answerable

    @property
    def quoted(self) -> bool:
        """Whether any words are given."""
        return self.given is not None

    @property
    def right(self) -> bool:
        """Whether what is given, as an answer or not, has an F1 of at least `RIGHT`."""
        return self.given is not None and self.f1 >= RIGHT

    @property
    def failure(self) -> Failure | None:
        """What went wrong; None if nothing did."""
        answered = self.outcome == "answered"
        if not self.answerable:
            return "false answer" if answered else None
        if not answered:
            return "false abstention"
        if not self.right:
            return "wrong answer"
        return None if self.rank else "passage not found"


def ask_all(
    corpus: Corpus,
    asked: Sequence[Asked],
    *,
    passages: int = DEFAULT_PASSAGES,
    only: Patterns = (),
    exclude: Patterns = (),
    on_progress: OnProgress = lambda _: None,
) -> Iterator[Result]:
    """Update the store, ask each question and yield its result.

    passages: how many to search for a gold answer, at least 1.
    only, exclude: see `Corpus.ask`.

    Raises: QuestionError, before asking anything, if a gold span or article is not in the corpus;
    ArticleError if an article changes during the evaluation; ModelError, StoreError.
    """
    corpus.sync(on_progress)
    golds = _gold_texts(corpus, asked)
    conversations: dict[str, Conversation] = defaultdict(lambda: Conversation(corpus))
    for one, texts in zip(asked, golds, strict=True):
        named = one.conversation
        conversation = Conversation(corpus) if named is None else conversations[named]
        response = conversation.ask(
            one.question, passages, only=only, exclude=exclude, alone=named is None
        )
        if corpus.report.added or corpus.report.changed or corpus.report.removed:
            raise ArticleError(
                "The articles changed during the evaluation.",
                "Run it again while nothing is writing to them.",
            )
        found = corpus.search(
            one.question, passages, context=response.context, only=only, exclude=exclude
        )
        first = response.quoted[0] if response.quoted else None
        yield Result(
            asked=one,
            golds=texts,
            outcome=response.outcome,
            given=first.shown if first else None,
            exact_match=_best_match(exact_match, first, texts),
            f1=_best_match(f1, first, texts),
            confidence=first.score if first else response.confidence,
            rank=first_gold_rank(found, one),
            first=any(has_gold(hit.passage, one) for hit in response.hits[:1]),
            citation=citation_of(response.hits[0].passage) if response.hits else None,
            elapsed_ms=response.timings_ms["total"],
        )


def _gold_texts(corpus: Corpus, asked: Iterable[Asked]) -> list[tuple[str, ...]]:
    """Return the texts of the gold answers of each question. Raises: QuestionError."""
    known = corpus.articles()
    named = ", ".join([*known][:ARTICLES_NAMED]) + (" …" if len(known) > ARTICLES_NAMED else "")
    article_of = lru_cache(maxsize=8)(corpus.article)  # rows about one article are usually together
    found = []
    for one in asked:
        if unknown := [id for id in one.articles if id not in known]:
            raise QuestionError(
                f"Line {one.line} of the questions names an article that is not in the corpus: "
                f"{unknown[0]}.",
                f"Available: {named}",
            )
        cut = [_text_at(gold, article_of(gold.article), one.line) for gold in one.spans]
        found.append(tuple(dict.fromkeys([*one.answers, *cut])))
    return found


def _text_at(gold: GoldSpan, article: Article | None, line: int) -> str:
    """Return the text of a gold span. Raises: QuestionError if the article does not have it."""
    text = article.text if article else ""
    cut = text[gold.span.start : gold.span.end]
    if gold.span.end > len(text):
        raise QuestionError(
            f"Line {line} of the questions has a span beyond the end of {gold.article}.",
            f"The article has {len(text):,} characters (code points).",
        )
    if gold.text not in (None, cut):
        raise QuestionError(
            f"Line {line} of the questions has a span whose text differs from {gold.article}.",
            f"The text there is: {clipped(cut)}",
        )
    return cut


def _best_match(
    measure: Callable[[str, str], float], answer: Answer | None, golds: Sequence[str]
) -> float:
    """Return the highest score of an answer, word for word or as people read it; 0 for None."""
    forms = {answer.text, answer.shown} if answer else ()
    return max((best_of(measure, form, golds) for form in forms), default=0.0)


def first_gold_rank(hits: Sequence[Hit], asked: Asked) -> int | None:
    """Return the rank of the first passage with a whole gold answer; None if none has one."""
    return next((hit.rank for hit in hits if has_gold(hit.passage, asked)), None)


def has_gold(passage: Passage, asked: Asked) -> bool:
    """Return whether a passage contains a whole gold answer: a span or, without spans, a text.

    A text counts word for word and without what is hidden, such as markup.
    """
    id = passage.article.id
    if asked.spans:
        return any(gold.article == id and passage.span.contains(gold.span) for gold in asked.spans)
    if asked.article not in (None, id):
        return False
    texts = {passage.text, plain(passage.article, passage.span).text}
    return any(occurs_in(answer, text) for answer in asked.answers for text in texts)
