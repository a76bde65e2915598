"""Terms that a question shares with its text, and other terms of the same kind to replace them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence

from index.types import Span
from qa.train.questions import Paragraph
from qa.train.wording import (
    FUNCTION_WORDS,
    contains,
    has_opposite,
    is_number,
    names,
    numbers,
    opposite,
    words,
)

SimilarWord = Callable[[str, random.Random], str | None]
"""From a word in lower case to one of the same kind but another meaning; None if there is none."""
FindTerms = Callable[[str], list[str]]
"""From a text to its terms of one kind."""


class Terms:
    """Finds terms to exchange, and replacements in the same text, article or corpus."""

    def __init__(self, paragraphs: Mapping[str, Sequence[Paragraph]], similar: SimilarWord) -> None:
        """paragraphs: those of all articles, by article."""
        self._paragraphs = paragraphs
        self._articles = sorted(paragraphs)
        self._similar = similar

    def exchange(
        self, question: str, text: str, answer: Span, paragraph: Paragraph, rng: random.Random
    ) -> tuple[str, str] | None:
        """Return a term that question and text share, and another one of its kind.

        Terms in the answer are excluded. Words with an opposite, then numbers and names, are
        preferred: these exchanges are the hardest to notice.

        answer: span of `text`.
        paragraph: the paragraph that `text` is from.
        """
        answer_text = text[answer.start : answer.end]
        around = text[: answer.start] + " \0 " + text[answer.end :]
        terms = names(question) + numbers(question)
        terms = [term for term in terms if contains(around, term) and term not in answer_text]
        shared = [
            word
            for word in words(question)[1:]
            if word.lower() not in FUNCTION_WORDS
            and word.islower()
            and contains(around, word)
            and not contains(answer_text, word)
        ]
        with_opposite = [word for word in shared if has_opposite(word)]
        for pool, chance in ((with_opposite, 0.6), (terms, 0.7), (shared, 1.0)):
            if pool and rng.random() < chance:
                old = rng.choice(pool)
                if new := self._replacement(old, text, answer_text, paragraph, rng):
                    return old, new
        return None

    def others(
        self,
        find: FindTerms,
        old: str,
        text: str,
        answer: str,
        paragraph: Paragraph,
        rng: random.Random,
    ) -> list[str]:
        """Return terms of a kind, other than `old`: from the text, its article or any article."""
        sources = [text]
        if rng.random() < 0.5:
            sources = [rng.choice(self._paragraphs[paragraph.article]).text]
        any_article = rng.choice(self._paragraphs[rng.choice(self._articles)]).text
        for source in (*sources, any_article):
            found = [
                term
                for term in dict.fromkeys(find(source))
                if term.lower() not in old.lower()
                and old.lower() not in term.lower()
                and term not in answer
            ]
            if found:
                return found
        return []

    def _replacement(
        self, old: str, text: str, answer: str, paragraph: Paragraph, rng: random.Random
    ) -> str | None:
        if is_number(old):
            return self._other_number(old, text, answer, paragraph, rng)
        if old[0].isupper():
            return self._other_name(old, text, answer, paragraph, rng)
        if has_opposite(old) or rng.random() < 0.2:
            return opposite(old, rng, lambda word: self._similar(word, rng) is not None)
        return self._similar(old, rng)

    def _other_number(
        self, old: str, text: str, answer: str, paragraph: Paragraph, rng: random.Random
    ) -> str | None:
        """Return another number of the same length if there is one, or a number close to `old`."""
        others = self.others(numbers, old, text, answer, paragraph, rng)
        same_length = [other for other in others if len(other) == len(old)]
        if same_length and rng.random() < 0.6:
            return rng.choice(same_length)
        digits = re.sub(r"\D", "", old)
        step = rng.choice([-1, 1]) * rng.choice([1, 1, 2, 3, 5, 10, 20])
        changed = str(max(0, int(digits[:9]) + step))
        if digits not in old or changed == digits:
            return None
        return old.replace(digits, changed)

    def _other_name(
        self, old: str, text: str, answer: str, paragraph: Paragraph, rng: random.Random
    ) -> str | None:
        """Return another name, with the same number of words if there is one."""
        others = self.others(names, old, text, answer, paragraph, rng)
        count = len(old.split())
        same_length = [other for other in others if len(other.split()) == count] or others
        return rng.choice(same_length) if same_length else None
