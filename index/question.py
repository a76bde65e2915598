"""A question and its content words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from index.asking import asking_and_telling
from index.errors import QuestionError
from index.fillers import fillers, shaping
from index.terms import Term, terms_of

NAMES = frozenset(("IT", "May", "US", "Will"))
"""Names that are written like fillers, but for the capitals."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, split into words once."""

    text: str
    words: tuple[str, ...] = field(init=False, compare=False)
    """What is searched for: the content words in lower case, each once, in order.

    If the question has none, as "Who is she?", all its words.
    """
    terms: tuple[Term, ...] = field(init=False, compare=False)
    """The words and names that it is about, each once, in order: if a text lacks one, that is news.

    None in "Who is she?", and not the words that only ask, such as "tall" in "how tall". Of a long
    question, those of the sentences that ask.
    """

    asked: str = field(init=False, compare=False)
    """What models read: of a long question, the sentences that ask come first."""

    @classmethod
    def parse(cls, text: str) -> Question:
        """Return a question without white space around it.

        Raises: QuestionError if it is empty or not valid Unicode.
        """
        stripped = text.strip()
        if not stripped:
            raise QuestionError("The question is empty.", 'Ask something: qa ask "Who was it?"')
        try:
            stripped.encode("utf-8")
        except UnicodeEncodeError as error:
            raise QuestionError(
                "The question is not valid Unicode.", "Use a UTF-8 terminal and UTF-8 files."
            ) from error
        return cls(stripped)

    def __post_init__(self) -> None:
        asks, tells = asking_and_telling(self.text)
        content, named = _content(terms_of(asks))
        more, _ = _content(terms_of(tells))
        words = _words([*content, *more]) or _words(terms_of(self.text))
        object.__setattr__(self, "asked", f"{asks} {tells}" if tells else asks)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "terms", named)


def _content(terms: Sequence[Term]) -> tuple[list[Term], tuple[Term, ...]]:
    """Return the terms that are not fillers, and those of them that may be called absent, once."""
    lower = [term.shown.lower().replace("’", "'") for term in terms]
    content: list[Term] = []
    named: dict[str, Term] = {}
    rows = zip(terms, lower, fillers(lower), shaping(lower), strict=True)
    for term, key, is_filler, is_shaping in rows:
        if is_filler and not (term.shown in NAMES and term is not terms[0]):
            continue
        content.append(term)
        if not is_shaping and term.can_be_absent:
            named.setdefault(key, term)
    return content, tuple(named.values())


def _words(terms: Iterable[Term]) -> tuple[str, ...]:
    words = (word.lower() for term in terms for word in term.words)
    return tuple(dict.fromkeys(words))
