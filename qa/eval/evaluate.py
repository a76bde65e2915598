"""Asks questions with known answers, and measures the answers.

`gold` reads the questions → `ask_all` yields an `Outcome` for each → `evaluate` turns them into a
`Report` → `report` shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index.errors import ArticleError, QuestionError
from index.sync import OnProgress
from index.types import Article, Hit, Passage
from index.view import plain
from qa.answers.wire import CitationJson, citation_of
from qa.conversation import Conversation
from qa.corpus import Corpus
from qa.eval.gold import Asked, GoldSpan
from qa.eval.measures import (
    Figure,
    best_of,
    calibration_error,
    exact_match,
    f1,
    found_within,
    mean,
    occurs_in,
    percentile,
    proportion,
    reciprocal,
)
from qa.scope import Patterns
from qa.show.text import clipped
from qa.types import Answer

DEFAULT_PASSAGES = 10
RIGHT = 0.5
"""Lowest F1 of an answer that counts as right."""
MIN_ANSWERS_TO_CALIBRATE = 100
"""Ten in each bin. With fewer, the error looks large even if the calibration is good."""
ARTICLES_NAMED = 5

Kind = Literal["false answer", "false abstention", "wrong answer", "passage not found"]
"""What went wrong with a question. The first of these that applies:

- false answer: answered, although the text does not answer it
- false abstention: not answered, although the text does
- wrong answer: answered with an F1 below `RIGHT`
- passage not found: answered right, but no retrieved passage contains the gold answer
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one question."""

    asked: Asked
    golds: tuple[str, ...]
    """Texts of all gold answers."""
    given: str | None
    """The first answer as people read it; None if the program abstained."""
    exact_match: float
    """1 or 0. Always 0 for an abstention or an unanswerable question."""
    f1: float
    """In [0, 1]. Always 0 for an abstention or an unanswerable question."""
    confidence: float
    """In [0, 1]: of the answer as shown, or of the best candidate if the program abstained."""
    rank: int | None
    """Rank, from 1, of the first retrieved passage with a whole gold answer, before reading."""
    first: bool
    """Whether the first passage after reading contains a whole gold answer."""
    citation: CitationJson | None
    """Of the first passage after reading."""
    elapsed_ms: float
    """From the question to its response, including the check for changed files."""

    @property
    def right(self) -> bool:
        """Whether the program answered with an F1 of at least `RIGHT`."""
        return self.given is not None and self.f1 >= RIGHT

    @property
    def failure(self) -> Kind | None:
        """What went wrong; None if nothing did."""
        if not self.asked.answerable:
            return None if self.given is None else "false answer"
        if self.given is None:
            return "false abstention"
        if not self.right:
            return "wrong answer"
        return None if self.rank else "passage not found"


@dataclass(frozen=True, slots=True)
class Report:
    """Figures over questions. A figure is None if there are no questions to compute it from."""

    questions: int
    """All questions to ask, including those not reached in an interrupted evaluation."""
    measured: int
    """Questions asked."""
    answerable: int
    """Questions asked that the text answers."""
    passages: int
    """How many passages were searched for the gold answer."""
    recall: tuple[tuple[int, Figure | None], ...]
    """For each k, the proportion of the answerable with a gold answer in the first k passages."""
    mean_reciprocal_rank: Figure | None
    passage_first: Figure | None
    """Proportion of the answerable with a gold answer in the first passage after reading."""
    exact_match: Figure | None
    """Over the answerable, like F1. An abstention counts as 0."""
    f1: Figure | None
    answered: Figure | None
    """Proportion of all measured."""
    false_answers: Figure | None
    """Proportion of the unanswerable."""
    false_abstentions: Figure | None
    """Proportion of the answerable, as are wrong answers. The rest are answered right."""
    wrong_answers: Figure | None
    calibration_error: float | None
    """Mean difference in [0, 1] between the confidence shown and the proportion that is right, over
    the answered; None if there are fewer than `MIN_ANSWERS_TO_CALIBRATE`.
    """
    p50_ms: float | None
    p95_ms: float | None
    failures: tuple[Outcome, ...]
    """In the order asked."""


def ask_all(
    corpus: Corpus,
    asked: Sequence[Asked],
    *,
    passages: int = DEFAULT_PASSAGES,
    only: Patterns = (),
    exclude: Patterns = (),
    on_progress: OnProgress = lambda _: None,
) -> Iterator[Outcome]:
    """Update the store, ask each question and yield its outcome.

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
        first = response.answers[0] if response.answers else None
        yield Outcome(
            asked=one,
            golds=texts,
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


def evaluate(
    outcomes: Sequence[Outcome], *, questions: int | None = None, passages: int = DEFAULT_PASSAGES
) -> Report:
    """Return the figures over the outcomes.

    questions: how many there are in total; None if all were asked.
    passages: as passed to `ask_all`.
    """
    answerable = [one for one in outcomes if one.asked.answerable]
    others = [one for one in outcomes if not one.asked.answerable]
    answers = [one for one in outcomes if one.given is not None]
    took = [one.elapsed_ms for one in outcomes]
    return Report(
        questions=len(outcomes) if questions is None else questions,
        measured=len(outcomes),
        answerable=len(answerable),
        passages=passages,
        recall=tuple(
            (k, proportion([found_within(one.rank, k) for one in answerable]))
            for k in sorted({1, 5, passages})
            if k <= passages
        ),
        mean_reciprocal_rank=mean([reciprocal(one.rank) for one in answerable]),
        passage_first=proportion([one.first for one in answerable]),
        exact_match=proportion([one.exact_match == 1 for one in answerable]),
        f1=mean([one.f1 for one in answerable]),
        answered=proportion([one.given is not None for one in outcomes]),
        false_answers=proportion([one.given is not None for one in others]),
        false_abstentions=proportion([one.given is None for one in answerable]),
        wrong_answers=proportion([one.failure == "wrong answer" for one in answerable]),
        calibration_error=calibration_error(
            [one.confidence for one in answers], [one.right for one in answers]
        )
        if len(answers) >= MIN_ANSWERS_TO_CALIBRATE
        else None,
        p50_ms=percentile(took, 50) if took else None,
        p95_ms=percentile(took, 95) if took else None,
        failures=tuple(one for one in outcomes if one.failure),
    )
