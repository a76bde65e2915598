"""Articles as their format parses them, and what holds for every structure."""

from __future__ import annotations

from itertools import pairwise

from index.load import read
from index.scan import Source
from index.types import Article, Span
from index.view import plain


def parsed(content: str | bytes, name: str = "a.txt", encoding: str | None = None) -> Article:
    """Return the article that a file with this content is."""
    written = content.encode() if isinstance(content, str) else content
    return read(Source(name, name, len(written), 0, written), encoding).article


def blocks(article: Article) -> list[tuple[str, str]]:
    """Return kind and words of each block, as they are read."""
    return [
        (one.kind, " ".join(plain(article, one.span).text.split())) for one in article.structure
    ]


def kinds(article: Article) -> list[str]:
    return [block.kind for block in article.structure]


def rows(article: Article) -> list[list[str]]:
    """Return the cells of each row."""
    return [
        [plain(article, cell).text for cell in article.structure.cells(block.span)]
        for block in article.structure
        if block.kind == "row"
    ]


def check_structure(article: Article) -> None:
    """Assert what holds for the structure of every article."""
    text, structure = article.text, article.structure
    position = 0
    for number, block in enumerate(structure):
        span = block.span
        assert position <= span.start < span.end <= len(text)
        assert not text[position : span.start].strip(), "only white space is between blocks"
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        position = span.end
        is_read = plain(article, span).text.strip() != ""
        assert is_read == (block.kind != "furniture") or block.kind == "row"
        if block.header is not None:
            assert block.kind == structure[block.header].kind == "row"
            assert block.header < number
        if block.kind == "row":
            assert structure.cells(span)
    assert not text[position:].strip()
    whole = Span(0, len(text))
    cells, hidden = structure.cells(whole), structure.hidden(whole)
    in_rows = sum(len(structure.cells(b.span)) for b in structure if b.kind == "row")
    assert in_rows == len(cells), "cells are inside rows"
    for span in hidden:
        around = structure.at(span.start)
        assert around is not None and structure[around].span.end >= span.end > span.start
    for spans in (cells, hidden):
        assert all(one.end <= other.start for one, other in pairwise(spans))
