"""Finds the sentence or the clause around a span: what says why, how, or whether."""

from __future__ import annotations

import re

from index.split import sentences_of
from index.types import Article, Span
from index.view import plain, shown
from qa.reader.decide import Candidate, grown
from qa.reader.decode import window_of
from qa.reader.whole import whole

MAX_SENTENCE_WORDS = 35
"""Of a longer sentence, only the clauses near the span are given."""

_SENTENCE_END = re.compile(r"[.!?…][\"”’»)]*\s+(?=[\"“‘«(]?[A-Z0-9])")
_CLAUSE_END = re.compile(
    r"[;:]\s+|\s[–—-]\s|[,;]?[\"”]\s|,\s+(?=(?:and|but|so|or|yet|while|whereas|although|though"
    r"|which|who|where|when|after|before|because|since|as|in|on|at|with)\b)",
    re.IGNORECASE,
)
_COMMA = re.compile(r"[,;:]\s+")
_REFERS_BACK = re.compile(
    r"(?:(?:that|this) (?:is|was) (?:the reason )?why|for (?:this|that) reason|therefore\b|hence\b"
    r"|as a result\b|because of (?:this|that)\b|so\b)",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"\b(?:two|three|four|five|several|many|following) (?:main |good )?"
    r"(?:reasons|causes|ways|steps|things|factors)\W*$",
    re.IGNORECASE,
)
WITHOUT_SENTENCES = ("code", "heading", "row")
"""Kinds of blocks that have no sentences."""


def sentence_around(candidate: Candidate) -> Span:
    """Return the sentence of the article that a candidate is in, without list markers.

    If it is longer than MAX_SENTENCE_WORDS, the part of it with the clauses near the candidate.
    The candidate itself in code, in a table and in a heading.
    """
    article, span = candidate.hit.passage.article, candidate.span
    structure = article.structure
    number = structure.at(span.start)
    if number is not None and structure[number].kind in WITHOUT_SENTENCES:
        return span
    window = window_of(grown(candidate.hit.passage, [span]))
    touched = [each for each in sentences_of(article, window) if each.overlap(span)]
    if not touched:
        return span
    sentence = Span(touched[0].start, touched[-1].end)
    part = _shortened(article, sentence, span)
    found = whole(article, part, comments=True)
    return found if found and found.contains(span) else span


def explanation_around(candidate: Candidate) -> Span:
    """Return the sentence that a candidate is in, and the one beside it if that gives the reason.

    That is the one before "That is why", and the one after "for two reasons".
    """
    article, found = candidate.hit.passage.article, sentence_around(candidate)
    window = window_of(grown(candidate.hit.passage, [found]))
    sentences = sentences_of(article, window)
    number = next((n for n, each in enumerate(sentences) if each.contains(found)), None)
    if number is None:
        return found
    text = shown(article, found)
    if number and _REFERS_BACK.match(text):
        other = sentences[number - 1]
    elif number + 1 < len(sentences) and _ANNOUNCES.search(text):
        other = sentences[number + 1]
    else:
        return found
    both = Span(min(found.start, other.start), max(found.end, other.end))
    at = article.structure.at
    return both if at(other.start) == at(found.start) else found


def _shortened(article: Article, sentence: Span, span: Span) -> Span:
    """Return the clauses of a long sentence that are nearest to a span."""
    view = plain(article, sentence)
    place = view.find(span)
    if place is None or len(view.text.split()) <= MAX_SENTENCE_WORDS:
        return sentence
    start, end = 0, len(view.text)
    for pattern in (_SENTENCE_END, _CLAUSE_END, _COMMA):
        if len(view.text[start:end].split()) > MAX_SENTENCE_WORDS:
            start, end = _grown_within(view.text, place, pattern)
    return view.span(start, end) or sentence


def _grown_within(text: str, place: tuple[int, int], pattern: re.Pattern[str]) -> tuple[int, int]:
    """Return as many pieces of a text around a place as have MAX_SENTENCE_WORDS; at least one."""
    borders = [0, *(match.end() for match in pattern.finditer(text)), len(text)]
    first = max(number for number, border in enumerate(borders[:-1]) if border <= place[0])
    last = min(number for number, border in enumerate(borders) if number and border >= place[1])
    while True:
        options = [(first - 1, last)] if first else []
        options += [(first, last + 1)] if last + 1 < len(borders) else []
        fitting = [
            (begin, end)
            for begin, end in options
            if len(text[borders[begin] : borders[end]].split()) <= MAX_SENTENCE_WORDS
        ]
        if not fitting:
            return borders[first], borders[last]
        first, last = fitting[0]
