"""Decides whether a number counts what a question asks for, as in "How many sheep were lost?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.fillers import FUNCTION_WORDS
from index.inflections import forms_of
from index.question import Question
from index.view import shown
from index.words import words_found
from qa.reader.clauses import sentence_around
from qa.reader.decide import Candidate
from qa.reader.kinds import is_plural
from qa.reader.quantities import quantities
from qa.reader.tables import asked_for

MAX_WORDS_BETWEEN = 5
"""From a number to the noun that it counts, as in "three small dairy farms"."""
MAX_UNSUPPORTED = 0.45
"""Highest probability in [0, 1] of what does not count the noun asked for; below 0.5, so that it
is unsure.
"""

_WORD = re.compile(r"[\w'’-]+")
_TOTAL = re.compile(
    r"\b(?:(?:in|the|a) (?:grand )?total|in all|altogether|overall|combined|together|sum of"
    r"|totals?|totalled|totalling)\b",
    re.IGNORECASE,
)
_GENERAL = frozenset("people persons times".split())
"""Nouns for which a text often has another one, such as islanders or voyages."""
_SHARE = re.compile(r"(\S+(?: \S+)?) (?:out )?of (?:the |all |every )?\S+(?: \S+)?", re.IGNORECASE)
"""A part of a number, as in "three out of twenty"."""
_NUMBER_WORDS = frozenset(
    "dozen dozens hundred hundreds thousand thousands million billion".split()
)


def counts(
    question: Question, read: Sequence[tuple[Candidate, float]]
) -> list[tuple[Candidate, float]]:
    """Return what may answer, best first; at most MAX_UNSUPPORTED if it counts something else.

    If the question asks for a total, the text must call the number a total.
    """
    words = [word.lower() for word in asked_for(question.text)]
    noun = next(filter(is_plural, words), "".join(words[-1:]))
    wants_total = bool(_TOTAL.search(question.text))
    checked = [
        (one, probability if _counts(one, noun, wants_total) else min(probability, MAX_UNSUPPORTED))
        for one, probability in read
    ]
    return sorted(checked, key=lambda each: -each[1])


def _counts(candidate: Candidate, noun: str, wants_total: bool) -> bool:
    """Return whether a candidate has one number, of the noun that is asked for."""
    article = candidate.hit.passage.article
    answer = shown(article, candidate.span)
    numbers = list(quantities(answer))
    if not numbers and not _NUMBER_WORDS.intersection(answer.lower().split()):
        return answer.lower().split()[:1] in (["no"], ["none"], ["both"], ["twice"], ["once"])
    largest = [one for one in numbers if not any(one != o and o.contains(one) for o in numbers)]
    if len(largest) > 1 and not _SHARE.fullmatch(answer):
        return False
    sentence = shown(article, sentence_around(candidate))
    if wants_total and not _TOTAL.search(sentence):
        return False
    if not noun or noun in _GENERAL:
        return True
    place = sentence.find(answer)
    start = place + (numbers[0].end if numbers else len(answer)) if place >= 0 else 0
    after = _WORD.findall(sentence[start:])[:MAX_WORDS_BETWEEN]
    if words_found([noun, *forms_of(noun)], [" ".join([answer, *after])])[0]:
        return True
    return not after or after[0].lower() in FUNCTION_WORDS
