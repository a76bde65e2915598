"""Plain text, with a title in its first line."""

from __future__ import annotations

import re

from index.formats.base import MAX_TITLE_CHARS, Document, Format
from index.formats.encoding import decode as decode
from index.formats.plain import plain_parts
from index.paragraphs import stripped
from index.structure import Structure
from index.types import Span

_LINE_BEFORE_BLANK_LINE = re.compile(r"([^\r\n]+)(?:\r\n|\n|\r(?!\n))[ \t]*[\r\n]")


def _title_line(text: str) -> Span | None:
    """Return the first line if it is short, not a sentence, and followed by a blank line."""
    start = len(text) - len(text.lstrip())
    match = _LINE_BEFORE_BLANK_LINE.match(text, start)
    line = stripped(text, *match.span(1)) if match else None
    if line is None:
        return None
    words = " ".join(text[line.start : line.end].split())
    is_title = len(words) <= MAX_TITLE_CHARS and re.search(r"\w", words)
    return line if is_title and words[-1] not in '.,:;…"”»' else None


def _read(content: bytes, encoding: str | None) -> Document:
    text, used = decode(content, encoding)
    line = _title_line(text)
    parts = plain_parts(text, line)
    structure = parts.structure()
    first = parts.blocks[0] if parts.blocks else None
    if line is None and first and first.kind == "heading" and text[first.span.start] != "#":
        line = first.span  # it is underlined
    return Document(text, _words(text, structure, line) or None, used, structure)


def _words(text: str, structure: Structure, line: Span | None) -> str:
    """Return a line without what is hidden in it."""
    if line is None:
        return ""
    words, position = "", line.start
    for hidden in structure.hidden(line):
        words += text[position : hidden.start]
        position = hidden.end
    return " ".join((words + text[position : line.end]).split())


TEXT = Format("text 2", (), _read)
"""Any file that no other format claims."""
