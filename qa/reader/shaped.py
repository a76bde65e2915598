"""Gives what was read the shape that a question asks for, and says how sure that makes it.

yes or no     the sentence that settles it
why and how   the sentence or the clauses that say so
several       all items of an enumeration, and what other sentences say
how many      a number, if it counts what is asked for
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

# Changes of the log odds that a sentence answers, chosen on some 170 questions of these kinds.
OF_COVERAGE = 1.0
"""For each share of the words of a yes/no question that is around, above USUAL_COVERAGE."""
USUAL_COVERAGE = 0.25
OF_MISSING_NAME = -1.0
"""If a name or a number of a yes/no question is neither in the sentence nor near it."""
OF_SENTENCE = 0.7
"""If a sentence explains: it is right more often than the words that the reader finds in it."""
OF_REASON = 1.0
"""Then, if it says that it gives a reason, and the question asks why."""
OF_NO_REASON = -1.5
MIN_COVERAGE = 0.5
"""Share of the words of the question that a reason must have around it."""
OF_ENUMERATION = 0.5
"""If an item is extended to all of its enumeration: the items exclude each other for the reader."""

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
    """Return what may answer in the shape that a question asks for, best first.

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
                OF_COVERAGE * (known.around - USUAL_COVERAGE)
                + (OF_MISSING_NAME if known.names < 1 else 0),
            ),
        )
        for (one, probability), known in zip(read, support, strict=True)
    ]


def _explaining(question: Question, read: Sequence[Read]) -> list[Read]:
    """Return sentences; if the question asks why, more probable if they say that they say why."""
    if not _WHY.match(bare(question.asked)):
        return [(one, _shifted(probability, OF_SENTENCE)) for one, probability in read]
    places = [(one.hit.passage.article, one.span) for one, _ in read]
    reasons = [
        known.around >= MIN_COVERAGE and bool(_REASON.search(shown(*place)))
        for place, known in zip(places, supports(question, places), strict=True)
    ]
    return [
        (one, _shifted(probability, OF_SENTENCE + (OF_REASON if gives else OF_NO_REASON)))
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
            found.append((one, _shifted(probability, OF_ENUMERATION * (one.span not in before))))
    return found


def _shifted(probability: float, by: float) -> float:
    """Return a probability with its log odds changed."""
    if not 0 < probability < 1:
        return probability
    return 1 / (1 + math.exp(-(math.log(probability / (1 - probability)) + by)))
