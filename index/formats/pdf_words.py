"""The words of PDF paragraphs: those that are divided at line ends are joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from index.formats.hyphens import divided_words
from index.formats.pdf_parts import Part


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a part has on one page."""

    page: int
    """From 0."""
    joiner: str
    """What is between it and the part's chunk before it."""
    text: str


def chunks_of(parts: Sequence[Part]) -> list[list[Chunk]]:
    """Return the words of each part by page. The file's other words say which hyphens stay."""
    text = "\n\n".join(part.text for part in parts)
    divided = {span.end: span.start for span in divided_words(text)}
    chunks, position = [], 0
    for part in parts:
        chunks.append(_chunks(part, position, divided))
        position += len(part.text) + 2
    return chunks


def _chunks(part: Part, position: int, divided: dict[int, int]) -> list[Chunk]:
    """Return the words of a part. position: where it is; divided: end and start of what to hide."""
    pieces: list[tuple[int, str, str]] = []  # page, joiner, words
    for line, page in zip(part.lines, part.pages, strict=True):
        joiner = " " if pieces else ""
        hidden = divided.get(position)
        if pieces and hidden is not None and hidden < position:
            last_page, before, words = pieces[-1]
            pieces[-1] = last_page, before, words[: len(words) - (position - 1 - hidden)]
            joiner = ""
        pieces.append((page, joiner, line.text))
        position += len(line.text) + 1
    chunks: list[Chunk] = []
    for page, group in groupby(pieces, key=lambda piece: piece[0]):
        (_, joiner, first), *others = group
        words = "".join((first, *(between + more for _, between, more in others)))
        chunks.append(Chunk(page, joiner, words))
    return chunks
