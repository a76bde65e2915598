"""Chooses the text to read for a passage, and turns a model's logits into spans of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.split import sentence_spans, whole_graphemes
from index.types import Passage, Span
from qa.reader.onnx import WindowLogits

if TYPE_CHECKING:
    from index.types import Vector

MAX_ANSWER_TOKENS = 30
MAX_MARGIN_CHARS = 300
"""How far a window may extend beyond its passage, to complete a sentence."""

_SENTENCE_ENDS = frozenset(".!?…。！？\"”'’»)]")
_PAIRS = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«"}
_CLOSERS = {opener: closer for closer, opener in _PAIRS.items()}
_LOOSE = " \t\r\n,;:"


def window_of(passage: Passage) -> Span:
    """Return the text to read for a passage: the passage and the rest of any sentence it cuts."""
    text, span = passage.article.text, passage.span
    start, end = span.start, span.end
    before = text[max(0, start - 2) : start].rstrip(" ")
    if before and before[-1] not in _SENTENCE_ENDS and before[-1] not in "\r\n":
        near = Span(max(0, start - MAX_MARGIN_CHARS), end)
        start = max(
            (s.start for s in sentence_spans(text, near) if s.start <= start), default=start
        )
    if text[end - 1 : end] not in _SENTENCE_ENDS and text[end : end + 1] not in ("", "\n", "\r"):
        near = Span(start, min(len(text), end + MAX_MARGIN_CHARS))
        end = min((s.end for s in sentence_spans(text, near) if s.end >= end), default=end)
    return Span(start, end)


def best_spans(window: WindowLogits, k: int) -> Iterator[tuple[int, int, float]]:
    """Yield up to k legal spans, best first: first and last token, and score difference.

    The spans do not overlap. In a legal span, the end is not before the start, and there are at
    most MAX_ANSWER_TOKENS tokens. The score difference is the span's score (the sum of start and
    end logit) minus the window's null score.
    """
    import numpy as np

    starts: Vector = window.start_logits
    ends: Vector = window.end_logits
    size = len(starts)
    if not size:
        return
    max_tokens = min(MAX_ANSWER_TOKENS, size)
    # scores[d, i]: of the span from token i to token i + d
    scores = np.full((max_tokens, size), -np.inf, dtype=np.float32)
    for d in range(max_tokens):
        scores[d, : size - d] = starts[: size - d] + ends[d:]
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

    Loose punctuation at its ends and unpaired brackets are removed. None if nothing is left.
    """
    words = window.word_ids
    while first and words[first] is not None and words[first - 1] == words[first]:
        first -= 1
    while last + 1 < len(words) and words[last] is not None and words[last + 1] == words[last]:
        last += 1
    start, end = window.offsets[first][0], window.offsets[last][1]
    if start >= end:
        return None
    return _trimmed(text, whole_graphemes(text, Span(start, end)))


def _trimmed(text: str, span: Span) -> Span | None:
    """Return a span without loose punctuation at its ends, and with brackets paired or removed."""
    start, end = span.start, span.end
    while start < end:
        if text[start] in _LOOSE:
            start += 1
        elif text[end - 1] in _LOOSE:
            end -= 1
        elif (opener := _PAIRS.get(text[end - 1])) and opener not in text[start:end]:
            if text[start - 1 : start] != opener:
                end -= 1
            else:
                start -= 1
        elif (closer := _CLOSERS.get(text[start])) and closer not in text[start:end]:
            if text[end : end + 1] != closer:
                start += 1
            else:
                end += 1
        else:
            return Span(start, end)
    return None
