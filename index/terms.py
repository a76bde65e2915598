"""Cuts a question into terms: words, and names of several words such as `snake_case` or `4.1.0`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from index.fillers import FUNCTION_WORDS
from index.inflections import forms_of
from index.words import composed, parts_in

MAX_TERM_CHARS = 100
"""Longer terms are searched, but not called absent."""
MIN_YEAR_DIGITS = 3
"""Of a number in a range that is searched for by itself."""
_RANGE_SIGNS = "-‐‑–/"
MIN_TAIL_CHARS = 2
"""Of the second half of a word that a text may write in two; the first can be a letter: e-mail."""

# Patterns for the classes of a text's characters, one letter each: see `_classes`.
_TERM = re.compile(
    r"(?:w\.){2,}(?![w9])|"  # an abbreviation such as U.S.
    r"(?:(?<![^ (])[-.@#$~]{1,2})?"  # a sign that a name begins with, as in .NET
    r"[w9]+(?:(?:(?<=9),(?=9)|::?(?=[w9])|:?//?|\\|[-–'_.@&+])[w9]+)*"
    r"(?:#|\+\+)?(?![w9])"
)
_PIECE = re.compile(r"[w9]+")
_SAME_SIGN = str.maketrans("‐‑’", "--'")
_CLITICS = frozenset(["s", "d", "ll", "re", "ve", "m"])
"""What is written after the apostrophe of a word that is whole without it."""
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u318f\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Scripts that do not separate all words by spaces: whether such a word occurs is not certain."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question, or a name."""

    shown: str
    """As it is written in the question, without a possessive ending."""
    pieces: tuple[str, ...]
    """Its runs of letters and digits: snake and case; 4, 1 and 0."""

    @property
    def is_number(self) -> bool:
        """Whether it has no letters, as 4.1.0 and 1,400."""
        return not any(c.isalpha() for c in self.shown)

    @property
    def is_abbreviation(self) -> bool:
        """Whether it is made of single letters, as U.S. and R&D."""
        return len(self.pieces) > 1 and all(len(piece) == 1 for piece in self.pieces)

    @property
    def parts(self) -> list[str]:
        """The words that a name is made of, and the years of 1914-1918; empty for a word."""
        if self.is_number:
            is_range = any(sign in self.shown[1:] for sign in _RANGE_SIGNS)
            return [piece for piece in self.pieces if is_range and len(piece) >= MIN_YEAR_DIGITS]
        parts = [part for piece in self.pieces for part in parts_in(piece)]
        if len(self.pieces) > 1:
            parts = [*self.pieces, *parts]
        return [
            part
            for part in parts
            if len(part) > 1 and _has_letters(part) and part.lower() not in FUNCTION_WORDS
        ]

    @property
    def spellings(self) -> list[str]:
        """Other ways to write it: a name without its signs, a number without separators."""
        if len(self.pieces) == 1 or (self.is_number and not _is_grouped(self.pieces)):
            return []
        return ["".join(self.pieces)]

    @property
    def words(self) -> list[str]:
        """What is searched for: a word, a number as it is, or a name and its parts."""
        if len(self.pieces) == 1:
            return [self.pieces[0], *self.parts]
        if self.is_number or self.is_abbreviation:
            return [self.shown, *self.spellings, *self.parts]
        holds_letter = any(len(piece) == 1 for piece in self.pieces)
        is_whole = "_" in self.shown or holds_letter or not self.parts
        return [*([self.shown] if is_whole else []), *self.parts]

    @property
    def forms(self) -> list[str]:
        """What must all be absent from a text before the term may be called absent."""
        others = forms_of(self.pieces[0]) if len(self.pieces) == 1 else []
        return [self.shown, *self.spellings, *self.parts, *others]

    @property
    def halves(self) -> list[str]:
        """A word written in two, in all possible ways, as `hand rail` for `handrail`."""
        if len(self.pieces) > 1 or self.is_number:
            return []
        word = self.pieces[0]
        places = range(1, len(word) - MIN_TAIL_CHARS + 1)
        return [f"{word[:place]} {word[place:]}" for place in places]

    @property
    def can_be_absent(self) -> bool:
        """Whether a text can be known not to have it: not if it is a letter, or in some scripts."""
        if len(self.shown) > MAX_TERM_CHARS or _UNSPACED.search(self.shown):
            return False
        has_word = any(len(piece) > 1 for piece in self.pieces)
        return has_word or self.is_number or self.shown != self.pieces[0]


def terms_of(text: str) -> list[Term]:
    """Return the terms of a text, in order; each as often as it is there."""
    text = composed(text)
    classes = _classes(text)
    terms = [
        _term(text[found.start() : found.end()], found[0]) for found in _TERM.finditer(classes)
    ]
    return [term for term in terms if _has_letters(term.shown)]


def _has_letters(word: str) -> bool:
    """Return whether a word has a letter or a digit, not private characters and marks only."""
    return any(c.isalnum() for c in word)


def _classes(text: str) -> str:
    """Return a text with `w` for each letter or mark, and 9 for each digit, as FTS5 has them."""
    signs = text.translate(_SAME_SIGN)
    classes = "".join(_CLASSES.get(unicodedata.category(c), c) for c in signs)
    return re.sub(r"[\s\"“”‘«»\[{]", " ", classes)


_CLASSES = {
    **dict.fromkeys(["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Co"], "w"),
    **dict.fromkeys(["Nd", "Nl", "No"], "9"),
}


def _term(shown: str, classes: str) -> Term:
    while (end := classes.rfind("'")) > 0 and shown[end + 1 :].lower() in _CLITICS:
        shown, classes = shown[:end], classes[:end]
    pieces = [shown[found.start() : found.end()] for found in _PIECE.finditer(classes)]
    return Term(shown, tuple(pieces))


def _is_grouped(pieces: tuple[str, ...]) -> bool:
    """Return whether a number has separators before each three digits, as 1,400."""
    return len(pieces[0]) <= 3 and all(len(piece) == 3 for piece in pieces[1:])
