"""Answers what something is from a sentence that says so.

Kestrel is an open-source program that tags photographs.
A kedge means a small anchor.
The shop sells a Finnish knife called puukko.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.question import Question
from index.split import sentences_of
from index.types import Hit, Span
from index.view import plain
from qa.reader.asked_term import Term, term_of
from qa.reader.proofs import PASSAGES_TO_READ, Proof, parts_of
from qa.reader.whole import whole

PROBABILITY = 0.75
"""In [0, 1], of what a sentence says that something is."""

_IS = (
    r"(?:\s*\([^()]{1,60}\))?(?:,[^,.;]{1,60},)?\s+"
    r"(?:(?:is|are|was|were)\s+(?=(?:an?|one of the|any|the (?:name|act|process|art) (?:of|for))"
    r"\s+\w)|are\s+(?=(?!\w+(?:ed|ing|ly)\b)(?:[\w-]+\s+){0,3}[\w-]{3,}s\s+(?:that|which|who)\b)"
    r"|(?:means?|refers? to|denotes?|(?:is|are) (?:defined as|the same as))\s+)"
)
_CALLED = (
    r"(?=(?P<noun>\ban?\s+(?:[\w’'-]+\s+){1,12}?)"
    r"(?:(?:which|that)\s+is\s+)?(?:also\s+)?(?:called|known as|named)\s+[\"“‘']?"
)
_NOT_DEFINING = re.compile(
    r"an?\s+(?:bit|little|lot|few|couple|good|great|bad|must|better|big|real|mere|very|long"
    r"|short)\b",
    re.IGNORECASE,
)
"""What follows "X is" without saying what X is, as in "a bit late"."""
_NOUN_END = re.compile(
    r"[,;:(]|\s[–—-]\s|\s(?:that|which|who|whom|whose|where|when|used|designed|intended|meant|made"
    r"|written|developed|created|built)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r"[;(]|\s[–—-]\s|[.!?]\s|,\s+(?:and|but|which|so|although|while)\b"
    r"|\s+and\s+(?:it|he|she|they|is|are|was|were|has|have|had)\b"
)


def stated(question: Question, hits: Sequence[Hit]) -> Proof | None:
    """Return what a sentence says that something is; None if a question does not ask for it.

    The noun and what belongs to it; all of the sentence if the question asks for the meaning, or if
    the noun is a single word.
    """
    term = term_of(question)
    if term is None:
        return None
    for hit in hits[:PASSAGES_TO_READ]:
        for found in _statements(hit, term):
            return Proof(hit, (found,), PROBABILITY)
    return None


def _statements(hit: Hit, term: Term) -> Iterator[Span]:
    """Yield what sentences of a passage say that something is."""
    article = hit.passage.article
    start = r"(?:^|[,;:—–(]\s*|\b(?:and|but|then|so|that)\s+)" if term.wants_meaning else "^"
    name = rf"[\"“‘'(]?(?:(?:an?|the)\s+)?{term.pattern}[\"”’')]?"
    says = re.compile(rf"{start}{name}{_IS}", re.IGNORECASE)
    calls = re.compile(rf"{_CALLED}{term.pattern}\b)", re.IGNORECASE)
    for part in parts_of(article, hit.passage.span):
        if part.kind not in ("paragraph", "item", "quote", "caption"):
            continue
        for sentence in sentences_of(article, part.span):
            view = plain(article, sentence)
            if view.text.rstrip().endswith("?"):
                continue
            if (match := says.search(view.text)) and not _NOT_DEFINING.match(
                view.text, match.end()
            ):
                place = match.end(), _end(view.text, match.end(), is_long=term.wants_meaning)
            elif match := calls.search(view.text):
                place = match.start("noun"), _noun_end(view.text, *match.span("noun"))
            else:
                continue
            quoted = view.span(*place)
            if quoted and (found := whole(article, quoted)):
                yield found


def _end(text: str, start: int, *, is_long: bool) -> int:
    """Return where what a sentence says that something is ends."""
    noun = _noun_end(text, start, len(text))
    # The article and one noun, as in "a person", say too little.
    if noun < len(text) and not is_long and len(text[start:noun].split()) > 2:
        return noun
    clause = _CLAUSE_END.search(text, start)
    return clause.start() if clause else len(text.rstrip(" ."))


def _noun_end(text: str, start: int, end: int) -> int:
    noun = _NOUN_END.search(text, start, end)
    return noun.start() if noun else end
