"""Records in plain text: lines such as `Key: value` or `Key .... value`, one below the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.formats.parts import Lines, Parts, Run, indent_of
from index.paragraphs import stripped
from index.structure import Block
from index.types import Span

MAX_KEY_WORDS = 5
MAX_RECORD_CHARS = 400
"""Longer ones, such as the speeches of a transcript, are read sentence by sentence."""
MIN_FULL_LINE = 50
"""Only a line of at least this many characters can be a full line of a wrapped value."""
MAX_LINES_COMPARED = 1_000
"""How many lines are looked at to see which ones are full."""
_FIELD = re.compile(
    r"[ \t]*(?:[-*+•][ \t]+)?"  # a record can be an item of a list
    r"([^\W_](?:[^:：\r\n\t]{0,38}?[^\s:：])?)"
    r"[ \t]*(:(?=[ \t]|$)|：|(?: ?\.){3,}(?=[ \t]))[ \t]*([^\r\n]*)"
)
_SEPARATOR = re.compile(r"[:：]|\.{3}|\. \.")
_SENTENCE_MARK = re.compile(r"[.!?;]\s|[!?;\"“”]")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•–—][ \t]|\d{1,3}[.)][ \t])")

Record = tuple[Span, Span]
"""A key and its value."""


def record_runs(text: str, lines: Lines) -> Iterator[Run]:
    """Yield the runs of at least two records in a group of lines."""
    if not _SEPARATOR.search(text, lines[0].start, lines[-1].end):
        return
    records = [_record(text, line) for line in lines]
    if sum(record is not None for record in records) < 2:
        return
    number = 0
    while number < len(lines):
        found, stop = _run(text, lines, records, number)
        if sum(bool(value) for _, value in found) >= 2:
            yield Run(number, stop, _parts(text, found, lines[number].start))
        number = max(stop, number + 1)


def _record(text: str, line: Span) -> Record | None:
    """Return the key and the value of a line; None if it is not a record."""
    match = _FIELD.fullmatch(text, line.start, line.end)
    if match is None or len(match[1].split()) > MAX_KEY_WORDS or _SENTENCE_MARK.search(match[1]):
        return None
    value = stripped(text, *match.span(3)) or Span(match.end(2), match.end(2))
    return Span(*match.span(1)), value


def _run(
    text: str, lines: Lines, records: Sequence[Record | None], first: int
) -> tuple[list[Record], int]:
    """Return the records from a line on, and the number of the line after them."""
    found: list[Record] = []
    indent, number = 0, first
    widest = 0  # not known yet
    while number < len(lines):
        line, record = lines[number], records[number]
        own_indent = indent_of(text, line)
        if record is not None and (not found or own_indent <= indent):
            found.append(record)
            indent = own_indent
        elif found and found[-1][1]:
            above = lines[number - 1]
            if not widest and len(above) >= MIN_FULL_LINE:
                widest = max(map(len, lines[first : first + MAX_LINES_COMPARED]))
            if not _belongs(text, above, line, indent, widest):
                break
            key, value = found[-1]
            content = stripped(text, line.start, line.end)
            found[-1] = key, Span(value.start, content.end if content else value.end)
        else:
            break
        number += 1
    return found, number


def _belongs(text: str, above: Span, line: Span, indent: int, widest: int) -> bool:
    """Return whether a line belongs to the value above: it is indented, or that line was full."""
    if _LIST_ITEM.match(text, line.start, line.end):
        return False
    if indent_of(text, line) > indent:
        return True
    first_word = text[line.start : line.end].split(None, 1)[0]
    return len(above) >= MIN_FULL_LINE and len(above) + 1 + len(first_word) > widest


def _parts(text: str, records: Sequence[Record], start: int) -> Parts:
    """Return the rows of records that begin at an offset."""
    parts = Parts()
    for key, value in records:
        whole = stripped(text, start, value.end) or Span(start, value.end)
        start = value.end
        if len(whole) <= MAX_RECORD_CHARS:
            parts.add_row(whole, [key, value])
        else:
            parts.blocks.append(Block(whole, "paragraph"))
    return parts
