"""Turns questions into training examples: windows of text that answer, and many that do not.

A reader that has only seen answers finds one in any text. The examples that teach it to abstain
are made by rules from the questions themselves:

    elsewhere     another window of the same article, the one that shares most words
    deleted       the window without the sentence that answers
    exchanged     a name, number or word that question and window share is replaced by another of
                  its kind, in the question or in the window. If it is replaced in both, the
                  window still answers: only a disagreement counts
    negated       the question has a "not" that the window does not have, or the other way round
    denied        the same in the sentence that answers. If both are negated, the window answers
    constrained   the question adds a time or name that the window does not give
    mistyped      another question word: where instead of when
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Span
from qa.train.questions import Paragraph, Question
from qa.train.terms import SimilarWord, Terms
from qa.train.windows import sentence_around, window_around
from qa.train.wording import (
    content_words,
    names,
    negated_question,
    negated_sentence,
    numbers,
    replaced,
    with_other_question_word,
)

ANSWERED = 0.6
"""Default share of the examples that have an answer."""
CHANGED_IN_BOTH = 0.3
"""Share of the answered examples in which question and window are changed alike."""
NEGATED_IN_BOTH = 0.25
"""Share of those that are negated; in the others, a term is exchanged."""
USUAL_ANSWER = 0.75
"""Share of the answered examples with the answer most annotators gave; the others have any."""
KINDS = {
    "exchanged in question": 0.26,
    "exchanged in window": 0.16,
    "negated": 0.15,
    "denied": 0.05,
    "elsewhere": 0.16,
    "deleted": 0.12,
    "constrained": 0.07,
    "mistyped": 0.03,
}
"""Shares of the unanswered examples, by how they are made."""
TRIES = 4
"""How many ways of making an unanswered example are tried; if all fail, it gets an answer."""
MIN_REST_CHARS = 60
"""Minimum length of the window that is left when a sentence is deleted."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a text to read, with the answer to learn."""

    question: str
    text: str
    """A window of a paragraph."""
    answer: Span | None
    """Of `text`; None if the text does not answer."""
    kind: str
    """How it was made: "answered", "exchanged in both", "negated in both", or a key of KINDS."""
    anywhere: bool = False
    """Whether the answer is some part of `answer`; nobody marked which."""


