"""The rows of an article, with a rule above each page, slide or cell."""

from __future__ import annotations

from collections.abc import Callable

from index.structure import Label
from index.types import Article
from qa.chat.rows import Rows, lay_out
from qa.show.text import visible_line


def pages_of(article: Article) -> list[Label]:
    """Return where the pages, slides or cells of extracted text begin; none of other text."""
    if not article.extractor:
        return []
    return [label for label in article.structure.labels() if label.text]


def rows_of(article: Article, width: int, on_chunk: Callable[[], object] = lambda: None) -> Rows:
    """Return an article's rows for a pane `width` cells wide, margin included."""
    lines = article.line_of(max(0, len(article.text) - 1))
    pages = [page.start for page in pages_of(article)]
    return lay_out(article.text, width - len(margin(article, lines)) - 1, on_chunk, pages=pages)


def margin(article: Article, lines: int, number: int | None = None) -> str:
    """Return what is left of the bar of a row; extracted text has no line numbers.

    lines: of the article. number: of the line that begins in the row; None if none does.
    """
    shown = "" if number is None else str(number)
    return " " if article.extractor else f"{shown:>{len(str(lines))}} "


def rule_above(page: Label, width: int) -> str:
    """Return the rule above a page, at least `width` cells wide."""
    return f" ── {visible_line(page.text)} {'─' * width}"
