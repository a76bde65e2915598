"""Questions whose answers are known, to how well they are answered.

`gold` reads the questions → `ask_all` yields an `Outcome` for each → `evaluate` makes a `Report`
of them → `report` shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index.errors import ArticleError, QuestionError
from index.sync import OnProgress
from index.types import Article, Hit, Passage
from qa.answers.wire import CitationJson, citation_of
from qa.conversation import Conversation
from qa.corpus import Corpus, Only
from qa.eval.gold import Asked, GoldSpan
from qa.eval.measures import (
    Figure,
    best_of,
    calibration_error,
    exact_match,
    f1,
    found_within,
    mean,
    percentile,
    proportion,
    reciprocal,
    stands_in,
)
from qa.show.text import clipped

DEFAULT_PASSAGES = 10
RIGHT = 0.5
"""F1 from which on an answer counts as right."""
MIN_ANSWERS_TO_CALIBRATE = 100
"""Ten to a bin; of fewer, the error of a well calibrated program looks large by chance."""
ARTICLES_NAMED = 5

Kind = Literal["false answer", "false refusal", "wrong answer", "passage not found"]
"""What became of a question that should have gone otherwise; the first of these that holds:
answered though the text does not, refused though it does, answered with an F1 below `RIGHT`;
answered right, though no passage found holds the gold answer.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question."""

    asked: Asked
    golds: tuple[str, ...]
    """The gold answers' texts."""
    given: str | None
    """The first answer; None where none was given."""
    exact_match: float
    """1 or 0; 0 where nothing was answered, or nothing should have been."""
    f1: float
    """In [0, 1]; 0 like that."""
    confidence: float
    """Probability in [0, 1]: of the answer as shown, or of the best candidate refused."""
    rank: int | None
    """Of the first passage found that holds a gold answer whole, before reading, from 1."""
    first: bool
    """Whether the first passage after reading holds one."""
    citation: CitationJson | None
    """Of the first passage after reading."""
    elapsed_ms: float
    """From the question to its response, looking for changed files included."""

    @property
    def right(self) -> bool:
        """Whether what was answered is right, at least half."""
        return self.given is not None and self.f1 >= RIGHT

    @property
    def failure(self) -> Kind | None:
        """What went wrong; None where nothing did."""
        if not self.asked.answerable:
            return None if self.given is None else "false answer"
        if self.given is None:
            return "false refusal"
        if not self.right:
            return "wrong answer"
        return None if self.rank else "passage not found"


@dataclass(frozen=True, slots=True)
class Report:
    """Figures over questions. One is None where there are no questions to have it of."""

    questions: int
    """How many there are; fewer are measured where it was interrupted."""
    measured: int
    answerable: int
    """Of those measured."""
    passages: int
    """How many were looked at for the gold answer."""
    recall: tuple[tuple[int, Figure | None], ...]
    """Of the answerable, those with a gold answer in the first k passages, for each k."""
    mean_reciprocal_rank: Figure | None
    passage_first: Figure | None
    """Of the answerable, those with a gold answer in the first passage after reading."""
    exact_match: Figure | None
    """Over the answerable, like F1; what is not answered counts 0."""
    f1: Figure | None
    answered: Figure | None
    """Of all measured."""
    false_answers: Figure | None
    """Of those that the text does not answer."""
    false_refusals: Figure | None
    """Of the answerable, like wrong answers; the others are right."""
    wrong_answers: Figure | None
    calibration_error: float | None
    """Mean distance in [0, 1] of shown probability and part that is right, over what was answered;
    None of too few answers to tell.
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
    only: Only = (),
    on_progress: OnProgress = lambda _: None,
) -> Iterator[Outcome]:
    """Bring the store in step with the files, ask each question, and yield what became of it.

    passages: how many to look for a gold answer in, at least 1. only: see `Corpus.ask`.

    Raises: QuestionError where a gold span or article is not in the corpus, before anything is
    asked; ArticleError where an article changes meanwhile; ModelError, StoreError.
    """
    corpus.sync(on_progress)
    golds = _gold_texts(corpus, asked)
    conversations: dict[str, Conversation] = defaultdict(lambda: Conversation(corpus))
    for one, texts in zip(asked, golds, strict=True):
        named = one.conversation
        conversation = Conversation(corpus) if named is None else conversations[named]
        response = conversation.ask(one.question, passages, only=only, alone=named is None)
        if corpus.report.added or corpus.report.changed or corpus.report.removed:
            raise ArticleError(
                "The articles changed while they were asked.",
                "Measure again when nothing writes to them.",
            )
        found = corpus.search(one.question, passages, context=response.context, only=only)
        given = response.answers[0].text if response.answers else None
        yield Outcome(
            asked=one,
            golds=texts,
            given=given,
            exact_match=0.0 if given is None else best_of(exact_match, given, texts),
            f1=0.0 if given is None else best_of(f1, given, texts),
            confidence=response.answers[0].score if response.answers else response.confidence,
            rank=gold_rank(found, one),
            first=any(holds_gold(hit.passage, one) for hit in response.hits[:1]),
            citation=citation_of(response.hits[0].passage) if response.hits else None,
            elapsed_ms=response.timings_ms["total"],
        )


def _gold_texts(corpus: Corpus, asked: Iterable[Asked]) -> list[tuple[str, ...]]:
    """Return the texts of the gold answers of each question. Raises: QuestionError."""
    known = corpus.articles()
    named = ", ".join([*known][:ARTICLES_NAMED]) + (" …" if len(known) > ARTICLES_NAMED else "")
    article_of = lru_cache(maxsize=8)(corpus.article)  # rows about one article mostly follow
    found = []
    for one in asked:
        if unknown := [id for id in one.articles if id not in known]:
            raise QuestionError(
                f"Line {one.line} of the questions names an article that is not asked: "
                f"{unknown[0]}.",
                f"There are {named}",
            )
        cut = [_text_at(gold, article_of(gold.article), one.line) for gold in one.spans]
        found.append(tuple(dict.fromkeys([*one.answers, *cut])))
    return found


def _text_at(gold: GoldSpan, article: Article | None, line: int) -> str:
    """Return what stands at a gold span of its article. Raises: QuestionError."""
    text = article.text if article else ""
    cut = text[gold.span.start : gold.span.end]
    if gold.span.end > len(text):
        raise QuestionError(
            f"Line {line} of the questions has a span that ends after its article, {gold.article}.",
            f"That one has {len(text):,} code points.",
        )
    if gold.text not in (None, cut):
        raise QuestionError(
            f"Line {line} of the questions has a span with another text than stands there in "
            f"{gold.article}.",
            f"There stands: {clipped(cut)}",
        )
    return cut


def gold_rank(hits: Sequence[Hit], asked: Asked) -> int | None:
    """Return the rank of the first passage that holds a gold answer whole; None without one."""
    return next((hit.rank for hit in hits if holds_gold(hit.passage, asked)), None)


def holds_gold(passage: Passage, asked: Asked) -> bool:
    """Tell whether a passage holds a gold answer whole: its span, or without spans its words."""
    id = passage.article.id
    if asked.spans:
        return any(gold.article == id and passage.span.contains(gold.span) for gold in asked.spans)
    if asked.article not in (None, id):
        return False
    return any(stands_in(answer, passage.text) for answer in asked.answers)


def evaluate(
    outcomes: Sequence[Outcome], *, questions: int | None = None, passages: int = DEFAULT_PASSAGES
) -> Report:
    """Return the figures over some outcomes.

    questions: how many there were to ask; None where all of them were.
    passages: as they were asked with.
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
        false_refusals=proportion([one.given is None for one in answerable]),
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
