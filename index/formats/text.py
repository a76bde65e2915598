"""Plain text, with a title in its first line."""

from __future__ import annotations

from index.formats.base import Document, Format
from index.formats.encoding import decode
from index.structure import Structure
from index.types import Span


def _read(content: bytes, encoding: str | None) -> Document:
    from index.formats.plain import plain_parts

    text, used = decode(content, encoding)
    parts, line = plain_parts(text)
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
