"""Measures a reader on articles that are held back, to choose among its checkpoints."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.eval.measures import area_under_curve, best_of, exact_match, f1
from qa.train.groups import without_answer
from qa.train.questions import Question
from qa.train.score import Asked, BestSpan, read_texts
from qa.train.sets import QuestionSet

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import BertForQuestionAnswering

MEASURED = 200
"""Questions of each kind, at most."""
PASSAGES = 3
"""Passages read for a question, as the program does at first."""


def measure(
    model: BertForQuestionAnswering,
    tokenizer: Tokenizer,
    questions: QuestionSet,
    *,
    context: bool = True,
    most: int = MEASURED,
) -> dict[str, float]:
    """Return how well a model reads, by name of the measure.

    exact, f1: in percent, of the answerable questions with their paragraph given.
    misleading, misleading score: area under the ROC curve, in [0, 1], for telling answerable from
        unanswerable questions with their paragraph given; by the score of the best span minus the
        null score, and by the score alone.
    silent, silent score: the same for passages that search found; with one that answers, without.
    overall: the mean of the areas and of F1; checkpoints are chosen by it.

    context: whether the title is put before each text. most: questions of each kind.
    """
    asked = [
        question
        for answerable in (True, False)
        for question in _sample(questions.questions, most, answerable)
    ]
    given = [_asked(q.text, q.paragraph.text, q.paragraph.title * context) for q in asked]
    spans = read_texts(model, tokenizer, given, fast=True)
    exact, overlap = [], []
    for question, one, best in zip(asked, given, spans, strict=True):
        if question.answers:
            answer = one.text[best.span.start : best.span.end]
            golds = [question.paragraph.text[a.start : a.end] for a in question.answers]
            exact.append(best_of(exact_match, answer, golds))
            overlap.append(best_of(f1, answer, golds))
    measured = {
        "exact": 100 * sum(exact) / len(exact),
        "f1": 100 * sum(overlap) / len(overlap),
    }
    answerable = [best for q, best in zip(asked, spans, strict=True) if q.answers]
    others = [best for q, best in zip(asked, spans, strict=True) if not q.answers]
    measured |= _areas("misleading", [[best] for best in answerable], [[b] for b in others])
    measured |= _areas("silent", *_read_found(model, tokenizer, questions, context, most))
    areas = [value for name, value in measured.items() if name not in ("exact", "f1")]
    return measured | {"overall": (sum(areas) + measured["f1"] / 100) / (len(areas) + 1)}


def _sample(questions: Sequence[Question], most: int, answerable: bool) -> list[Question]:
    usable = [q for q in questions if bool(q.answers) == answerable and not q.unmarked]
    return random.Random(0).sample(usable, min(most, len(usable)))


def _read_found(
    model: BertForQuestionAnswering,
    tokenizer: Tokenizer,
    questions: QuestionSet,
    context: bool,
    most: int,
) -> tuple[list[list[BestSpan]], list[list[BestSpan]]]:
    """Return what is read in found passages: one answers; none does. The questions are the same."""
    asked: list[Asked] = []
    for question in _sample(questions.questions, most, True):
        holding, others = _passages(questions, question)
        if holding and len(others) >= PASSAGES:
            for text, title in [*holding[:1], *others[: PASSAGES - 1], *others[:PASSAGES]]:
                asked.append(_asked(question.text, text, title * context))
    spans = read_texts(model, tokenizer, asked, fast=True)
    read = [spans[first : first + PASSAGES] for first in range(0, len(spans), PASSAGES)]
    return read[::2], read[1::2]


def _passages(
    questions: QuestionSet, question: Question
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return text and title of the passages that hold an answer, and of those that do not."""
    place = questions.articles.place(question.paragraph)
    found = questions.found(question)
    holding = [
        (passage.text, passage.title)
        for passage in found
        if passage.article == question.paragraph.article
        and any(
            passage.span.start <= place.start + a.start and place.start + a.end <= passage.span.end
            for a in question.answers
        )
    ]
    others = without_answer(found, questions, question)
    return holding, [(passage.text, passage.title) for passage in others]


def _asked(question: str, text: str, title: str) -> Asked:
    line = f"{title}\n" if title else ""
    return Asked(question, line + text, len(line))


def _areas(
    name: str, answerable: Sequence[Sequence[BestSpan]], others: Sequence[Sequence[BestSpan]]
) -> dict[str, float]:
    """Return the areas for telling apart what was read; each is of some texts for a question."""
    diffs, scores = (
        [[max(map(value, read)) for read in reads] for reads in (answerable, others)]
        for value in (lambda best: best.score - best.null_score, lambda best: best.score)
    )
    return {name: area_under_curve(*diffs), f"{name} score": area_under_curve(*scores)}
