"""Finds questions that the text itself asks, and the sentences after them that reply.

Such as a heading of a page of frequent questions, or "Who pays for it? The town."

sentences with a question mark -> those that ask the same as the question -> what comes next
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from index.question import Question
from index.split import sentences_of
from index.types import Article, Hit, Span
from index.view import shown
from qa.reader.decide import Candidate
from qa.reader.kinds import kind_of
from qa.reader.proofs import (
    PASSAGES_TO_READ,
    Part,
    Proof,
    found_in,
    next_parts,
    parts_of,
    words_above,
)
from qa.reader.same_question import Likeness, asking_word, compared
from qa.reader.whole import whole

PROBABILITY = 0.85
"""In [0, 1], of what is read in a reply."""
MIN_SHARED = 0.5
"""Share of the question's words from which a question in the text is no answer to it."""
MAX_QUESTIONS = 20
"""In a passage, that are compared with the question."""
MAX_REPLY_SENTENCES = 3
MAX_REPLY_BLOCKS = 8

_NOT_ASKING = ("code", "furniture", "row")
_QUESTION_END = re.compile(r"[?？][\"'”’»)\]*_]*\s*$")
_DENIES = re.compile(r"\b(?:not|cannot|never|neither|nor)\b|n['’]t\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes after a question in the text."""

    hit: Hit
    sentences: tuple[Span, ...]
    """At least one."""
    items: tuple[Span, ...]
    """The list items that the reply consists of or introduces."""
    likeness: Likeness
    """Of the question in the text and the question."""
    extra: int
    """How many words of the question in the text the question lacks."""

    def has(self, candidate: Candidate) -> bool:
        """Return whether a candidate is in the reply."""
        spans = (*self.sentences, *self.items)
        return any(candidate.meets(self.hit, span) for span in spans)


def echoes(question: Question, article: Article, span: Span) -> list[Span]:
    """Return the questions in a part of an article that are like the question.

    Their words do not answer it: "What oil is used?" is not answered by "what kind of oil".
    """
    sentences = [sentence for sentence, _ in _questions(article, span)]
    if not sentences or not (asking := asking_word(question.asked)):
        return []
    texts = [shown(article, sentence) for sentence in sentences]
    found = found_in(question.words, texts)
    needed = MIN_SHARED * len(question.words)
    return [
        sentence
        for sentence, text, shared in zip(sentences, texts, found, strict=True)
        if len(shared) >= needed and asking_word(text) == asking
    ]


def replies_to(question: Question, hits: Sequence[Hit]) -> list[Reply]:
    """Return what comes after the question or its opposite in the first passages."""
    return [
        Reply(hit, tuple(sentences), tuple(items), *same)
        for hit in hits[:PASSAGES_TO_READ]
        for sentence, part in _questions(hit.passage.article, hit.passage.span)
        if (same := _compared(question, hit.passage.article, sentence))
        for sentences, items in [_after(hit.passage.article, sentence, part)]
        if sentences
    ]


def replied(
    question: Question, replies: Sequence[Reply], read: Sequence[tuple[Candidate, float]]
) -> Proof | None:
    """Return what replies to the question where the text itself asks it; None if it does not.

    That is what the reader finds in the sentences after it; else the first of them. If the question
    asks for a list or how to do something, all items of a list that replies.

    read: what the reader finds, best first, with probabilities in [0, 1].
    """
    same = [reply for reply in replies if reply.likeness == "same"]
    nearest = [reply for reply in same if reply.extra == min(each.extra for each in same)]
    if len({reply.sentences[0] for reply in nearest}) != 1:
        return None  # there is none, or which of them is meant is not clear
    reply, kind = nearest[0], kind_of(question)
    if reply.items and kind in ("list", "explain"):
        return Proof(reply.hit, reply.items, PROBABILITY)
    article = reply.hit.passage.article
    sentences = list(reply.sentences)
    if kind not in ("yes_no", "explain"):
        sentences = [each for each in sentences if not _DENIES.search(shown(article, each))]
    for zone in (sentences[:1], sentences):
        for candidate, _ in read:
            same_article = candidate.hit.passage.article.id == article.id
            if same_article and any(each.contains(candidate.span) for each in zone):
                return Proof(candidate.hit, (candidate.span,), PROBABILITY)
    first = whole(article, sentences[0], comments=True) if sentences else None
    if first is None or (kind == "count" and not any(map(str.isdigit, shown(article, first)))):
        return None
    return Proof(reply.hit, (first,), PROBABILITY)


def _questions(article: Article, span: Span) -> Iterator[tuple[Span, Part]]:
    """Yield the sentences with a question mark that begin in a span, each with its block."""
    if not any(mark in article.text[span.start : span.end] for mark in "?？"):
        return
    parts = (part for part in parts_of(article, span) if part.kind not in _NOT_ASKING)
    found = (
        (sentence, part)
        for part in parts
        for sentence in sentences_of(article, part.span)
        if span.start <= sentence.start < span.end and _asks(article, sentence)
    )
    yield from islice(found, MAX_QUESTIONS)


def _compared(question: Question, article: Article, sentence: Span) -> tuple[Likeness, int] | None:
    return compared(question, shown(article, sentence), words_above(article, sentence))


def _after(article: Article, question: Span, part: Part) -> tuple[list[Span], list[Span]]:
    """Return the sentences that reply to a question in the text, and the items that do.

    Up to the next heading or question; none if the next sentence is a question itself.
    """
    sentences = sentences_of(article, Span(question.end, part.span.end))
    items: list[Span] = []
    if not sentences or _introduces(article, sentences[-1]):
        for each in next_parts(article, part, MAX_REPLY_BLOCKS):
            found = sentences_of(article, each.span)
            is_over = sentences and each.kind != "item" and not _introduces(article, sentences[-1])
            if each.kind in ("heading", "code") or is_over or _asks(article, *found[:1]):
                break
            if each.kind == "item" and (item := whole(article, each.span)):
                items.append(item)
            sentences += found
    asked = (number for number, each in enumerate(sentences) if _asks(article, each))
    return sentences[: min(next(asked, MAX_REPLY_SENTENCES), MAX_REPLY_SENTENCES)], items


def _asks(article: Article, *sentences: Span) -> bool:
    return any(_QUESTION_END.search(article.text[each.start : each.end]) for each in sentences)


def _introduces(article: Article, sentence: Span) -> bool:
    return article.text[sentence.start : sentence.end].rstrip().endswith(":")
