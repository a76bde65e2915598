"""The whole text wrapped to rows at once, against a plain wrapper that goes character by character.

Run as a script, it measures: `python -m tests.chat.test_rows`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rich.cells import cell_len

from index.types import Article
from qa.chat import rows as rows_module
from qa.chat import wrapping as wrapping_module
from qa.chat.drawn import as_drawn
from qa.chat.rows import Rows, lay_out
from tests.support.work import cpu_seconds

VS16 = "\ufe0f"
BEGINS_NO_ROW = "、。，．：；！？・ー…‥々〻ゝゞヽヾ〜～％"
SINGLE = [
    *"aaabc XY  \t\t.-,\n\n\r", "\r\n", "e\u0301", "\u0301", "\u0301\u0308", " \u0301", "日",
    "本語", "、", "「語」。", "ー", "か\u3099",
    "한", "\u1112\u1161\u11ab", "\u3000", "\xa0", "\u2003", "\u2028", "\x85",
    "\x0b", "\x1b", "\x9b", "\x7f", "\x00", "\u202e", "\u200b", "\u200d", "\xad", "\ufeff",
    "\ud800", "\U0010fffd", "😀", "👍🏽", "🇫🇷", "❤" + VS16, VS16, "👩\u200d👩\u200d👦", "𝒜",
    "[b]", "longerword",
]  # fmt: skip
TEXTS = st.lists(
    st.one_of(st.sampled_from(SINGLE), st.sampled_from(SINGLE), st.characters(codec=None)),
    max_size=60,
).map("".join)
WIDTHS = st.integers(1, 14)
PAGES = st.sets(st.integers(0, 60), max_size=8)


def width_of(text: str) -> int:
    """Cells of one character after another: never less than what the whole takes."""
    return sum(cell_len(as_drawn(character)) for character in text) + text.count(VS16)


def is_mark(character: str) -> bool:
    return character == VS16 or (character not in "\n\r" and width_of(character) == 0)


def is_space(text: str, at: int) -> bool:
    zs = unicodedata.category(text[at]) == "Zs" and text[at] not in "\xa0\u2007\u202f"
    return (zs or text[at] == "\t") and not is_mark(text[at + 1 : at + 2] or "x")


def is_break(text: str, at: int) -> bool:
    if is_space(text, at - 1):
        return not is_space(text, at)
    both = (text[at - 1], text[at])
    if unicodedata.category(both[1]) in ("Pe", "Pf") or both[1] in BEGINS_NO_ROW:
        return False
    if unicodedata.category(both[0]) in ("Ps", "Pi"):
        return False
    return all(width_of(c) == 2 and not c.isspace() and not is_mark(c) for c in both)


def plain_lines(text: str) -> list[tuple[int, int]]:
    lines, start, at = [], 0, 0
    while at < len(text):
        if text[at] in "\n\r":
            lines.append((start, at))
            at += 2 if text[at : at + 2] == "\r\n" else 1
            start = at
        else:
            at += 1
    if start < len(text) or not lines:
        lines.append((start, len(text)))
    return lines


def cut_lines(text: str, pages: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Cut lines wherever a page begins inside one."""
    for first, stop in plain_lines(text):
        cuts = [first, *(page for page in pages if first < page < stop), stop]
        yield from pairwise(cuts)


Shape = tuple[int, int]
"""Of a line: the width of its first row, and by how much less wide the further ones are."""
SHAPES = st.lists(
    st.integers(1, 14).flatmap(lambda width: st.tuples(st.just(width), st.integers(0, width - 1))),
    min_size=1,
    max_size=5,
)


