"""Answers what a text is about with the sentences that represent it best, in their order.

    parts of the corpus -> sentences -> vectors -> the most central that do not repeat each other

It only quotes. Headings, tables, code and page furniture are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.central import Part
from index.split import sentences_of
from index.types import Article, Encoder, Hit, Passage, Span
from index.view import shown
from index.words import coverages
from qa.types import Answer, Reading

if TYPE_CHECKING:
    from index.types import Vector

CONFIDENCE = 0.8
"""Share of the chosen sentences that say what their article is about: 57 of 67 from 17 articles,
judged by reading them, and rounded down for articles that nobody has looked at.
"""
MAX_COMPARED = 40
"""Sentences that are encoded, at about 4 ms each."""
MIN_COMPARED = 8
"""Sentences of each of several articles that are encoded at least."""
MIN_SENTENCES, MAX_SENTENCES = 3, 5
SENTENCES_PER_ANSWER = 10
"""One more sentence is chosen for every so many sentences of an article."""
MIN_BYTES, MAX_CHARS = 40, 450
"""Shortest and longest sentence that can be chosen. The shortest is in UTF-8 bytes, because some
scripts need few characters.
"""
LEAD_BONUS = 0.25
"""Added to the cosine of the first sentence; the bonus of the one after it is a little lower."""
LEAD_DECAY = 0.75
DEPENDS = 0.1
"""Subtracted from the cosine of a sentence that begins with a word that refers to another one."""
REPETITION = 0.35
"""Weight of the cosine with a sentence that is already chosen."""
TOPIC_BONUS = 0.5
"""Added to the cosine of a sentence with all words of a topic: vectors know few names."""
MIN_RELATIVE_SCORE = 0.5
"""A sentence is about a topic if its score is at least this share of the best one's."""
_PROSE = ("paragraph", "quote", None)
_END = re.compile(r"[.!?…。！？。][\"'”’»)\]*_]*$")
_REFERS = re.compile(
    r"\[|\W*(?:he|she|it|they|this|that|these|those|his|her|its|their|but|however|and|so|then|also|"
    r"instead|thus|therefore|such|both|there|here|in (?:this|that|these|those)|for (?:this|example)"
    r"|at that|as a result|on the other hand|moreover|furthermore|meanwhile)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    passage: Passage
    span: Span
    place: int
    """Among the sentences compared, from 0."""
    cosine: float
    """With the centre of its part."""
    score: float
    """The cosine, with what is added or subtracted for its place and its words."""


def summary(parts: Sequence[Part], encoder: Encoder, min_answered: float | None = None) -> Reading:
    """Return the sentences that represent some articles best, article by article, in text order.

    Of one article three to five, of several at least one each; about a topic perhaps fewer. No
    answers if there is no prose, or if `min_answered` is above CONFIDENCE; the first sentence is
    then only the closest.
    """
    several = len(parts) > 1
    wanted = -(-MIN_SENTENCES // len(parts)) if several else 0
    compared = max(MIN_COMPARED, MAX_COMPARED // max(1, len(parts)))
    chosen = [one for part in parts for one in _best(part, encoder, wanted, compared)]
    if not chosen:
        spans = [Passage(part.article, span) for part in parts for span in part.spans]
        hits = [Hit(passage, rank, 0.0, 0.0, 0.0) for rank, passage in enumerate(spans, start=1)]
        return Reading((), 0.0, tuple(hits))
    scores: dict[Passage, float] = {}
    for one in chosen:
        scores[one.passage] = max(one.cosine, scores.get(one.passage, -1.0))
    found = tuple(
        Hit(passage, rank, max(0.0, cosine), cosine, 0.0)
        for rank, (passage, cosine) in enumerate(scores.items(), start=1)
    )
    answers = tuple(Answer(one.passage, one.span, CONFIDENCE) for one in chosen)
    if (min_answered or 0) > CONFIDENCE:
        return Reading((), CONFIDENCE, found, closest=answers[0])
    return Reading(answers, CONFIDENCE, found)


def _best(part: Part, encoder: Encoder, wanted: int, compared: int) -> list[_Sentence]:
    """Return the most central sentences of an article.

    wanted: how many; 0 for as many as suit its length. compared: out of how many, at most.
    """
    found = list(_sentences(part))[:compared]
    if not found:
        return []
    wanted = wanted or min(MAX_SENTENCES, MIN_SENTENCES + len(found) // SENTENCES_PER_ANSWER)
    texts = [shown(passage.article, span) for passage, span in found]
    vectors = encoder.encode_passages(texts)
    cosines = (vectors @ part.centre).round(6).tolist()
    bonuses = _bonuses(part, texts)
    scored = [
        _Sentence(passage, span, place, min(1.0, cosine), cosine + bonus)
        for place, ((passage, span), cosine, bonus) in enumerate(
            zip(found, cosines, bonuses, strict=True)
        )
    ]
    if part.topic:  # the article may say little about it
        best = max(one.score for one in scored)
        scored = [one for one in scored if one.score >= min(best, MIN_RELATIVE_SCORE * best)]
    return _apart(scored, vectors, wanted)


def _bonuses(part: Part, texts: Sequence[str]) -> list[float]:
    """Return what is added to the cosine of each sentence for its place and its words."""
    if part.topic:
        bonuses = [TOPIC_BONUS * share for share in coverages(part.topic, texts)]
    else:
        bonuses = [LEAD_BONUS * LEAD_DECAY**place for place in range(len(texts))]
    return [
        bonus - (DEPENDS if _REFERS.match(text) else 0.0)
        for bonus, text in zip(bonuses, texts, strict=True)
    ]


def _apart(scored: Sequence[_Sentence], vectors: Vector, wanted: int) -> list[_Sentence]:
    """Return the best sentences that do not say the same, in the order of the text."""
    chosen: list[_Sentence] = []
    left = list(scored)
    while left and len(chosen) < wanted:
        places = [one.place for one in chosen]

        def value(one: _Sentence, places: Sequence[int] = places) -> float:
            same = max((float(vectors[one.place] @ vectors[n]) for n in places), default=0.0)
            return one.score - REPETITION * round(same, 6)

        best = max(left, key=value)
        chosen.append(best)
        left.remove(best)
    return sorted(chosen, key=lambda one: one.place)


def _sentences(part: Part) -> Iterator[tuple[Passage, Span]]:
    """Yield the sentences of an article's passages, each once: prose, or items if there is none."""
    prose: list[tuple[Passage, Span]] = []
    items: list[tuple[Passage, Span]] = []
    seen = -1
    for span in part.spans:
        for sentence in sentences_of(part.article, span):
            if sentence.start <= seen or not _can_stand_alone(part.article, sentence):
                continue
            seen = sentence.start
            kind = _kind(part.article, sentence)
            if kind in _PROSE or kind == "item":
                rows = items if kind == "item" else prose
                rows.append((Passage(part.article, span), sentence))
    enough = len(prose) >= MIN_SENTENCES
    yield from prose if enough else sorted(prose + items, key=lambda row: row[1])


def _kind(article: Article, sentence: Span) -> str | None:
    number = article.structure.at(sentence.start)
    return None if number is None else article.structure[number].kind


def _can_stand_alone(article: Article, sentence: Span) -> bool:
    text = shown(article, sentence)
    return (
        len(text.encode("utf-8", "replace")) >= MIN_BYTES
        and len(text) <= MAX_CHARS
        and _END.search(text) is not None
    )
