"""Questions to training examples: windows of text that answer, and many ways of not answering.

A reader that has only seen answers finds one in anything. The examples that teach it to abstain
are made by rules from the questions themselves:

    elsewhere     another window of the same article, the one that shares most words
    deleted       the window without the sentence that answers
    exchanged     a name, number or word that question and window share becomes another of its
                  kind, in one of the two; in both, it still answers, so that nothing but the
                  disagreement tells
    negated       the question has a "not" that the window has not, or the other way round
    denied        the same, in the sentence that answers; in both, it answers again
    constrained   the question adds a time or name that the window does not give
    mistyped      another question word: where for when
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.split import sentence_spans
from index.types import Span
from qa.train.questions import Paragraph, Question
from qa.train.wording import (
    FUNCTION_WORDS,
    content_words,
    contrary,
    denied,
    has_contrary,
    holds,
    is_number,
    mistyped,
    names,
    negated,
    numbers,
    replaced,
)
from qa.train.wording import words as words_of

WINDOW_CHARS = ((250, 550, 0.5), (550, 950, 0.5))
"""Lengths of windows: from, to, and the part of the windows that has them."""
ANSWERED = 0.6
"""The part of the examples that have an answer, unless another is asked for."""
CHANGED_IN_BOTH = 0.3
"""The part of the answered examples in which question and window are changed alike: a fourth of
them negated, in the others a term exchanged."""
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
"""The parts of the unanswered examples that are made in each way."""

Exchange = Callable[[str, random.Random], str | None]


@dataclass(frozen=True, slots=True)
class Example:
    """What one step of training sees of a question."""

    question: str
    text: str
    """What is read: a window of a paragraph."""
    answer: Span | None
    """Of `text`; None where it does not answer."""
    kind: str


class Examples:
    """Makes the examples of each epoch, anew and the same for the same seed."""

    def __init__(
        self,
        questions: Sequence[Question],
        similar: Exchange,
        seed: int,
        *,
        answered: float = ANSWERED,
    ) -> None:
        """Make examples of questions; those that have no answer are left out.

        similar: returns another word for a lower-case one, of its kind but not its sense.
        answered: part in [0, 1] of the examples that have an answer.
        """
        self._answered = answered
        self._questions = [question for question in questions if question.answers]
        self._similar = similar
        self._seed = seed
        self._paragraphs: dict[str, list[Paragraph]] = defaultdict(list)
        for paragraph in dict.fromkeys(question.paragraph for question in self._questions):
            self._paragraphs[paragraph.article].append(paragraph)
        self._words = {
            paragraph: content_words(paragraph.text)
            for among in self._paragraphs.values()
            for paragraph in among
        }
        self._articles = sorted(self._paragraphs)

    def epoch(self, number: int) -> list[Example]:
        """Return one example a question, in random order."""
        made = [
            self._example(question, random.Random(f"{self._seed}:{number}:{place}"))
            for place, question in enumerate(self._questions)
        ]
        random.Random(f"{self._seed}:{number}").shuffle(made)
        return made

    def _example(self, question: Question, rng: random.Random) -> Example:
        if rng.random() >= self._answered:
            kinds = rng.choices(list(KINDS), list(KINDS.values()), k=4)
            for kind in kinds:
                if example := self._unanswered(kind, question, rng):
                    return example
        answer = question.answer if rng.random() < 0.75 else rng.choice(question.answers)
        example = _windowed(question, answer, rng)
        if rng.random() < CHANGED_IN_BOTH:
            if rng.random() < 0.25:
                return _negated_in_both(example, rng) or example
            return self._exchanged_in_both(example, question, rng) or example
        return example

    def _unanswered(self, kind: str, question: Question, rng: random.Random) -> Example | None:
        if kind == "elsewhere":
            return self._elsewhere(question, rng)
        example = _windowed(question, question.answer, rng)
        if kind == "deleted":
            return _deleted(example, question)
        if kind == "negated":
            return _asked_otherwise(example, negated(example.question, rng), kind)
        if kind == "denied":
            denying = _denied(example)
            return Example(question.text, denying.text, None, kind) if denying else None
        if kind == "mistyped":
            return _asked_otherwise(example, mistyped(example.question, rng), kind)
        if kind == "constrained":
            return self._constrained(example, question, rng)
        exchange = self._exchange(example, question, rng)
        if exchange is None:
            return None
        old, new = exchange
        if kind == "exchanged in question":
            return _asked_otherwise(example, replaced(example.question, old, new), kind)
        text = replaced(example.text, old, new)
        return Example(example.question, text, None, kind) if text != example.text else None

    def _exchanged_in_both(
        self, example: Example, question: Question, rng: random.Random
    ) -> Example | None:
        """Return the example with one shared term exchanged in question and text alike."""
        exchange = self._exchange(example, question, rng)
        if exchange is None or example.answer is None:
            return None
        old, new = exchange
        before = replaced(example.text[: example.answer.start], old, new)
        answer = example.text[example.answer.start : example.answer.end]
        after = replaced(example.text[example.answer.end :], old, new)
        span = Span(len(before), len(before) + len(answer))
        asked = replaced(example.question, old, new)
        return Example(asked, before + answer + after, span, "exchanged in both")

    def _exchange(
        self, example: Example, question: Question, rng: random.Random
    ) -> tuple[str, str] | None:
        """Return a term that question and text share, and another one of its kind.

        Numbers and names are taken before other words, and from the same text where it has
        some: the hardest to tell from what was asked for.
        """
        if example.answer is None:
            return None
        answer = example.text[example.answer.start : example.answer.end]
        around = example.text[: example.answer.start] + " \0 " + example.text[example.answer.end :]
        terms = names(example.question) + numbers(example.question)
        terms = [term for term in terms if holds(around, term) and term not in answer]
        words = [
            word
            for word in words_of(example.question)[1:]
            if word.lower() not in FUNCTION_WORDS
            and word.islower()
            and holds(around, word)
            and not holds(answer, word)
        ]
        opposed = [word for word in words if has_contrary(word)]
        for pool, chance in ((opposed, 0.6), (terms, 0.7), (words, 1.0)):
            if pool and rng.random() < chance:
                old = rng.choice(pool)
                if new := self._instead(old, example.text, answer, question.paragraph, rng):
                    return old, new
        return None

    def _instead(
        self, old: str, text: str, answer: str, paragraph: Paragraph, rng: random.Random
    ) -> str | None:
        if is_number(old):
            return self._other_number(old, text, answer, paragraph, rng)
        if old[0].isupper():
            return self._other_name(old, text, answer, paragraph, rng)
        if has_contrary(old) or rng.random() < 0.2:
            return contrary(old, rng, lambda word: self._similar(word, rng) is not None)
        return self._similar(old, rng)

    def _other_number(
        self, old: str, text: str, answer: str, paragraph: Paragraph, rng: random.Random
    ) -> str | None:
        others = self._others(numbers, old, text, answer, paragraph, rng)
        alike = [other for other in others if len(other) == len(old)]
        if alike and rng.random() < 0.6:
            return rng.choice(alike)
        digits = re.sub(r"\D", "", old)
        changed = max(
            0, int(digits[:9]) + rng.choice([-1, 1]) * rng.choice([1, 1, 2, 3, 5, 10, 20])
        )
        return (
            old.replace(digits, str(changed)) if digits in old and str(changed) != digits else None
        )

    def _other_name(
        self, old: str, text: str, answer: str, paragraph: Paragraph, rng: random.Random
    ) -> str | None:
        others = self._others(names, old, text, answer, paragraph, rng)
        words = len(old.split())
        alike = [other for other in others if len(other.split()) == words] or others
        return rng.choice(alike) if alike else None

    def _others(
        self,
        find: Callable[[str], list[str]],
        old: str,
        text: str,
        answer: str,
        paragraph: Paragraph,
        rng: random.Random,
    ) -> list[str]:
        """Return other terms of a kind: of the text itself, its article, or any article."""
        sources = [text]
        if rng.random() < 0.5:
            sources = [rng.choice(self._paragraphs[paragraph.article]).text]
        strange = rng.choice(self._paragraphs[rng.choice(self._articles)]).text
        for source in (*sources, strange):
            others = [
                other
                for other in dict.fromkeys(find(source))
                if other.lower() not in old.lower()
                and old.lower() not in other.lower()
                and other not in answer
            ]
            if others:
                return others
        return []

    def _elsewhere(self, question: Question, rng: random.Random) -> Example | None:
        """Return the paragraph of the article, of a few, that shares most words; not the own."""
        among = self._paragraphs[question.paragraph.article]
        own = {
            question.paragraph.text[answer.start : answer.end].lower()
            for answer in question.answers
        }
        tried = rng.sample(among, min(len(among), 12))
        others = [
            other
            for other in tried
            if other != question.paragraph and not any(a in other.text.lower() for a in own)
        ]
        if not others:
            return None
        asked = content_words(question.text)
        best = max(others, key=lambda other: len(asked & self._words[other]))
        window = _window(best.text, Span(middle := rng.randrange(len(best.text)), middle), rng)
        return Example(question.text, best.text[window.start : window.end], None, "elsewhere")

    def _constrained(
        self, example: Example, question: Question, rng: random.Random
    ) -> Example | None:
        if example.answer is None or not example.question.endswith("?"):
            return None
        answer = example.text[example.answer.start : example.answer.end]
        sentence = _sentence_of(example.text, example.answer)
        near = example.text[sentence.start : sentence.end]
        find = names if rng.random() < 0.5 else numbers
        others = self._others(find, answer, example.text, answer, question.paragraph, rng)
        others = [other for other in others if other not in near and other not in example.question]
        if not others:
            return None
        other = rng.choice(others)
        link = "in" if find is not names else rng.choice(["in", "for", "according to", "with"])
        asked = f"{example.question[:-1].rstrip()} {link} {other}?"
        return Example(asked, example.text, None, "constrained")


def _asked_otherwise(example: Example, question: str | None, kind: str) -> Example | None:
    if not question or question == example.question:
        return None
    return Example(question, example.text, None, kind)


def _windowed(question: Question, answer: Span, rng: random.Random) -> Example:
    window = _window(question.paragraph.text, answer, rng)
    text = question.paragraph.text[window.start : window.end]
    return Example(
        question.text,
        text,
        Span(answer.start - window.start, answer.end - window.start),
        "answered",
    )


def _window(text: str, inside: Span, rng: random.Random) -> Span:
    """Return a range around `inside` of a random length, mostly of whole sentences."""
    low, high, _ = rng.choices(WINDOW_CHARS, [part for _, _, part in WINDOW_CHARS])[0]
    length = max(rng.randint(low, high), len(inside))
    start = max(0, min(inside.start - rng.randint(0, length - len(inside)), len(text) - length))
    end = min(len(text), start + length)
    if rng.random() < 0.8:
        sentences = sentence_spans(text, Span(0, len(text)))
        starts = [s.start for s in sentences if s.start <= inside.start]
        later = [s for s in starts if s >= start]
        start = (later or starts or [start])[0 if later else -1]
        ends = [s.end for s in sentences if s.end >= inside.end]
        earlier = [e for e in ends if e <= end]
        end = earlier[-1] if earlier else (ends or [end])[0]
    else:
        while 0 < start < inside.start and not text[start - 1].isspace():
            start += 1
        while inside.end < end < len(text) and not text[end].isspace():
            end -= 1
    return Span(min(start, inside.start), max(end, inside.end))


def _deleted(example: Example, question: Question) -> Example | None:
    """Return the window without its answering sentence, if the answer stands in no other one."""
    if example.answer is None:
        return None
    sentence = _sentence_of(example.text, example.answer)
    rest = (example.text[: sentence.start] + example.text[sentence.end :].lstrip()).strip()
    answers = [question.paragraph.text[a.start : a.end].lower() for a in question.answers]
    if len(rest) < 60 or any(answer in rest.lower() for answer in answers):
        return None
    return Example(example.question, rest, None, "deleted")


def _denied(example: Example) -> Example | None:
    """Return the example with "not" in or out of the sentence that answers, before the answer."""
    if example.answer is None:
        return None
    sentence = _sentence_of(example.text, example.answer)
    before = denied(example.text[sentence.start : example.answer.start])
    if before is None:
        return None
    text = example.text[: sentence.start] + before + example.text[example.answer.start :]
    start = sentence.start + len(before)
    return Example(example.question, text, Span(start, start + len(example.answer)), "denied")


def _negated_in_both(example: Example, rng: random.Random) -> Example | None:
    """Return the example negated in question and text: what is denied is what is asked for."""
    denying, asked = _denied(example), negated(example.question, rng)
    if denying is None or asked is None:
        return None
    return Example(asked, denying.text, denying.answer, "negated in both")


def _sentence_of(text: str, answer: Span) -> Span:
    sentences = sentence_spans(text, Span(0, len(text)))
    starts = [sentence.start for sentence in sentences]
    first = max(0, bisect_right(starts, answer.start) - 1)
    last = max(first, bisect_right(starts, max(answer.start, answer.end - 1)) - 1)
    if not sentences:
        return Span(0, len(text))
    return Span(sentences[first].start, max(answer.end, sentences[last].end))


def kinds(examples: Sequence[Example]) -> Counter[str]:
    """Return how many examples were made in each way."""
    return Counter(example.kind for example in examples)
