"""The part of a passage around the words that answer."""

from __future__ import annotations

from qa.answers.wire import AnswerJson, PassageJson

ELLIPSIS = "…"


def excerpt(passage: PassageJson, quoted: AnswerJson | None, chars: int) -> tuple[int, int]:
    """Return start and end of at most `chars` characters of a passage, from its first word on.

    They have the quoted words, or as many of them as fit; before them a third of the rest.
    """
    start, end = _inside(passage, quoted) if quoted else (0, 0)
    return around(passage.text, start, end, chars)


def around(text: str, start: int, end: int, chars: int) -> tuple[int, int]:
    """Return start and end of at most `chars` characters around some words; see `excerpt`.

    text[start:end]: the words.
    """
    if len(text) <= chars:
        return 0, len(text)
    left = max(0, chars - (end - start))
    first = max(0, min(start - left // 3, len(text) - chars))
    if first:  # at a word
        space = text.find(" ", first, start)
        first = space + 1 if space >= 0 else first
    last = min(len(text), first + chars)
    if last < len(text):
        space = text.rfind(" ", max(end, first), last + 1)
        last = space if space >= 0 else last
    return first, last


def _inside(passage: PassageJson, quoted: AnswerJson) -> tuple[int, int]:
    offset = passage.citation.start
    start = min(max(0, quoted.start - offset), len(passage.text))
    return start, min(max(start, quoted.end - offset), len(passage.text))
