"""Puts texts for the same question into groups: one that answers, and others that search found.

A group teaches the reader to compare texts: all spans of all texts of a group compete (see
`losses`). The first text of a group is the question's own, if the group has it:

    answered    a window or passage with the answer, and passages without it
    unanswered  the paragraph that a person asked about without an answer in it, and passages
    silent      only passages that search found; the text with the answer is missing
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.types import Span
from index.wording import CONTEXT_SEPARATOR
from qa.train.examples import USUAL_ANSWER, Example
from qa.train.mine import Found
from qa.train.questions import Question
from qa.train.sets import QuestionSet
from qa.train.windows import window_around

GROUP_TEXTS = (2, 4)
"""Texts of a group: at least and at most, if search found enough."""
RANKS = 8
"""The other texts of a group are drawn from this many of the best passages without the answer."""
SILENT = 0.3
"""Share of the questions with a marked answer that are asked without the text that answers."""
AS_FOUND = 0.5
"""Share of the own texts that are a passage as search found it; the others are windows."""
WITH_CONTEXT = 0.75
"""Share of the groups whose texts have their title before them."""
WITH_HEADING = 0.3
"""Share of those that have a heading after the title as well."""
HEADINGS = (
    "History", "Overview", "Background", "Introduction", "Details", "Description", "Notes",
    "Origins", "Early years", "Later developments", "Summary", "General information", "Context",
)  # fmt: skip
"""Headings that say nothing about what follows: the texts are from articles without headings."""
MAX_UNMARKED_CHARS = 1100
"""The place of the answer is not known, so a paragraph that would be cut off cannot be used."""


@dataclass(frozen=True, slots=True)
class Group:
    """Texts to read for the same question; at most one answers."""

    examples: tuple[Example, ...]

    def __post_init__(self) -> None:
        answered = sum(example.answer is not None for example in self.examples)
        if answered > 1 or len({example.question for example in self.examples}) != 1:
            raise ValueError("a group has one question and at most one answer")


def groups_of(questions: QuestionSet, asked: Sequence[Question], rng: random.Random) -> list[Group]:
    """Return a group for each of the questions that allow one."""
    made = (_group(questions, question, rng) for question in asked)
    return [group for group in made if group]


def with_context(example: Example, context: str) -> Example:
    """Return the example with a line before its text: a title, or a title and headings."""
    line = f"{context}\n"
    answer = example.answer
    moved = Span(answer.start + len(line), answer.end + len(line)) if answer else None
    return replace(example, text=line + example.text, answer=moved)


def context_line(title: str, rng: random.Random) -> str:
    """Return a title, often with a heading after it."""
    if rng.random() >= WITH_HEADING:
        return title
    return title + CONTEXT_SEPARATOR + rng.choice(HEADINGS)


def without_answer(
    found: Sequence[Found], questions: QuestionSet, question: Question
) -> list[Found]:
    """Return the passages found for a question that do not answer it, best first.

    A passage that has the words of an answer might. So might any part of the question's paragraph
    if nobody marked the answer.
    """
    paragraph = questions.articles.place(question.paragraph)
    answers = {
        " ".join(question.paragraph.text[answer.start : answer.end].lower().split())
        for answer in question.answers
    }
    return [
        passage
        for passage in found
        if not any(answer in " ".join(passage.text.lower().split()) for answer in answers)
        and not (
            question.unmarked
            and passage.article == question.paragraph.article
            and passage.span.overlap(paragraph)
        )
    ]


def _group(questions: QuestionSet, question: Question, rng: random.Random) -> Group | None:
    found = questions.found(question)
    others = without_answer(found, questions, question)[:RANKS]
    silent = bool(question.answers) and rng.random() < SILENT
    own = None if silent else _own(questions, question, found, rng)
    if own is None and not (silent and others):
        return None
    if own is not None:
        others = [other for other in others if other.text != own.text]
    size = rng.randint(*GROUP_TEXTS) - (own is not None)
    drawn = rng.sample(others, min(size, len(others)))
    titles = [question.paragraph.title] * (own is not None) + [other.title for other in drawn]
    kind = "silent" if silent else "retrieved"
    examples = [Example(question.text, other.text, None, kind) for other in drawn]
    examples = ([own] if own else []) + examples
    if all(titles) and rng.random() < WITH_CONTEXT:
        examples = [
            with_context(example, context_line(title, rng))
            for example, title in zip(examples, titles, strict=True)
        ]
    return Group(tuple(examples))


def _own(
    questions: QuestionSet, question: Question, found: Sequence[Found], rng: random.Random
) -> Example | None:
    """Return the question's own text, with its answer if it has one; None if it cannot be used."""
    text = question.paragraph.text
    if question.unmarked:
        if len(text) > MAX_UNMARKED_CHARS:
            return None
        return Example(question.text, text, Span(0, len(text)), "unmarked", anywhere=True)
    place = questions.articles.place(question.paragraph)
    near = [passage for passage in found if passage.article == question.paragraph.article]
    as_found = rng.random() < AS_FOUND
    if not question.answers:
        inside = [passage for passage in near if passage.span.overlap(place)]
        chosen = rng.choice(inside[:2]).text if inside and as_found else text
        return Example(question.text, chosen, None, "unanswered")
    usual = rng.random() < USUAL_ANSWER
    answer = question.answer if usual else rng.choice(question.answers)
    in_article = Span(place.start + answer.start, place.start + answer.end)
    holding = [passage for passage in near if passage.span.contains(in_article)]
    if holding and as_found:
        passage = rng.choice(holding)
        start = in_article.start - passage.span.start
        span = Span(start, start + len(in_article))
        return Example(question.text, passage.text, span, "answered")
    window = window_around(text, answer, rng)
    span = Span(answer.start - window.start, answer.end - window.start)
    return Example(question.text, text[window.start : window.end], span, "answered")
