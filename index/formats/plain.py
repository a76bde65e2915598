"""The structure of text without markup.

Groups of lines between blank lines are chats, records, tables or prose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from index.formats.chat import Chat
from index.formats.hyphens import divided_words, soft_hyphens
from index.formats.parts import Lines, Parts, Run, line_groups, merged
from index.formats.prose import Prose
from index.formats.records import record_runs
from index.formats.tables import table_runs
from index.types import Span

Recognizer = Callable[[str, Lines], Iterator[Run]]
"""Yields the runs of lines of one form in a group of lines, in order."""


def plain_parts(text: str, title: Span | None = None) -> Parts:
    """Return the parts of a text without markup. title: the line that is its title."""
    divided = divided_words(text)
    prose = Prose(text, title, {span.end for span in divided})
    recognizers: list[Recognizer] = [Chat(text).runs, record_runs, table_runs]
    parts = Parts()
    for lines in line_groups(text):
        for run in _runs(text, lines, prose, recognizers):
            parts.add(run)
    parts.hidden = merged([*parts.hidden, *_inside(parts, divided), *soft_hyphens(text)])
    return parts


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
