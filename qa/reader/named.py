"""Answers "which" with a name next to the noun that is asked for, as in "Which form?" "Form C"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.question import Question
from index.split import sentences_of
from index.types import Hit, Span
from index.view import View, plain
from qa.reader.decide import Candidate
from qa.reader.kinds import bare, kind_of
from qa.reader.proofs import PASSAGES_TO_READ, Proof, asked_words, found_in, words_above
from qa.reader.whole import whole

PROBABILITY = 0.75
"""In [0, 1], of a name next to the noun in a sentence that has all other words of the question."""
MIN_OWN_WORDS = 2
"""Words of the question that the sentence itself must have, besides the noun."""

_ASKS = re.compile(
    r"(?:(?:in|on|at|by|for|from|to|with|of|under|during|through|into)\s+)?(?:which|what)\s+"
    r"(?!(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|must|may)\b)"
    r"(?P<noun>(?:[\w-]+\s+){0,2}?[\w-]+)\s+(?:is|are|was|were|do|does|did|has|have|had|can|could|"
    r"will|would|shall|should|must|may|might)\b(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_IS_THIS = re.compile(r"\s+(?:this|it|that)\W*", re.IGNORECASE)
_DENIES = re.compile(r"\b(?:not|never|no|nor|without|except|instead of)\b|n['’]t\b", re.IGNORECASE)
_LABEL = r"(?:[A-HJ-Z]|[A-Z]{0,4}-?\d[\w.-]*\w|\d|[IVXLC]{2,})(?![\w-])"
"""What is numbered or lettered: B, 1040, W-2, IV."""
_BETWEEN = re.compile(r"\s*(?:(?:the|an?|called|named|of|:|,)\s*)?[\"“”‘’'«»*_]*\s*", re.IGNORECASE)
_REFERS = re.compile(
    r"\b(?:he|she|it|they|his|her|its|their|this|that|these|those|then|such)\b", re.IGNORECASE
)
"""Refers to what the sentence before says."""


def named(
    question: Question, hits: Sequence[Hit], read: Sequence[tuple[Candidate, float]]
) -> Proof | None:
    """Return the name of what a question asks for with "which"; None if there is none.

    A sentence must have all words of the question that are not in its title or headings, and the
    name next to the noun: a number or a letter after it, as in "Form C", or what the reader finds,
    as in "the Lindqvist scale".

    read: what the reader finds, best first, with probabilities in [0, 1].
    """
    text = bare(question.asked)
    match = _ASKS.match(text)
    if match is None or _DENIES.search(text) or kind_of(question) != "span":
        return None
    noun = match["noun"].split()[-1]
    if _IS_THIS.fullmatch(match["rest"]):
        return _of_title(noun, hits)
    labelled = _labelled(noun)
    for hit, view in _covering(question, noun, hits):
        article = hit.passage.article
        labels = [view.span(*each.span()) for each in labelled.finditer(view.text)]
        if len(labels) == 1 and labels[0] and (span := whole(article, labels[0])):
            return Proof(hit, (span,), PROBABILITY)
        for candidate, _ in read[:1]:
            place = candidate.meets(hit, Span(view.slices[0].start, view.slices[-1].end))
            found = view.find(candidate.span) if place else None
            if found and _is_next_to(view.text, Span(*found), noun):
                return Proof(candidate.hit, (candidate.span,), PROBABILITY)
    return None


def _covering(question: Question, noun: str, hits: Sequence[Hit]) -> Iterator[tuple[Hit, View]]:
    """Yield the sentences of the first passages that have the noun and what else is asked."""
    words = [word for word in asked_words(question) if word != noun.lower()]
    up_to_noun = re.compile(rf".*?\b{re.escape(noun)}\b[^,;]*", re.IGNORECASE | re.DOTALL)
    found: list[tuple[Hit, View, str]] = []
    for hit in hits[:PASSAGES_TO_READ]:
        article, before = hit.passage.article, ""
        for sentence in sentences_of(article, hit.passage.span):
            view = plain(article, sentence)
            said = up_to_noun.match(view.text)
            if said and not _DENIES.search(said[0]):
                refers = _REFERS.search(view.text) is not None
                context = words_above(article, sentence)
                found.append((hit, view, f"{context} {before}" if refers else context))
            before = view.text
    if not found or len(words) < MIN_OWN_WORDS:
        return
    own = found_in(words, [view.text for _, view, _ in found])
    around = found_in(words, [context for _, _, context in found])
    for (hit, view, _), in_text, in_context in zip(found, own, around, strict=True):
        if len(in_text) >= MIN_OWN_WORDS and in_text | in_context >= set(words):
            yield hit, view


def _is_next_to(text: str, span: Span, noun: str) -> bool:
    """Return whether a capitalised name is just before or just after a noun, or has it."""
    if not any(
        word[:1].isupper() or word[:1].isdigit() for word in text[span.start : span.end].split()
    ):
        return False
    after = re.compile(rf"[\"“”‘’'«»*_\s]*(?:{re.escape(noun)})\b", re.IGNORECASE)
    before = re.compile(rf".*\b{re.escape(noun)}{_BETWEEN.pattern}", re.IGNORECASE | re.DOTALL)
    has = re.compile(rf".*\b{re.escape(noun)}\b", re.IGNORECASE | re.DOTALL)
    return bool(
        after.match(text, span.end)
        or before.fullmatch(text, 0, span.start)
        or has.match(text, span.start, span.end)
    )


def _labelled(noun: str) -> re.Pattern[str]:
    """Return a pattern for a noun with its number or letter; the letter I only if it is a name."""
    name = re.escape(noun)
    return re.compile(rf"\b(?:(?i:{name})\s+{_LABEL}|{name.capitalize()}\s+I(?![\w'’-]))")


def _of_title(noun: str, hits: Sequence[Hit]) -> Proof | None:
    """Return a noun with its number or letter that is in the title, as in "Form 1040"."""
    pattern = _labelled(noun)
    for hit in sorted(hits, key=lambda hit: hit.passage.span):
        text, within = hit.passage.article.text, hit.passage.span
        title = pattern.search(hit.passage.article.title)
        place = text.find(title[0], within.start, within.end) if title else -1
        if title and place >= 0:
            return Proof(hit, (Span(place, place + len(title[0])),), PROBABILITY)
    return None
