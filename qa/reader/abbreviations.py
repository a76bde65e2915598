"""Answers what an abbreviation stands for: "Service Set Identifier" for SSID.

The words must be just before or after it, one of the two in brackets, and begin with its letters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.fillers import FUNCTION_WORDS
from index.question import Question
from index.types import Article, Hit, Span
from index.view import plain
from qa.reader.counts import MAX_UNSUPPORTED
from qa.reader.decide import Candidate
from qa.reader.kinds import bare
from qa.reader.proofs import PASSAGES_TO_READ, Proof, parts_of
from qa.reader.whole import whole

PROBABILITY = 0.9
"""In [0, 1], of words that begin with the letters of an abbreviation next to it."""
MAX_LETTERS = 12

_ASKS = re.compile(
    r"what\s+(?:do|does|did)\s+(?:the\s+)?(?:(?:abbreviation|acronym|letters?)\s+)?(?P<term>\S+)\s+"
    r"(?:stand\s+for|abbreviate)\b.*"
    r"|what\s+(?:is|are)\s+(?P<short>\S+)\s+(?:short\s+for|an?\s+(?:abbreviation|acronym)\s+(?:of|for))"
    r"\b.*",
    re.IGNORECASE | re.DOTALL,
)
_MARKS = "\"'“”‘’«»*_`()[]?.,"
_ARTICLES = frozenset(["a", "an", "the"])
_WORD = re.compile(r"[^\W_]+")


def expanded(question: Question, hits: Sequence[Hit]) -> Proof | None:
    """Return what an abbreviation stands for; None if a question does not ask, or none is found."""
    if not (term := _term(question)):
        return None
    for hit in hits[:PASSAGES_TO_READ]:
        article = hit.passage.article
        for part in parts_of(article, hit.passage.span):
            if found := _expansion(article, part.span, term):
                return Proof(hit, (found,), PROBABILITY)
    return None


def likely_expansions(
    question: Question, read: Sequence[tuple[Candidate, float]]
) -> list[tuple[Candidate, float]]:
    """Return what may answer, best first; at most MAX_UNSUPPORTED if it begins with another letter.

    Unchanged if the question does not ask what an abbreviation stands for.
    """
    if not (term := _term(question)):
        return list(read)
    found = [
        (one, known if _initial(one.text) == term[0].lower() else min(known, MAX_UNSUPPORTED))
        for one, known in read
    ]
    return sorted(found, key=lambda each: -each[1])


def _term(question: Question) -> str:
    """Return the abbreviation that a question asks the words of; empty if it does not."""
    match = _ASKS.fullmatch(bare(question.asked))
    term = (match["term"] or match["short"]).strip(_MARKS) if match else ""
    return term if 1 < len(term) <= MAX_LETTERS else ""


def _initial(text: str) -> str:
    """Return the first letter of a text after an article, in lower case."""
    words = [word.lower() for word in _WORD.findall(text) if word.lower() not in _ARTICLES]
    return words[0][0] if words else ""


def _expansion(article: Article, span: Span, term: str) -> Span | None:
    """Return the words that an abbreviation stands for in a block; None if there are none."""
    view = plain(article, span)
    letters = [each for each in term.lower() if each.isalnum()]
    for match in re.finditer(rf"\(\s*[\"“]?{re.escape(term)}[\"”]?\s*[),;]", view.text):
        words = list(
            _WORD.finditer(view.text, max(0, match.start() - 30 * len(term)), match.start())
        )
        if place := _last_words(words, letters):
            quoted = view.span(*place)
            return quoted and whole(article, quoted)
    for match in re.finditer(rf"\b{re.escape(term)}\s*\((?P<words>[^()]+)\)", view.text):
        words = list(_WORD.finditer(view.text, *match.span("words")))
        if (place := _last_words(words, letters)) and place[0] == words[0].start():
            quoted = view.span(*place)
            return quoted and whole(article, quoted)
    return None


def _last_words(words: Sequence[re.Match[str]], letters: Sequence[str]) -> tuple[int, int] | None:
    """Return start and end of the last words that begin with these letters.

    Words such as "of" need no letter.
    """
    left = list(letters)
    for word in reversed(words):
        initial = word[0][0].lower()
        if left and initial == left[-1]:
            left.pop()
        elif word[0].lower() not in FUNCTION_WORDS:
            return None
        if not left:
            return word.start(), words[-1].end()
    return None
