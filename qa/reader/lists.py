"""Finds the other items of a list that an answer is an item of."""

from __future__ import annotations

from index.split import sentences_of
from index.types import Span
from index.view import plain
from qa.reader.clauses import WITHOUT_SENTENCES
from qa.reader.decide import Candidate, grown
from qa.reader.decode import window_of
from qa.reader.enumerations import enumeration
from qa.reader.whole import whole


def items_around(candidate: Candidate) -> Span:
    """Return the enumeration that a candidate is an item of, inside its sentence; else itself."""
    article, span = candidate.hit.passage.article, candidate.span
    number = article.structure.at(span.start)
    if number is not None and article.structure[number].kind in WITHOUT_SENTENCES:
        return span
    window = window_of(grown(candidate.hit.passage, [span]))
    sentence = next((each for each in sentences_of(article, window) if each.contains(span)), None)
    view = sentence and plain(article, sentence)
    place = view and view.find(span)
    if not view or not place:
        return span
    found = view.span(*enumeration(view.text, *place))
    extended = found and whole(article, found, comments=True)
    return extended if extended and extended.contains(span) else span
