"""A part of an article as terminal output."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.types import Passage, Span
from qa.show.response import CITATION_STYLE, citation
from qa.show.text import visible

if TYPE_CHECKING:
    from rich.text import Text

CITED_MARK = ">"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def to_lines(cited: Passage, *, context: int) -> Iterator[Text]:
    """Yield the citation and the lines of a part of an article, with the lines around it.

    Safe to show. Lines of the part are marked, if there are others. Lines have numbers if those
    are the file's.

    context: how many more lines to show before and after it, if lines have numbers.
    """
    from rich.text import Text

    yield Text(citation(cited), CITATION_STYLE)
    yield Text()
    article, text = cited.article, cited.article.text
    around = context if not article.extractor else 0
    first, last = cited.lines
    is_all = cited.span == Span(0, len(text))
    digits = len(str(last + around))
    for number, line in enumerate(_lines(text), start=1):
        if number > last + around:
            return
        if number < first - around:
            continue
        is_cited = first <= number <= last
        mark = CITED_MARK if is_cited and around and not is_all else " "
        before = f"{mark}{number:>{digits}}  " if not article.extractor else ""
        shown = Text(before, "dim") + Text(visible(line), "" if is_cited else "dim")
        shown.rstrip()
        yield shown


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a text without their ends, as `Article.line_of` counts them."""
    for found in _LINE.finditer(text):
        if found.start() < len(text):
            yield found[0].rstrip("\r\n")
