"""Windows of a paragraph: the text that a training example gives the model to read."""

from __future__ import annotations

import random
from bisect import bisect_right

from index.split import sentence_spans
from index.types import Span

WINDOW_CHARS = ((250, 550, 0.5), (550, 950, 0.5))
"""Lengths of windows: from, to, and the share of the windows in that range."""
WHOLE_SENTENCES = 0.8
"""Share of the windows that start and end at sentence boundaries."""


def window_around(text: str, inside: Span, rng: random.Random) -> Span:
    """Return a span of random length that contains `inside`."""
    low, high, _ = rng.choices(WINDOW_CHARS, [part for _, _, part in WINDOW_CHARS])[0]
    length = max(rng.randint(low, high), len(inside))
    start = max(0, min(inside.start - rng.randint(0, length - len(inside)), len(text) - length))
    end = min(len(text), start + length)
    if rng.random() < WHOLE_SENTENCES:
        sentences = sentence_spans(text, Span(0, len(text)))
        starts = [s.start for s in sentences if s.start <= inside.start]
        later = [s for s in starts if s >= start]
        start = (later or starts or [start])[0 if later else -1]
        ends = [s.end for s in sentences if s.end >= inside.end]
        earlier = [e for e in ends if e <= end]
        end = earlier[-1] if earlier else (ends or [end])[0]
    else:
        while 0 < start < inside.start and not text[start - 1].isspace():
            start += 1
        while inside.end < end < len(text) and not text[end].isspace():
            end -= 1
    return Span(min(start, inside.start), max(end, inside.end))


def sentence_around(text: str, answer: Span) -> Span:
    """Return the sentence that contains an answer, or all it touches, as one span."""
    sentences = sentence_spans(text, Span(0, len(text)))
    if not sentences:
        return Span(0, len(text))
    starts = [sentence.start for sentence in sentences]
    first = max(0, bisect_right(starts, answer.start) - 1)
    last = max(first, bisect_right(starts, max(answer.start, answer.end - 1)) - 1)
    return Span(sentences[first].start, max(answer.end, sentences[last].end))
