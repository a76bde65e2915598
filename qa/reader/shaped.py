"""Turns the spans that the reader finds into the answers that a kind of question wants.

yes or no     the sentence that settles it
why and how   the sentence that explains it, or the clauses if it is long
list          all items of an enumeration, and items of other sentences
count         a number that counts what is asked for

The probabilities of the spans change with them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from index.question import Question
from index.types import Span
from index.view import shown
from qa.reader.clauses import explanation_around, sentence_around
from qa.reader.counts import MAX_UNSUPPORTED, counts
from qa.reader.decide import Candidate
from qa.reader.kinds import bare, kind_of
from qa.reader.lists import items_around
from qa.reader.support import supports

Read = tuple[Candidate, float]
"""What may answer, with its probability in [0, 1]."""

# What is added to the log odds of a span; chosen on some 170 questions of these kinds.
COVERAGE_LOG_ODDS = 1.0
"""Yes or no: times the share of the question's words around it, minus USUAL_COVERAGE."""
USUAL_COVERAGE = 0.25
MISSING_NAME_LOG_ODDS = -1.0
"""Yes or no: if a name or a number of the question is neither in the sentence nor near it."""
SENTENCE_LOG_ODDS = 0.7
"""Why and how: a sentence is right more often than the words that the reader finds in it."""
REASON_LOG_ODDS = 1.0
"""Why: if the sentence gives a reason."""
NO_REASON_LOG_ODDS = -1.5
"""Why: if it does not."""
MIN_COVERAGE = 0.5
"""Share of the words of the question that a reason must have around it."""
ENUMERATION_LOG_ODDS = 0.5
"""Lists: for all items of an enumeration, since for the reader they exclude each other."""

_WHY = re.compile(r"(?:why|how come|what for)\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|thanks to|in order to|so that|so as to|for fear|lest"
    r"|reasons?|on the grounds?|in protest|as a result|result of|out of|blam\w+|caus\w+|therefore"
    r"|that is why|which is why|to (?:avoid|save|prevent|keep|protect|allow|reduce|stop|make sure))"
    r"\b|, (?:as|for) |: ",
    re.IGNORECASE,
)
_ONE_NUMBER = re.compile(
    r"(?:the )?(?:\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?: \w+)?",
    re.IGNORECASE,
)


def shaped(question: Question, read: Sequence[Read]) -> list[Read]:
    """Return the answers that a question of this kind wants, with their probabilities, best first.

    read: spans with their probabilities, best first. They exclude each other, so what contains
        several of them is as probable as all of them.
    """
    kind = kind_of(question)
    if kind == "count":
        found = counts(question, read)
    elif kind == "yes_no":
        settling = _settling(question, _extended(read, sentence_around))
        return sorted(settling, key=lambda each: -each[1])[:1]
    elif kind == "explain":
        found = _explaining(question, _extended(read, explanation_around))
    elif kind == "list":
        found = _items(question, read)
    else:
        return list(read)
    return sorted(found, key=lambda each: -each[1])


def _extended(read: Sequence[Read], extent: Callable[[Candidate], Span]) -> list[Read]:
    """Return the extended spans, each once, with the probability of all that is in it."""
    found: list[Read] = []
    for candidate, probability in read:
        meeting = (
            n for n, (other, _) in enumerate(found) if candidate.meets(other.hit, other.span)
        )
        place = next(meeting, None)
        if place is None:
            found.append((replace(candidate, span=extent(candidate)), probability))
        else:
            other, known = found[place]
            found[place] = (other, 1 - (1 - known) * (1 - probability))
    return found


def _settling(question: Question, read: Sequence[Read]) -> list[Read]:
    """Return sentences, more probable the more they speak of what a yes/no question asks."""
    support = supports(question, [(one.hit.passage.article, one.span) for one, _ in read])
    return [
        (
            one,
            _shifted(
                probability,
                COVERAGE_LOG_ODDS * (known.around - USUAL_COVERAGE)
                + (MISSING_NAME_LOG_ODDS if known.names < 1 else 0),
            ),
        )
        for (one, probability), known in zip(read, support, strict=True)
    ]


def _explaining(question: Question, read: Sequence[Read]) -> list[Read]:
    """Return sentences; if the question asks why, more probable if they say that they say why."""
    if not _WHY.match(bare(question.asked)):
        return [(one, _shifted(probability, SENTENCE_LOG_ODDS)) for one, probability in read]
    places = [(one.hit.passage.article, one.span) for one, _ in read]
    reasons = [
        known.around >= MIN_COVERAGE and bool(_REASON.search(shown(*place)))
        for place, known in zip(places, supports(question, places), strict=True)
    ]
    return [
        (
            one,
            _shifted(
                probability, SENTENCE_LOG_ODDS + (REASON_LOG_ODDS if gives else NO_REASON_LOG_ODDS)
            ),
        )
        for (one, probability), gives in zip(read, reasons, strict=True)
    ]


def _items(question: Question, read: Sequence[Read]) -> list[Read]:
    """Return what may be a list; a number of items is not sure to be one."""
    before = {one.span for one, _ in read}
    asked = set(question.words)
    found = []
    for one, probability in _extended(read, items_around):
        *_, last = one.text.lower().split() or [""]
        if _ONE_NUMBER.fullmatch(one.text) and (last in asked or " " not in one.text):
            found.append((one, min(probability, MAX_UNSUPPORTED)))
        else:
            found.append(
                (one, _shifted(probability, ENUMERATION_LOG_ODDS * (one.span not in before)))
            )
    return found


def _shifted(probability: float, by: float) -> float:
    """Return a probability with its log odds changed."""
    if not 0 < probability < 1:
        return probability
    return 1 / (1 + math.exp(-(math.log(probability / (1 - probability)) + by)))
