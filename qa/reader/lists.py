"""Finds the other items of a list: in the sentence of the best one, and in other sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from index.split import sentences_of
from index.types import Span
from index.view import plain
from qa.reader.clauses import WITHOUT_SENTENCES
from qa.reader.decide import Candidate, grown
from qa.reader.decode import window_of
from qa.reader.enumerations import enumeration
from qa.reader.whole import whole

MAX_ITEMS = 10
"""Answers to a question that asks for several; an enumeration is one answer."""


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


def uncontested(
    read: Sequence[tuple[Candidate, float]], alone: Sequence[float]
) -> list[tuple[Candidate, float]]:
    """Return the likely items of a list, best first, with probabilities that do not compete.

    For the reader, spans exclude each other, so that the items of a list share one probability.
    Here, the log odds of an item are those of the best one plus the difference between what both
    would have alone, and never more than those of the best one. A number among names, or the other
    way round, keeps its probability.

    read: best first. alone: the probability in (0, 1) of each if it were the only candidate.
    """
    found = list(read[:1])
    for (one, probability), by_itself in zip(read[1:], alone[1:], strict=True):
        (best, highest), best_by_itself = read[0], alone[0]
        log_odds = _log_odds(highest) + _log_odds(by_itself) - _log_odds(best_by_itself)
        equal = 1 / (1 + math.exp(-min(log_odds, _log_odds(highest))))
        is_like = _looks(one) == _looks(best)
        found.append((one, max(probability, equal) if is_like else probability))
    return [*found[:1], *sorted(found[1:], key=lambda each: -each[1])]


def _looks(candidate: Candidate) -> tuple[bool, bool]:
    text = candidate.text
    return any(map(str.isdigit, text)), any(word[:1].isupper() for word in text.split())


def _log_odds(probability: float) -> float:
    probability = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(probability / (1 - probability))
