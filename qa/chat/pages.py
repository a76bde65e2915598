"""The rows of an article in a pane, its margins, and the rules above its pages, slides or cells."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len

from index.structure import Label
from index.types import Article
from qa.chat.rows import Rows, lay_out
from qa.chat.shapes import LineShapes
from qa.show.text import visible_line

ROOMY = 50
"""From this many columns, there is air on both sides of the text."""

BAR = "▎ "
"""Between the line number and the words of a passage."""


def pages_of(article: Article) -> list[Label]:
    """Return where the pages, slides or cells of extracted text begin; none of other text."""
    if not article.extractor:
        return []
    return [label for label in article.structure.labels() if label.text]


def rows_of(article: Article, width: int, on_chunk: Callable[[], object] = lambda: None) -> Rows:
    """Return an article's rows for a pane `width` cells wide, margins included."""
    lines = article.line_of(max(0, len(article.text) - 1))
    margins = len(number_margin(article, lines, width)) + len(BAR) + right_margin(width)
    pages = [page.start for page in pages_of(article)]
    return lay_out(article.text, LineShapes(article, width - margins), on_chunk, pages=pages)


def number_margin(article: Article, lines: int, width: int, number: int | None = None) -> str:
    """Return what is left of the bar of a row; extracted text has no line numbers.

    lines: of the article. width: of the pane. number: of the line that begins in the row; None if
        none does.
    """
    air = " " if width >= ROOMY else ""
    if article.extractor:
        return air
    shown = "" if number is None else str(number)
    return f"{air}{shown:>{len(str(lines))}} "


def right_margin(width: int) -> int:
    """Return how many cells are empty on the right of a pane `width` cells wide."""
    return 2 if width >= ROOMY else 1


def rule_above(page: Label, width: int) -> tuple[str, str, str]:
    """Return the rule above a page of extracted text: a line, the name of the page, and a line."""
    margin = " " if width >= ROOMY else ""
    before, name = f"{margin}{' ' * len(BAR)}──", f" {visible_line(page.text)} "
    return before, name, "─" * (width - len(before) - cell_len(name) - right_margin(width))
