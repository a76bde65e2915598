"""Puts what a long question asks before what it tells, because models read only its beginning."""

from __future__ import annotations

import re

from index.words import composed

LONG_QUESTION_BYTES = 360
"""In UTF-8. Models read questions up to this long in full: about 90 tokens."""

_GAP = re.compile(r"(?<=[.!?…])[\"')”’]*\s+|(?<=[？。！])\s*|\n\s*")
_ABBREVIATION = re.compile(r"\W*(?:[A-Z]\w{0,3}|\w|e\.g|i\.e|etc|vs|approx|no)\.")
"""A word with a full stop after which a sentence may go on."""
_ASKS = re.compile(
    r"(?:please |and |so |but )?(?:who|what|when|where|which|why|how|whose|whom|is|are|was|were|do"
    r"|does|did|can|could|tell|explain|describe|list|name|show|find)\b",
    re.IGNORECASE,
)


def asking_and_telling(text: str) -> tuple[str, str]:
    """Return the sentences of a long question that ask, and the others; a short one is kept whole.

    Those with a question mark ask; without any, those that begin like a question, or the last. If
    they are long themselves, they lose their middle. The text is in NFC.
    """
    text = composed(text)
    if len(text.encode("utf-8", "replace")) <= LONG_QUESTION_BYTES:
        return text, ""
    sentences = _sentences(text)
    asking = set(
        [sentence for sentence in sentences if sentence.endswith(("?", "？"))]
        or [sentence for sentence in sentences if _ASKS.match(sentence)]
        or sentences[-1:]
    )
    asks = " ".join(sentence for sentence in sentences if sentence in asking)
    return _shortened(asks), " ".join(sentence for sentence in sentences if sentence not in asking)


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text; a sentence too many in one is better than one in two."""
    sentences: list[str] = []
    words: list[str] = []
    position = 0
    for gap in [*(found.start() for found in _GAP.finditer(text)), len(text)]:
        words += text[position:gap].split()
        position = gap
        if words and (gap == len(text) or not _ABBREVIATION.fullmatch(words[-1])):
            sentences.append(" ".join(words))
            words = []
    return sentences


def _shortened(asked: str) -> str:
    """Return words without those in the middle if they are too long to be read in full."""
    size = len(asked.encode("utf-8", "replace"))
    if size <= LONG_QUESTION_BYTES:
        return asked
    half = len(asked) * LONG_QUESTION_BYTES // size // 2
    head, tail = asked[:half], asked[-half:]
    return f"{head.rpartition(' ')[0] or head} … {tail.partition(' ')[2] or tail}"
