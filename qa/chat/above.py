"""What is written above an article: its title and headings, and where the screen is in it."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len

from index.types import Article, Passage, Span
from index.wording import CONTEXT_SEPARATOR
from qa.answers.wire import CitationJson, citation_of
from qa.show.paths import brief_path
from qa.show.text import visible_line, visible_name

_MIN_PATH_CHARS, _MAX_PATH_CHARS = 12, 60
_LEFT_OUT = "…"


class Above(NamedTuple):
    """Two texts that are safe to show, on the left and on the right."""

    section: str
    """The title and the headings, as many as fit. The last one may be wider than there is room."""
    location: str
    """The path, with the lines, the page or the like."""


NOTHING = Above("", "")


def of_citation(cited: CitationJson, width: int) -> Above:
    """Return what is above an article while a citation is on the screen. width: in cells."""
    return _fitted(cited.section, cited, cited.located(""), width)


def of_offset(article: Article, offset: int, width: int) -> Above:
    """Return what is above an article while a character is on the screen. width: in cells.

    Without its line, which is beside the text.
    """
    end = min(len(article.text), offset + 1)
    cited = citation_of(Passage(article, Span(min(offset, end), end)))
    return _fitted(cited.section, cited, cited.located("") if article.extractor else "", width)


def _fitted(section: str, cited: CitationJson, after: str, width: int) -> Above:
    """Shorten the path in the middle to half of the width, and the section to what is left."""
    chars = min(_MAX_PATH_CHARS, max(_MIN_PATH_CHARS, width // 2 - len(after)))
    location = brief_path(cited.path, chars) + visible_name(after)
    parts = [visible_line(part) for part in section.split(CONTEXT_SEPARATOR)]
    shown, room = CONTEXT_SEPARATOR.join(parts), width - cell_len(location)
    while len(parts) > 1 and cell_len(shown) > room:
        parts = parts[1:]
        shown = CONTEXT_SEPARATOR.join([_LEFT_OUT, *parts])
    return Above(shown, location)