class Examples:
    """Makes the examples of each epoch: the same ones for the same seed and epoch."""

    def __init__(
        self,
        questions: Sequence[Question],
        similar: SimilarWord,
        seed: int,
        *,
        answered: float = ANSWERED,
    ) -> None:
        """Use the questions that have an answer; ignore the others.

        answered: share in [0, 1] of the examples that have an answer.
        """
        self._answered = answered
        self._questions = [question for question in questions if question.answers]
        self._seed = seed
        self._paragraphs: dict[str, list[Paragraph]] = defaultdict(list)
        for paragraph in dict.fromkeys(question.paragraph for question in self._questions):
            self._paragraphs[paragraph.article].append(paragraph)
        self._words = {
            paragraph: content_words(paragraph.text)
            for of_article in self._paragraphs.values()
            for paragraph in of_article
        }
        self._terms = Terms(self._paragraphs, similar)

    def epoch(self, number: int) -> list[Example]:
        """Return one example for each question, in random order."""
        made = [
            self._example(question, random.Random(f"{self._seed}:{number}:{place}"))
            for place, question in enumerate(self._questions)
        ]
        random.Random(f"{self._seed}:{number}").shuffle(made)
        return made

    def drawn(self, number: int, size: int) -> list[tuple[Question, Example]]:
        """Return examples of `size` random questions, with their questions.

        number: of the draw; the same questions and examples for the same seed and number.
        """
        rng = random.Random(f"{self._seed}:drawn:{number}")
        questions = rng.sample(self._questions, min(size, len(self._questions)))
        return [(question, self._example(question, rng)) for question in questions]

    def _example(self, question: Question, rng: random.Random) -> Example:
        if rng.random() >= self._answered:
            for kind in rng.choices(list(KINDS), list(KINDS.values()), k=TRIES):
                if example := self._unanswered(kind, question, rng):
                    return example
        usual = rng.random() < USUAL_ANSWER
        answer = question.answer if usual else rng.choice(question.answers)
        example = _answered(question, answer, rng)
        if rng.random() < CHANGED_IN_BOTH:
            if rng.random() < NEGATED_IN_BOTH:
                return _negated_in_both(example, rng) or example
            return self._exchanged_in_both(example, question, rng) or example
        return example

    def _unanswered(self, kind: str, question: Question, rng: random.Random) -> Example | None:
        """Return an example of this kind; None if the question does not allow it."""
        if kind == "elsewhere":
            return self._elsewhere(question, rng)
        example = _answered(question, question.answer, rng)
        if kind == "deleted":
            return _deleted(example, question)
        if kind == "negated":
            return _with_question(example, negated_question(example.question, rng), kind)
        if kind == "denied":
            denied = _denied(example)
            return Example(question.text, denied.text, None, kind) if denied else None
        if kind == "mistyped":
            return _with_question(example, with_other_question_word(example.question, rng), kind)
        if kind == "constrained":
            return self._constrained(example, question, rng)
        exchange = self._exchange(example, question, rng)
        if exchange is None:
            return None
        if kind == "exchanged in question":
            return _with_question(example, replaced(example.question, *exchange), kind)
        text = replaced(example.text, *exchange)
        return Example(example.question, text, None, kind) if text != example.text else None

    def _exchange(
        self, example: Example, question: Question, rng: random.Random
    ) -> tuple[str, str] | None:
        if example.answer is None:
            return None
        return self._terms.exchange(
            example.question, example.text, example.answer, question.paragraph, rng
        )

    def _exchanged_in_both(
        self, example: Example, question: Question, rng: random.Random
    ) -> Example | None:
        """Return the example with one shared term exchanged in question and text alike."""
        exchange = self._exchange(example, question, rng)
        if exchange is None or example.answer is None:
            return None
        before = replaced(example.text[: example.answer.start], *exchange)
        answer = example.text[example.answer.start : example.answer.end]
        after = replaced(example.text[example.answer.end :], *exchange)
        span = Span(len(before), len(before) + len(answer))
        asked = replaced(example.question, *exchange)
        return Example(asked, before + answer + after, span, "exchanged in both")

    def _elsewhere(self, question: Question, rng: random.Random) -> Example | None:
        """Return a window of another paragraph of the article: the most similar of a few."""
        paragraphs = self._paragraphs[question.paragraph.article]
        answers = {
            question.paragraph.text[answer.start : answer.end].lower()
            for answer in question.answers
        }
        others = [
            other
            for other in rng.sample(paragraphs, min(len(paragraphs), 12))
            if other != question.paragraph
            and not any(answer in other.text.lower() for answer in answers)
        ]
        if not others:
            return None
        asked = content_words(question.text)
        best = max(others, key=lambda other: len(asked & self._words[other]))
        middle = rng.randrange(len(best.text))
        window = window_around(best.text, Span(middle, middle), rng)
        return Example(question.text, best.text[window.start : window.end], None, "elsewhere")

    def _constrained(
        self, example: Example, question: Question, rng: random.Random
    ) -> Example | None:
        """Return the example with a name or number added to the question."""
        if example.answer is None or not example.question.endswith("?"):
            return None
        answer = example.text[example.answer.start : example.answer.end]
        sentence = sentence_around(example.text, example.answer)
        near = example.text[sentence.start : sentence.end]
        find = names if rng.random() < 0.5 else numbers
        others = self._terms.others(find, answer, example.text, answer, question.paragraph, rng)
        others = [other for other in others if other not in near and other not in example.question]
        if not others:
            return None
        other = rng.choice(others)
        link = "in" if find is not names else rng.choice(["in", "for", "according to", "with"])
        asked = f"{example.question[:-1].rstrip()} {link} {other}?"
        return Example(asked, example.text, None, "constrained")


def _answered(question: Question, answer: Span, rng: random.Random) -> Example:
    """Return a question with a window that contains one of its answers."""
    window = window_around(question.paragraph.text, answer, rng)
    text = question.paragraph.text[window.start : window.end]
    span = Span(answer.start - window.start, answer.end - window.start)
    return Example(question.text, text, span, "answered")


def _with_question(example: Example, question: str | None, kind: str) -> Example | None:
    """Return the text with another question that it does not answer; None if it is the same."""
    if not question or question == example.question:
        return None
    return Example(question, example.text, None, kind)


def _deleted(example: Example, question: Question) -> Example | None:
    """Return the window without the sentence that answers, if no other one has the answer."""
    if example.answer is None:
        return None
    sentence = sentence_around(example.text, example.answer)
    rest = (example.text[: sentence.start] + example.text[sentence.end :].lstrip()).strip()
    answers = [question.paragraph.text[a.start : a.end].lower() for a in question.answers]
    if len(rest) < MIN_REST_CHARS or any(answer in rest.lower() for answer in answers):
        return None
    return Example(example.question, rest, None, "deleted")


def _denied(example: Example) -> Example | None:
    """Return the example with "not" added to the sentence that answers, before the answer.

    If there is a "not" already, it is removed instead.
    """
    if example.answer is None:
        return None
    sentence = sentence_around(example.text, example.answer)
    before = negated_sentence(example.text[sentence.start : example.answer.start])
    if before is None:
        return None
    text = example.text[: sentence.start] + before + example.text[example.answer.start :]
    start = sentence.start + len(before)
    return Example(example.question, text, Span(start, start + len(example.answer)), "denied")


def _negated_in_both(example: Example, rng: random.Random) -> Example | None:
    """Return the example negated in question and text: the text denies what is asked for."""
    denied, asked = _denied(example), negated_question(example.question, rng)
    if denied is None or asked is None:
        return None
    return Example(asked, denied.text, denied.answer, "negated in both")


def kinds(examples: Sequence[Example]) -> Counter[str]:
    """Return how many examples there are of each kind."""
    return Counter(example.kind for example in examples)
