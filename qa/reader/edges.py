"""Adds to an answer what belongs to it in its sentence, and removes what the question has said.

Which form …?           "C" becomes "Form C"
How often …?            "weekly basis" becomes "on a weekly basis"
At which elevation …?   "about 8,000 feet in elevation" becomes "about 8,000 feet"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.question import Question
from index.types import Article, Span
from qa.reader.decide import Candidate
from qa.reader.tables import asked_for

MAX_BEFORE_CHARS = 40
MAX_ANSWER_CHARS = 80

_LABEL = re.compile(r"[A-Z]|\d[\w.-]*|[A-Z]{1,4}-?\d[\w-]*|[IVXLC]+")
"""What something is numbered or lettered with."""
_BASIS = re.compile(r"\b(?:on )?an? $", re.IGNORECASE)
_MEASURED = re.compile(r"(?<=\S)\s+(?:in|of) (\w+)$")


def with_edges(
    question: Question, read: Sequence[tuple[Candidate, float]]
) -> list[tuple[Candidate, float]]:
    """Return what may answer, with the first word or two added, or the last ones removed."""
    nouns = [word.lower() for word in asked_for(question.text)]
    asks_how_often = "how often" in question.text.lower()
    found = []
    for candidate, probability in read:
        article, span = candidate.hit.passage.article, candidate.span
        if len(span) <= MAX_ANSWER_CHARS:
            if nouns:
                span = _with_noun(article, _without_noun(article, span, nouns), nouns)
            elif asks_how_often:
                span = _with_basis(article, span)
        found.append((replace(candidate, span=span), probability))
    return found


def _with_noun(article: Article, span: Span, nouns: Sequence[str]) -> Span:
    """Return a number or a letter with the capitalised noun before it that is asked for."""
    if not _LABEL.fullmatch(article.text, span.start, span.end):
        return span
    before = article.text[max(0, span.start - MAX_BEFORE_CHARS) : span.start]
    words = before.split()
    if not words or not words[-1][0].isupper() or words[-1].lower() not in nouns:
        return span
    if not re.search(r"\w[ \t\u00a0]$", before):
        return span
    return Span(span.start - len(words[-1]) - 1, span.end)


def _without_noun(article: Article, span: Span, nouns: Sequence[str]) -> Span:
    """Return a quantity without the noun that is asked for at its end."""
    text = article.text[span.start : span.end]
    match = _MEASURED.search(text)
    if match and match[1].lower() in nouns and any(map(str.isdigit, text[: match.start()])):
        return Span(span.start, span.start + match.start())
    return span


def _with_basis(article: Article, span: Span) -> Span:
    """Return "weekly basis" with the "on a" before it."""
    if not article.text[span.start : span.end].lower().endswith(" basis"):
        return span
    before = article.text[max(0, span.start - MAX_BEFORE_CHARS) : span.start]
    lead = _BASIS.search(before)
    return Span(span.start - len(lead[0]), span.end) if lead else span
