"""Chooses what to read of a passage, and turns a model's logits into spans of the article."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.place import heading_words
from index.question import Question
from index.split import sentences_of, whole_graphemes
from index.types import Article, Passage, Span
from index.view import View, plain, shown
from index.wording import reading_view
from index.words import words_found
from qa.reader.asked import echoes
from qa.reader.onnx import WindowLogits
from qa.reader.tables import Focus, focus_on
from qa.reader.whole import whole

if TYPE_CHECKING:
    from index.types import Vector

MAX_ANSWER_TOKENS = 30
MAX_MARGIN_CHARS = 300
"""How far a window may extend beyond its passage, to complete a sentence."""

_SENTENCE_ENDS = frozenset(".!?…。！？\"”'’»)]")


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What is read of a passage."""

    passage: Passage
    view: View
    focus: Focus
    sentences: list[int]
    """Offsets in the article at which sentences start."""
    echoes: list[Span]
    """Questions in the text that are like the question, and so do not answer it."""

    @classmethod
    def of(cls, passage: Passage, question: Question) -> PassageReading:
        """Return what to read of a passage: its context, it, and the rest of a sentence it cuts.

        Of a table, only the rows and columns that fit the question. The title only if it has words
        of the question that the passage lacks: otherwise it tells nothing, and the bundled reader
        was trained without titles.
        """
        article, span = passage.article, window_of(passage)
        focus = focus_on(article, span, question)
        sentences = [sentence.start for sentence in sentences_of(article, span)]
        texts = [article.title, plain(article, span).text]
        in_title, in_passage = words_found(question.words, texts)
        with_title = bool(in_title - in_passage)
        view = reading_view(article, span, focus.unread, with_title=with_title)
        return cls(passage, view, focus, sentences, echoes(question, article, span))

    def spans(self, window: WindowLogits, k: int) -> Iterator[tuple[Span, float]]:
        """Yield up to k spans of the article that may answer, best first, with score differences.

        See `best_spans`. A span does not cross the border of a sentence, a block or a table cell,
        and is never in words that the view adds.
        """
        parts = [self._part(start, end) for start, end in window.offsets]
        for first, last, score_diff in best_spans(window, parts, k):
            inside = snapped(self.view.text, window, first, last)
            span = inside and self.view.span(inside.start, inside.end)
            if span and (answer := self._whole(span)):
                yield answer, score_diff

    @property
    def _article(self) -> Article:
        return self.passage.article

    def _part(self, start: int, end: int) -> tuple[int, int] | None:
        """Return which block and which of its cells or sentences a token is in.

        None if it can't answer.
        """
        span = self.view.span(start, end)
        if span is None:
            return None
        if any(asked.start <= span.start < asked.end for asked in self.echoes):
            return None
        structure = self._article.structure
        number = structure.at(span.start)
        if number is None:
            return (-1, bisect_right(self.sentences, span.start))
        block = structure[number]
        if block.kind == "heading" and not self._can_answer(block.span):
            return None
        cell = structure.cell_at(span.start) if block.kind == "row" else None
        if cell is None:
            return (number, bisect_right(self.sentences, span.start))
        return None if cell in self.focus.no_answer else (number, cell.start)

    def _can_answer(self, heading: Span) -> bool:
        """Return whether a heading can be an answer, such as a version or a date."""
        words = shown(self._article, heading)
        return words != self._article.title and any(map(str.isdigit, words))

    def _whole(self, span: Span) -> Span | None:
        """Return a span, extended or trimmed so that it can be an answer; all of a heading."""
        structure = self._article.structure
        number = structure.at(span.start)
        if number is None or structure[number].kind != "heading":
            # A comment is only read if the question asks for comments.
            return whole(self._article, span, comments=True)
        return heading_words(self._article, structure[number].span)


def window_of(passage: Passage) -> Span:
    """Return the text to read for a passage: the passage and the rest of any sentence it cuts."""
    article, span = passage.article, passage.span
    text, structure = article.text, article.structure
    start, end = span.start, span.end
    before = text[max(0, start - 2) : start].rstrip(" ")
    if before and before[-1] not in _SENTENCE_ENDS and before[-1] not in "\r\n":
        near = Span(max(0, start - MAX_MARGIN_CHARS), end)
        if (number := structure.at(start)) is not None:
            near = Span(max(near.start, structure[number].span.start), end)
        start = max(
            (s.start for s in sentences_of(article, near) if s.start <= start), default=start
        )
    if text[end - 1 : end] not in _SENTENCE_ENDS and text[end : end + 1] not in ("", "\n", "\r"):
        near = Span(start, min(len(text), end + MAX_MARGIN_CHARS))
        if (number := structure.at(max(0, end - 1))) is not None:
            near = Span(start, max(end, min(near.end, structure[number].span.end)))
        end = min((s.end for s in sentences_of(article, near) if s.end >= end), default=end)
    return Span(start, end)


def best_spans(
    window: WindowLogits, parts: Sequence[Hashable | None], k: int
) -> Iterator[tuple[int, int, float]]:
    """Yield up to k legal spans, best first: first and last token, and score difference.

    parts: for each token, the part of the article that it is in; None if it can't answer.

    The spans do not overlap. In a legal span, the end is not before the start, all tokens are in
    the same part, and there are at most MAX_ANSWER_TOKENS tokens. The score difference is the
    span's score (the sum of start and end logit) minus the window's null score.
    """
    import numpy as np

    starts: Vector = window.start_logits
    ends: Vector = window.end_logits
    size = len(starts)
    if not size:
        return
    max_tokens = min(MAX_ANSWER_TOKENS, size)
    numbers = {part: number for number, part in enumerate(dict.fromkeys(parts))}
    numbered = np.array([numbers[part] for part in parts])
    can_answer = numbered != numbers.get(None, -1)
    # scores[d, i]: of the span from token i to token i + d
    scores = np.full((max_tokens, size), -np.inf, dtype=np.float32)
    for d in range(max_tokens):
        legal = (numbered[: size - d] == numbered[d:]) & can_answer[d:]
        scores[d, : size - d] = np.where(legal, starts[: size - d] + ends[d:], -np.inf)
    for _ in range(k):
        d, first = divmod(int(scores.argmax()), size)
        last = first + d
        score = float(scores[d, first])
        if not math.isfinite(score):
            return
        yield first, last, score - window.null_score
        for other_d in range(max_tokens):  # drop all spans that overlap this one
            scores[other_d, max(0, first - other_d) : last + 1] = -np.inf


def snapped(text: str, window: WindowLogits, first: int, last: int) -> Span | None:
    """Return the span of some tokens in `text`, extended to whole words and graphemes.

    None if the tokens have no characters.
    """
    words = window.word_ids
    while first and words[first] is not None and words[first - 1] == words[first]:
        first -= 1
    while last + 1 < len(words) and words[last] is not None and words[last + 1] == words[last]:
        last += 1
    start, end = window.offsets[first][0], window.offsets[last][1]
    return whole_graphemes(text, Span(start, end)) if start < end else None
