"""The structure of text without markup.

Groups of lines between blank lines are chats, records, tables or prose.

Imported only where text is read: its patterns take 10 ms to compile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from index.formats.base import MAX_TITLE_CHARS
from index.formats.chat import Chat
from index.formats.cutting import cut
from index.formats.hyphens import SOFT_HYPHEN, divided_words, soft_hyphens
from index.formats.parts import Lines, Parts, Run, line_groups, merged
from index.formats.prose import Prose
from index.formats.records import record_runs
from index.formats.tables import table_runs
from index.paragraphs import stripped
from index.structure import Block
from index.types import Span

_LINE_BEFORE_BLANK_LINE = re.compile(r"([^\r\n]+)(?:\r\n|\n|\r(?!\n))[ \t]*[\r\n]")
_INDENT = re.compile(r"(?:\r\n|\n|\r)[ \t]+")
MAX_LABEL_CHARS = 60
LABEL_LEVEL = 6
"""Below all other headings."""
Recognizer = Callable[[str, Lines], Iterator[Run]]
"""Yields the runs of lines of one form in a group of lines, in order."""


def plain_parts(text: str, *, has_title: bool = True) -> tuple[Parts, Span | None]:
    """Return the parts of a text without markup, and the first line if it is a title.

    has_title: whether the first line can be one.
    """
    pages = cut(text)
    title = _title_line(pages.text) if has_title else None
    divided = divided_words(pages.text)
    joints = pages.joints.union(span.end for span in divided)
    prose = Prose(pages.text, title, joints)
    recognizers: list[Recognizer] = [Chat(pages.text).runs, record_runs, table_runs]
    parts = Parts()
    for lines in line_groups(pages.text):
        for run in _runs(pages.text, lines, prose, recognizers):
            parts.add(run)
    parts.hidden += _inside(parts, divided)
    parts = pages.restored(parts)
    parts.blocks = [_furniture_if_blank(text, block) for block in parts.blocks]
    parts.blocks = list(_with_labels_as_headings(text, parts.blocks))
    furniture = (block.span for block in parts.blocks if block.kind == "furniture")
    parts.hidden = merged([*parts.hidden, *furniture, *soft_hyphens(text)])
    return parts, None if title is None else pages.span(title)


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


def _furniture_if_blank(text: str, block: Block) -> Block:
    """Return a block; as furniture if it has only soft hyphens."""
    span = block.span
    if text[span.start] != SOFT_HYPHEN or block.kind == "row":
        return block
    is_blank = not text[span.start : span.end].replace(SOFT_HYPHEN, "").strip()
    return Block(span, "furniture") if is_blank else block


def _with_labels_as_headings(text: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks; a short line above records or items that are indented is a heading."""
    for block, following in zip_longest(blocks, blocks[1:]):
        is_label = (
            following is not None
            and block.kind == "paragraph"
            and following.kind in ("row", "item")
            and len(block.span) <= MAX_LABEL_CHARS
            and _INDENT.fullmatch(text, block.span.end, following.span.start)
            and text[block.span.end - 1] not in '.,:;!?…"”»'
            and text[block.span.start - 1 : block.span.start] in ("", "\n", "\r")
        )
        yield replace(block, kind="heading", level=LABEL_LEVEL) if is_label else block


def _inside(parts: Parts, spans: list[Span]) -> Iterator[Span]:
    """Yield those of the spans, in order, that are inside a block."""
    blocks = iter(parts.blocks)
    block = next(blocks, None)
    for span in spans:
        while block is not None and block.span.end < span.end:
            block = next(blocks, None)
        if block is not None and block.span.contains(span):
            yield span


def _runs(
    text: str, lines: Lines, prose: Prose, recognizers: Sequence[Recognizer]
) -> Iterator[Parts]:
    """Yield the parts of a group of lines, in order. What no recogniser knows is prose."""
    if not lines:
        return
    if not recognizers:
        yield prose.parts(lines)
        return
    first, *others = recognizers
    done = 0
    for run in first(text, lines):
        yield from _runs(text, lines[done : run.first], prose, others)
        yield run.parts
        done = run.stop
    yield from _runs(text, lines[done:], prose, others)
