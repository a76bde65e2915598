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
_WORD = re.compile(r"[^\W_]+")


def expanded(question: Question, hits: Sequence[Hit]) -> Proof | None:
    """Return what an abbreviation stands for; None if a question does not ask, or none is found."""
    match = _ASKS.fullmatch(bare(question.asked))
    term = (match["term"] or match["short"]).strip(_MARKS) if match else ""
    if not 1 < len(term) <= MAX_LETTERS:
        return None
    for hit in hits[:PASSAGES_TO_READ]:
        article = hit.passage.article
        for part in parts_of(article, hit.passage.span):
            if found := _expansion(article, part.span, term):
                return Proof(hit, (found,), PROBABILITY)
    return None


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
