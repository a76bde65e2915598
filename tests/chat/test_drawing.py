"""What is drawn of an article is its text, and copied from there, at any width."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection

from index.load import read
from index.scan import Source
from index.structure import Block, Kind, Structure
from index.types import Article, Span
from qa.chat.drawing import RowDrawing
from qa.chat.drawn import as_drawn
from qa.chat.highlights import MIN_STATEMENT_CHARS, Highlights
from qa.chat.pages import pages_of, rows_of
from qa.chat.rows import lay_out
from qa.chat.selecting import selected_span
from tests.support.paths import ROOT, SEED

TINTS = {
    "passage": "red",
    "answer": "green",
    "statement": "magenta",
    "closest": "blue",
    "code": "yellow",
}
PIECES = [
    "The bridge was built in 1932. ", "**bold** ", "日本語の文章", "`code` ", "\n", "\r\n", "\n\n",
    "- an item that goes on and on\n", "    indented = code()\n", "| a | b |\n", "> quoted words\n",
    "\x1b[2J", "\u202etxt.exe ", "\t", "[red]x[/] ", "\U000e0041",
    "https://example.org/a/long/one ",
    "x" * 70, "\x9b31m", "\ud83d",
]  # fmt: skip
NARROWEST = 20
"""Columns from which a row has room for a number and any single character."""
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=20).map("".join)
KINDS: tuple[Kind, ...] = ("heading", "paragraph", "item", "row", "code", "quote", "furniture")


def style_of(part: str) -> Style:
    return Style(bgcolor=TINTS.get(part))


def spans_in(text: str) -> st.SearchStrategy[Span]:
    ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    return ends.map(lambda pair: Span(*sorted(pair)))


@st.composite
def drawings(draw: st.DrawFn) -> RowDrawing:
    """Draw an article with blocks of any kind, a citation and a width."""
    text = draw(TEXTS)
    borders = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)) | {0, len(text)})
    blocks = [
        Block(Span(start, end), draw(st.sampled_from(KINDS)))
        for start, end in pairwise(borders)
        if end > start and draw(st.booleans())
    ]
    hidden = [Span(b.span.start, b.span.start + 1) for b in blocks if draw(st.booleans())]
    article = Article("a", "a", "a", text, "", Structure(blocks, hidden=hidden))
    highlights = Highlights(text, article.structure)
    passage = draw(spans_in(text))
    quoted = [draw(spans_in(text)) for _ in range(draw(st.integers(0, 2)))]
    highlights.cite(passage, quoted, draw(st.booleans()))
    width = draw(st.integers(4, 160))
    rows = rows_of(article, width)
    return RowDrawing(article, rows, highlights, pages_of(article), width, style_of)


def words_of(drawing: RowDrawing, row: int) -> Iterator[Segment]:
    """Yield the words of a row, without what is drawn around them."""
    for segment in drawing.strip(row, None, Style()):
        if segment.style and "offset" in segment.style.meta:
            yield segment


def drawn_offsets(drawing: RowDrawing, row: int) -> list[int]:
    """Return the offset in the article of each character that is drawn in a row."""
    span = drawing.rows.span(row)
    text = drawing.article.text
    return [offset for offset in range(span.start, span.end) for _ in as_drawn(text[offset])]


@given(drawings())
def test_what_is_drawn_is_the_text_character_by_character(drawing: RowDrawing) -> None:
    text = drawing.article.text
    drawn: list[int] = []
    for row in range(len(drawing.rows)):
        offsets = drawn_offsets(drawing, row)
        shown = "".join(segment.text for segment in words_of(drawing, row))
        assert shown == "".join(as_drawn(text[each]) for each in sorted(set(offsets)))
        assert as_drawn(shown) == shown
        drawn += sorted(set(offsets))
    assert drawn == sorted(set(drawn))
    assert not "".join(c for at, c in enumerate(text) if at not in set(drawn)).strip(" \t\r\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["README.md", ".github/CONTRIBUTING.md", SEED.name])
@pytest.mark.parametrize("width", [20, 61, 137])
def test_real_articles_are_drawn_character_by_character(name: str, width: int) -> None:
    file = SEED if name == SEED.name else ROOT / name
    article = read(Source(file.name, str(file), file.stat().st_size, 0)).article
    text = article.text
    highlights = Highlights(text, article.structure)
    rows = rows_of(article, width)
    drawing = RowDrawing(article, rows, highlights, pages_of(article), width, style_of)
    end = 0
    for row in range(len(rows)):
        span = rows.span(row)
        shown = "".join(segment.text for segment in words_of(drawing, row))
        assert shown == as_drawn(text[span.start : span.end])
        assert not text[end : span.start].strip()
        end = span.end
    assert not text[end:].strip()


@given(drawings())
def test_only_the_passage_and_the_answers_are_tinted(drawing: RowDrawing) -> None:
    cited = drawing.highlights
    assert cited.passage is not None
    for row in range(len(drawing.rows)):
        tints = [
            segment.style.bgcolor if segment.style else None
            for segment in words_of(drawing, row)
            for _ in segment.text
        ]
        for offset, tint in zip(drawn_offsets(drawing, row), tints, strict=True):
            here = Span(offset, offset + 1)
            name = ""
            if quoted := [span for span in cited.quoted if span.contains(here)]:
                is_long = len(quoted[-1]) >= MIN_STATEMENT_CHARS
                name = "closest" if cited.unsure else "statement" if is_long else "answer"
            elif cited.passage.contains(here):
                name = "passage"
            elif drawing.article.structure.at(offset) is not None:
                number = drawing.article.structure.at(drawing.rows.span(row).start)
                if number is not None and drawing.article.structure[number].kind == "code":
                    name = "code"
            is_code = tint == Color.parse("yellow")
            assert tint == style_of(name).bgcolor or (not name and is_code)


@given(drawings(), st.data())
def test_what_is_copied_is_what_is_selected(drawing: RowDrawing, data: st.DataObject) -> None:
    text, rows = drawing.article.text, drawing.rows
    ends: list[Offset] = []
    for _ in range(2):
        row = data.draw(st.integers(0, len(rows) - 1))
        ends.append(Offset(data.draw(st.integers(0, len(drawn_offsets(drawing, row)))), row))
    start, end = sorted(ends, key=lambda at: (at.y, at.x))
    selected = selected_span(text, rows, Selection(start, end))
    first, last = drawn_offsets(drawing, start.y), drawn_offsets(drawing, end.y)
    expected_start = first[start.x] if start.x < len(first) else rows.span(start.y).end
    expected_end = last[end.x - 1] + 1 if end.x else rows.span(end.y).start
    assert selected == Span(expected_start, max(expected_start, expected_end))


def test_an_accent_is_copied_with_its_letter() -> None:
    text = "ne\u0301e\u0308\u0301\nnext"
    rows = lay_out(text, NARROWEST)
    for whole in ("n", "e\u0301", "e\u0308\u0301"):
        at = text.index(whole)
        selected = selected_span(text, rows, Selection(Offset(at, 0), Offset(at + 1, 0)))
        assert text[selected.start : selected.end] == whole


@given(drawings())
def test_no_row_is_wider_than_the_pane(drawing: RowDrawing) -> None:
    for row in range(len(drawing.rows)):
        is_wide = drawing.strip(row, None, Style()).cell_length > drawing.width
        assert not is_wide or drawing.width < NARROWEST