class Shapes:
    """Lines of different shapes, by where they start."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = shapes

    def at(self, start: int) -> Shape:
        return self.shapes[start % len(self.shapes)]

    def __call__(
        self, starts: NDArray[np.int32], _: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        shapes = np.array([self.at(start) for start in starts.tolist()], np.int32).reshape(-1, 2)
        return shapes[:, 0], shapes[:, 1]


def plain_wrap(text: str, width: int | Shapes, pages: Sequence[int] = ()) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _ in shaped_wrap(text, width, pages)]


def shaped_wrap(
    text: str, shapes: int | Shapes, pages: Sequence[int] = ()
) -> list[tuple[int, int, int]]:
    """Take as many characters as fit, and go back to the last place where one may break.

    Return the starts, the ends and the indents of the rows.
    """
    rows = []
    for first, stop in cut_lines(text, pages):
        line, start = text[:stop], first
        full, hang = (shapes, 0) if isinstance(shapes, int) else shapes.at(first)
        while True:
            indent = hang if start > first else 0
            width = full - indent
            edge = start
            while edge < stop and width_of(line[start : edge + 1]) <= width:
                edge += 1
            if edge == stop:
                rows.append((start, stop, indent))
                break
            if is_space(line, edge):
                after = edge
                while after < stop and is_space(line, after):
                    after += 1
                rows.append((start, edge, indent))
            else:
                places = [at for at in range(start + 1, edge + 1) if is_break(line, at)]
                heads = [at for at in range(start + 1, edge + 1) if not is_mark(line[at])]
                later = (at for at in range(edge + 1, stop) if not is_mark(line[at]))
                after = max(places or heads, default=next(later, stop))
                rows.append((start, after, indent))
            if after == stop:
                break
            start = after
    return rows


def spans(rows: Rows) -> list[tuple[int, int]]:
    return [(rows.span(row).start, rows.span(row).end) for row in range(len(rows))]


@given(TEXTS, WIDTHS)
@example("", 1)
@example("ab\r\n\r\n\rcd\n", 3)
@example("a" + VS16 * 3, 1)
@example("aaa    bb      \n  cc", 4)
def test_a_text_is_wrapped_as_a_plain_wrapper_does(text: str, width: int) -> None:
    assert spans(lay_out(text, width)) == plain_wrap(text, width)


@given(TEXTS, SHAPES, PAGES)
def test_lines_have_rows_of_their_own_width_and_further_ones_hang(
    text: str, drawn: list[Shape], numbers: set[int]
) -> None:
    shapes, pages = Shapes(drawn), [at for at in sorted(numbers) if at < len(text)]
    rows = lay_out(text, shapes, pages=pages)
    wrapped = [
        (*span, rows.indent(row))
        for row, span in enumerate(spans(rows))
        if rows.rule_at(row) is None
    ]
    assert wrapped == shaped_wrap(text, shapes, pages)


@given(TEXTS, WIDTHS, PAGES)
def test_a_page_begins_a_row_below_its_rule_and_changes_no_other(
    text: str, width: int, numbers: set[int]
) -> None:
    pages = [at for at in sorted(numbers) if not is_mark(text[at : at + 1] or "x")]
    rows = lay_out(text, width, pages=pages)
    rules = [row for row in range(len(rows)) if rows.rule_at(row) is not None]
    wrapped = [row for at, row in enumerate(spans(rows)) if at not in rules]
    assert wrapped == plain_wrap(text, width, pages)
    assert [rows.rule_at(row) for row in rules] == list(range(len(pages)))
    for row, page in zip(rules, pages, strict=True):
        starts = [start for start, _ in wrapped]
        assert rows.span(row).start == min((s for s in starts if s >= page), default=len(text))
        assert not rows.span(row)
        assert rows.row_of(page) not in rules or page >= len(text)


@given(TEXTS, SHAPES, PAGES, st.integers(1, 30), st.integers(0, 3))
def test_neither_chunks_nor_lockstep_are_seen(
    text: str, drawn: list[Shape], numbers: set[int], chunk_chars: int, few_lines: int
) -> None:
    shapes, pages = Shapes(drawn), sorted(numbers)
    whole = lay_out(text, shapes, pages=pages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "CHUNK_CHARS", chunk_chars)
        patch.setattr(wrapping_module, "_FEW_LINES", few_lines)
        in_chunks = lay_out(text, shapes, pages=pages)
    assert in_chunks.rules.tolist() == whole.rules.tolist()
    assert spans(in_chunks) == spans(whole)
    assert in_chunks.indents.tolist() == whole.indents.tolist()
    assert in_chunks.line_starts.tolist() == whole.line_starts.tolist()


@given(TEXTS, WIDTHS)
def test_every_character_is_in_one_row_but_line_ends_and_hanging_space(
    text: str, width: int
) -> None:
    rows = lay_out(text, width)
    in_rows = [at for row in range(len(rows)) for at in range(*spans(rows)[row])]
    assert in_rows == sorted(set(in_rows))
    left_out = set(range(len(text))) - set(in_rows)
    assert all(text[at] in "\n\r" or is_space(text, at) for at in left_out)
    assert not {text[at] for at in in_rows} & set("\n\r")


@given(TEXTS, WIDTHS)
def test_a_row_is_wider_than_the_screen_only_for_a_single_character(text: str, width: int) -> None:
    rows = lay_out(text, width)
    for row in range(len(rows)):
        span = rows.span(row)
        shown = text[span.start : span.end]
        assert cell_len(as_drawn(shown)) <= width or all(is_mark(c) for c in shown[1:])
        assert not shown or rows.starts_line(row) or not is_mark(shown[0])


@given(TEXTS, WIDTHS)
def test_a_row_knows_its_line_and_is_found_by_its_characters(text: str, width: int) -> None:
    rows = lay_out(text, width)
    article = Article("a", "a", "a", text, "")
    assert rows.lines == len(plain_lines(text))
    for row in range(len(rows)):
        span = rows.span(row)
        assert rows.line_of(row) == article.line_of(span.start)
        assert rows.starts_line(row) == (span.start in {start for start, _ in plain_lines(text)})
        assert all(rows.row_of(offset) == row for offset in range(span.start, span.end))
        assert rows.row_of(span.start) == row
    assert rows.row_of(len(text)) == len(rows) - 1


def test_ascii_characters_take_one_cell_and_tabs_four() -> None:
    widths = {chr(code): width_of(chr(code)) for code in range(128) if chr(code) not in "\n\r"}
    assert widths.pop("\t") == 4
    assert set(widths.values()) == {1}


def test_what_is_called_between_chunks_can_end_the_work() -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        lay_out("text", 4, stop)


PROSE = "The quick brown fox jumps over the lazy dog, and then it does so again. "
LARGE = {
    "many lines": (PROSE + "\n") * (10_000_000 // (len(PROSE) + 1)),
    "one line": PROSE * (10_000_000 // len(PROSE)),
    "no spaces": "x" * 10_000_000,
    "CJK": "日本語の文章を読む。" * 333_333,
    "marks": "e" + "\u0301" * 3_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_ten_megabytes_are_laid_out_in_a_moment(name: str) -> None:
    seconds = cpu_seconds(lambda: lay_out(LARGE[name], 70))
    print(f"{name}: {len(LARGE[name]):,} characters, {seconds:.3f} s of CPU")
    assert seconds < 2


if __name__ == "__main__":
    for title in LARGE:
        test_ten_megabytes_are_laid_out_in_a_moment(title)
