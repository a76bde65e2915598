"""Recognises questions for the meaning of a term, and writes the term as a pattern."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.question import Question
from qa.reader.kinds import bare

MAX_WORDS = 6
"""Of a term; a longer one is a description."""
MAX_QUESTION_CHARS = 200

_TERM = r"(?:(?:an?|the)\s+)?(?:(?:word|term|abbreviation|acronym|expression)s?\s+)?(.+?)"
_WHERE = r"(?:\s+(?:in|by|according to|as used in|here)\b.*)?"
_ASKS_MEANING = re.compile(
    rf"how\s+(?:is|are|was|were)\s+{_TERM}\s+(?:defined|described){_WHERE}"
    rf"|how\s+(?:do|does|did)\s+.+?\s+define\s+{_TERM}"
    rf"|what\s+(?:do|does|did)\s+{_TERM}\s+mean{_WHERE}"
    rf"|what\s+is\s+meant\s+by\s+{_TERM}"
    rf"|(?:what\s+(?:is|was)\s+the\s+|the\s+)?(?:definition|meaning)\s+of\s+{_TERM}"
    rf"|(?:please\s+)?define\s+{_TERM}",
    re.IGNORECASE,
)
_ASKS_WHAT = re.compile(rf"(?:what|who)(?:\s+(?:is|are|was|were)|['’]s)\s+{_TERM}", re.IGNORECASE)
_ASKS_THE = re.compile(r"(?:what|who)(?:\s+\w+|['’]s)\s+the\b", re.IGNORECASE)
_IN_LANGUAGE = re.compile(r"\bmean(?:s|ing)?\b.* in (?:the )?(?:[A-Z]|\w+ language)")
_MARKS = "\"'“”‘’«»*_`()[] "


@dataclass(frozen=True, slots=True)
class Term:
    """What a question asks the meaning of."""

    pattern: str
    """A regular expression for its words in the singular and in the plural."""
    words: tuple[str, ...]
    wants_meaning: bool
    """Whether the question asks for the meaning, as in "How is X defined?", not just "What is X?".
    """
    is_the_only_one: bool
    """Whether it has "the", as in "What is the price?": that asks for a value."""


def term_of(question: Question) -> Term | None:
    """Return the term that a question asks the meaning of; None if it asks for none."""
    text = bare(question.asked).rstrip(" ?.!")
    if len(text) > MAX_QUESTION_CHARS or _IN_LANGUAGE.search(text):  # asks for a translation
        return None
    meaning = _ASKS_MEANING.fullmatch(text)
    match = meaning or _ASKS_WHAT.fullmatch(text)
    words = next(filter(None, match.groups())).strip(_MARKS).split() if match else []
    if not 0 < len(words) <= MAX_WORDS:
        return None
    pattern = r"[\s-]+".join(map(_any_number, words))
    return Term(pattern, tuple(words), meaning is not None, bool(_ASKS_THE.match(text)))


def _any_number(word: str) -> str:
    """Return a pattern for a word in the singular and in the plural."""
    lower = word.lower()
    if lower.endswith("ies") and len(word) > 4:
        return rf"{re.escape(word[:-3])}(?:ies|y)"
    if lower.endswith("y") and len(word) > 2:
        return rf"{re.escape(word[:-1])}(?:ies|y)"
    if lower.endswith("s") and len(word) > 3 and not lower.endswith("ss"):
        return rf"{re.escape(word[:-1])}s?"
    return rf"{re.escape(word)}(?:e?s)?"
